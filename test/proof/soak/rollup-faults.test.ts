import { expect } from 'chai';
import type { Call, Fault } from '../../../proof/fault-proxy.ts';
import { withRollupFaultsAround } from '../../../proof/soak/deliver-again.ts';
import { FAULT_NAMES, type FaultName } from '../../../proof/soak/faults.ts';
import {
  LateWrites,
  type RollupFaults,
  seededRollupFaults,
  withRollupFaults,
} from '../../../proof/soak/rollup-faults.ts';
import { changeRecord } from '../../support/change-event.ts';

const row = { Username: 'u', Id: '1', Timestamp: '2026-11-20T12:00:00.000Z', Type: 'order' };

describe('the faults of the function of rollups', () => {
  const some = (count: number, faults: readonly FaultName[]): RollupFaults[] => {
    const next = seededRollupFaults(7, new Set(faults));
    return Array.from({ length: count }, next);
  };

  it('are the same for the same seed, and of every kind', () => {
    const all = some(2_000, FAULT_NAMES);
    expect(all).to.deep.equal(some(2_000, FAULT_NAMES));
    const kinds = new Set(all.map(({ fault }) => fault?.kind));
    expect([...kinds].filter((kind) => kind !== undefined).sort()).to.deep.equal([
      'exit',
      'hang',
      'hurry',
      'some',
      'throw',
    ]);
    expect(all.some(({ again }) => again > 0)).to.equal(true);
  });

  it('are only those that are asked for, and the same ones whatever else is', () => {
    expect(some(200, []).every(({ fault, again }) => fault === undefined && again === 0)).to.equal(true);
    const crashes = some(500, ['rollup-crash']);
    for (const [index, { fault }] of some(500, FAULT_NAMES).entries())
      if (fault && fault.kind !== 'hurry' && fault.kind !== 'some')
        expect(crashes[index]).to.deep.equal({ fault, again: 0 });
  });
});

describe('the faults of writes of rollups', () => {
  const call = (operation: string, table = 'rollups'): Call => ({ operation, entries: [], tables: [table] });

  const faultsOf = (calls: readonly Call[], plan: () => Fault | undefined = () => undefined) => {
    let wake = (): void => {};
    const writes = new LateWrites({ sleep: () => new Promise((resolve) => (wake = resolve)) });
    const faults = new Set<FaultName>(['rollup-lost', 'rollup-late']);
    const faulty = withRollupFaults(plan, { seed: 3, faults, table: 'rollups', writes, note: () => {} });
    return { faults: calls.map((one, index) => faulty(one, index)), writes, wake: () => wake() };
  };

  it('hit only writes of that table, and no call that fails anyway', () => {
    const others = Array.from({ length: 300 }, (_, index) =>
      index % 2 === 0 ? call('BatchGetItem') : call('PutItem', 'another'),
    );
    expect(faultsOf(others).faults.every((fault) => fault === undefined)).to.equal(true);
    const puts = Array.from({ length: 300 }, () => call('PutItem'));
    const kinds = faultsOf(puts).faults.map((fault) => fault?.kind);
    expect(new Set(kinds)).to.deep.equal(new Set([undefined, 'reset', 'late']));
    const failing = faultsOf(puts, () => ({ kind: 'reset', when: 'before' })).faults;
    expect(failing).to.deep.equal(puts.map(() => ({ kind: 'reset', when: 'before' })));
  });

  it('let one wait until late writes have taken effect', async () => {
    const { faults, writes } = faultsOf(Array.from({ length: 300 }, () => call('PutItem')));
    const late = faults.flatMap((fault) => (fault?.kind === 'late' ? [fault] : []));
    let isOver = false;
    const waiting = writes.landed().then(() => {
      isOver = true;
    });
    for (const { landed } of late.slice(1)) landed();
    await Promise.resolve();
    expect(isOver).to.equal(false);
    late[0]!.landed();
    await waiting;
  });
});

describe('changes that come again', () => {
  it('are settled ones of the same shard, in their order, before the batch', async () => {
    const invoked: { shard: string; numbers: string[] }[] = [];
    const again = [0, 0, 0, 3, 2];
    const invoke = withRollupFaultsAround(() => ({ again: again.shift()! }), { hangSeconds: 1, tell: () => {} })(
      async (text) => {
        const { shardId, Records } = JSON.parse(text);
        invoked.push({
          shard: shardId,
          numbers: Records.map(({ eventID }: { eventID: string }) => Number(eventID.slice(-4))),
        });
        return { requestId: 'r', payload: JSON.stringify({ state: {}, batchItemFailures: [] }) };
      },
    );
    const batch = (shardId: string, from: number, to: number): string =>
      JSON.stringify({
        shardId,
        Records: Array.from({ length: to - from }, (_, index) => ({
          ...changeRecord({ after: row }, from + index),
          eventID: String(from + index).padStart(4, '0'),
        })),
      });
    // The batch from 2 to 6 fails as a whole, and comes again by halves.
    for (const [shard, from, to] of [
      ['a', 0, 2],
      ['b', 50, 51],
      ['a', 2, 6],
      ['a', 2, 4],
      ['a', 4, 6],
    ] as const)
      await invoke(batch(shard, from, to));
    expect(invoked).to.deep.equal([
      { shard: 'a', numbers: [0, 1] },
      { shard: 'b', numbers: [50] },
      { shard: 'a', numbers: [2, 3, 4, 5] },
      { shard: 'a', numbers: [0] },
      { shard: 'a', numbers: [1] },
      { shard: 'a', numbers: [2, 3] },
      { shard: 'a', numbers: [2] },
      { shard: 'a', numbers: [3] },
      { shard: 'a', numbers: [4, 5] },
    ]);
  });
});

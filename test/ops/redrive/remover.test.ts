import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { Remover } from '../../../ops/redrive/remover.ts';
import type { SetAsideStore } from '../../../ops/redrive/set-aside.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

const storeOf = (remove: SetAsideStore['remove'], maxRemovals: number): SetAsideStore => ({
  name: 'the table "t"',
  unit: 'rejected event',
  permissions: '',
  where: '',
  entries: async function* () {},
  maxRemovals,
  remove,
});

const openFor = (store: SetAsideStore, clock = new ManualClock()) => {
  const removed: string[] = [];
  const failed: [string, string][] = [];
  const remover = new Remover({
    store,
    clock,
    signal: new AbortController().signal,
    onRemoved: (names) => removed.push(...names),
    onFailed: (names, error) => failed.push(...names.map((name): [string, string] => [name, error.message])),
  });
  return { remover, removed, failed };
};

/** Removes one entry at a time, by that function. */
const open = (remove: (name: string) => Promise<void>) => openFor(storeOf(([name]) => remove(name!), 1));

/** Removes up to 25 entries with a call, which ends when the test says so. */
const openTable = () => {
  const clock = new ManualClock();
  const calls: { size: number; end: () => void }[] = [];
  const remove = (names: readonly string[]) =>
    new Promise<void>((end) => {
      calls.push({ size: names.length, end });
    });
  const { remover, removed } = openFor(storeOf(remove, 25), clock);
  const add = (count: number): void => {
    for (let name = 0; name < count; name += 1) remover.add(String(name));
  };
  return { remover, removed, clock, add, calls, sizes: () => calls.map(({ size }) => size) };
};

describe('the remover of set-aside entries', () => {
  it('asks the store for no removal after one failed for good', async () => {
    const asked: string[] = [];
    const { remover, removed, failed } = open(async (name) => {
      asked.push(name);
      if (name === 'second') throw new Error('access denied');
    });
    for (const name of ['first', 'second']) remover.add(name);
    await remover.end();
    for (const name of ['third', 'fourth']) remover.add(name);
    await remover.end();
    expect(asked).to.deep.equal(['first', 'second']);
    expect(removed).to.deep.equal(['first']);
    expect(failed).to.deep.equal(['second', 'third', 'fourth'].map((name) => [name, 'access denied']));
    expect(remover.error?.message).to.equal('access denied');
  });

  it('still counts a removal that was under way when another one failed', async () => {
    let finish = (): void => {};
    const { remover, removed, failed } = open((name) =>
      name === 'slow'
        ? new Promise((resolve) => {
            finish = resolve;
          })
        : Promise.reject(new Error('access denied')),
    );
    for (const name of ['slow', 'refused']) remover.add(name);
    const ended = remover.end();
    await until(() => failed.length > 0);
    finish();
    await ended;
    expect({ removed, failed }).to.deep.equal({ removed: ['slow'], failed: [['refused', 'access denied']] });
  });

  it('removes as many with a call as the store allows, and fewer only where no more come for a while', async () => {
    const { remover, removed, clock, add, calls, sizes } = openTable();
    add(60);
    expect(sizes()).to.deep.equal([25, 25]);
    clock.advance(50);
    await turn();
    expect(sizes()).to.deep.equal([25, 25, 10]);
    add(2);
    clock.advance(50);
    await turn();
    expect(sizes()).to.deep.equal([25, 25, 10, 2]);
    add(1);
    let hasEnded = false;
    const ended = remover.end().then(() => {
      hasEnded = true;
    });
    expect(sizes(), 'once no more come at all').to.deep.equal([25, 25, 10, 2, 1]);
    await turn();
    expect(hasEnded, 'while calls are under way').to.equal(false);
    for (const { end } of calls) end();
    await ended;
    expect(removed).to.have.length(63);
    expect(clock.sleepers).to.equal(0);
  });

  it('makes eight calls at once, and holds up the reading where more than a thousand wait for them', async () => {
    const { remover, removed, add, calls, sizes } = openTable();
    add(8 * 25 + 1_000);
    expect(sizes()).to.have.length(8);
    await remover.ready();
    add(1);
    let isReady = false;
    const ready = remover.ready().then(() => {
      isReady = true;
    });
    await turn();
    expect(isReady).to.equal(false);
    calls[0]!.end();
    await ready;
    expect(sizes()).to.have.length(9);
    const ended = remover.end();
    for (let call = 1; call < 49; call += 1) {
      await until(() => calls.length > call);
      calls[call]!.end();
    }
    await ended;
    expect(removed).to.have.length(1_201);
  });
});

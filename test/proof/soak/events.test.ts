import { expect } from 'chai';
import { keyOf } from '../../../core/event-data.ts';
import { RECORD_BYTES } from '../../../core/limits.ts';
import { toSourceEvent } from '../../../core/source-event.ts';
import type { Fault } from '../../../proof/fault-proxy.ts';
import { numberOf, soakEvents } from '../../../proof/soak/events.ts';
import { FAULT_NAMES, seededFunctionFaults, seededPlan, withoutThoseOfClient } from '../../../proof/soak/faults.ts';
import { decodeEvent } from '../../support/decode.ts';

const ALL = new Set(FAULT_NAMES);

/** @throws where the event has no row */
const keyIn = (data: Uint8Array): string => keyOf(decodeEvent(data, { at: new Date(0), partitionKey: 'any' }));

describe('the events of a soak', () => {
  const events = [...soakEvents(4_500, 7, ALL)];

  it('are the same for the same seed, and others for another', () => {
    expect([...soakEvents(300, 7, ALL)]).to.deep.equal([...soakEvents(300, 7, ALL)]);
    expect([...soakEvents(300, 7, ALL)]).not.to.deep.equal([...soakEvents(300, 8, ALL)]);
  });

  it('carry their number in their bytes', () => {
    expect(events.map(({ data }) => numberOf(data.toString('latin1')))).to.deep.equal(
      events.map(({ number }) => number),
    );
  });

  it('become rows, or none where they are malformed or too large', () => {
    for (const { data, number, isMalformed, isOversize } of events) {
      if (!isMalformed && !isOversize) expect(() => keyIn(data), `event ${number}`).not.to.throw();
      else if (data.length < 400_000) expect(() => keyIn(data), `event ${number}`).to.throw();
    }
  });

  it('have one partition key where they have one row, so that their order is kept', () => {
    const partitions = new Map<string, string>();
    for (const { data, isMalformed, isOversize } of events) {
      if (isMalformed || isOversize) continue;
      const source = toSourceEvent(data);
      const key = keyIn(data);
      expect(partitions.get(key) ?? source.partitionKey).to.equal(source.partitionKey);
      partitions.set(key, source.partitionKey);
    }
  });

  it('hold repeats, malformed ones and poison', () => {
    const good = events.filter(({ isMalformed, isOversize }) => !isMalformed && !isOversize);
    expect(new Set(good.map(({ data }) => keyIn(data))).size).to.be.below(good.length - 100);
    expect(events.filter(({ isMalformed }) => isMalformed).length).to.be.above(20);
    expect(events.flatMap(({ poison = [] }) => poison)).to.deep.equal(['before', 'after', 'before', 'after']);
    expect([...soakEvents(20, 7, ALL)].flatMap(({ poison = [] }) => poison)).to.deep.equal(['before', 'after']);
  });

  it('hold some that fit no record', () => {
    const large = events.filter(({ isOversize }) => isOversize);
    expect(large.map(({ data }) => data.length > RECORD_BYTES.byDefault)).to.deep.equal([true, true]);
    expect([...soakEvents(2, 7, ALL)].filter(({ isOversize }) => isOversize)).to.have.length(0);
    expect([...soakEvents(3, 7, ALL)].filter(({ isOversize }) => isOversize)).to.have.length(1);
  });

  it('hold none of them where a soak is without', () => {
    const plain = [...soakEvents(500, 7, new Set())];
    expect(new Set(plain.map(({ data }) => keyIn(data))).size).to.equal(500);
    expect(plain.some(({ isMalformed, isOversize, poison }) => isMalformed || isOversize || poison)).to.equal(false);
  });
});

describe('the faults of a soak', () => {
  const call = { operation: 'PutRecords', entries: Array.from({ length: 50 }), tables: [] as string[] };
  const faultsOf = (seed: number, names = ALL) => {
    const plan = seededPlan(seed, names);
    return Array.from({ length: 2_000 }, (_, index) => plan(call, index));
  };

  it('are the same for the same seed, and others for another', () => {
    expect(faultsOf(1)).to.deep.equal(faultsOf(1));
    expect(faultsOf(1)).not.to.deep.equal(faultsOf(2));
  });

  it('are of every kind', () => {
    const kinds = faultsOf(1).map((fault) => (fault?.kind === 'reset' ? `reset ${fault.when}` : fault?.kind));
    expect(new Set(kinds)).to.deep.equal(
      new Set([undefined, 'partial', 'error', 'reset before', 'reset after', 'delay', 'hang']),
    );
  });

  it('that only the client stands are without the mapping and the function', () => {
    const others = faultsOf(1, withoutThoseOfClient(ALL));
    const isOfClient = (fault: Fault | undefined): boolean =>
      fault?.kind === 'hang' || (fault?.kind === 'partial' && fault.isInternal === true);
    expect(faultsOf(1).some(isOfClient)).to.equal(true);
    expect(others.some(isOfClient)).to.equal(false);
  });

  it('leave more calls alone than not', () => {
    expect(faultsOf(1).filter((fault) => fault === undefined).length).to.be.above(1_000);
  });

  it('are none where none is asked for', () => {
    expect(faultsOf(1, new Set()).every((fault) => fault === undefined)).to.equal(true);
  });

  it('stay away for a while in an outage', () => {
    const outage = faultsOf(1, new Set(['outage'])).map((fault) => (fault ? 'x' : '.'));
    expect(outage.join('')).to.match(/x{8}/);
    expect(outage.filter((mark) => mark === 'x').length).to.be.within(20, 500);
  });

  it('make the function throw, end its process and hang', () => {
    const next = seededFunctionFaults(3, ALL);
    const kinds = new Set(Array.from({ length: 1_000 }, next));
    expect(kinds).to.deep.equal(new Set([undefined, 'throw before', 'throw after', 'exit', 'hang']));
  });
});

import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { Clock } from '../../core/clock.ts';
import { keyOf } from '../../core/event-data.ts';
import { InvalidEventError } from '../../core/invalid-event.ts';
import type { Processor } from '../../core/processor.ts';
import { anyObject } from '../../core/shapes/any-object.ts';
import type { SourceEvent } from '../../core/source-event.ts';
import { type Audit, type Found, NOTHING } from '../../local/audit.ts';
import { Ledger } from '../../local/ledger.ts';
import { processorNamed } from '../../processors/index.ts';
import { bytes, cloudEvent } from '../support/events.ts';
import { ManualClock } from '../support/manual-clock.ts';

const TIME = '2026-11-20T12:00:00.000Z';

const event = (id: string, valid = true): SourceEvent => ({
  partitionKey: id,
  data: bytes(valid ? cloudEvent({ id, time: TIME }) : `bad ${id}`),
});
const row = (Id: string) => keyOf({ Username: '/sensors/42', Id });

/** Rows of EventData by their keys, each with its time. */
const rowsOf = (...keys: (string | [key: string, time: string])[]): Found['rows'] =>
  new Map(
    keys.map((found) => {
      const [key, Timestamp] = typeof found === 'string' ? [found, TIME] : found;
      return [key, { Timestamp }];
    }),
  );

describe('the ledger', () => {
  /** The time of the test, and what happens while the ledger sleeps. */
  let now = 0;
  let onSleep = (): void => {};
  const clock: Clock = {
    now: () => now,
    random: () => 0,
    sleep: async (ms, signal) => {
      await Promise.resolve();
      if (signal?.aborted) return;
      onSleep();
      now += ms;
    },
  };
  const start = (processor = processorNamed('default')) => {
    now = 0;
    onSleep = () => {};
    return new Ledger(clock, processor);
  };
  const settle = (ledger: Ledger, ...ids: string[]) =>
    ledger.settled(ids.map((id) => ({ id, arrivedAt: Date.parse(TIME) })));
  const send = (ledger: Ledger, sent: SourceEvent, sequenceNumber: string) => {
    ledger.read(sent);
    ledger.outcome({ event: sent, status: 'sent', shardId: 's', sequenceNumber });
  };
  /** Sends it, and the mapping finishes with it. */
  const pass = (ledger: Ledger, sent: SourceEvent, sequenceNumber: string) => {
    send(ledger, sent, sequenceNumber);
    settle(ledger, `s:${sequenceNumber}`);
  };

  it('finds every event in the table it belongs to', () => {
    const ledger = start();
    pass(ledger, event('a'), '1');
    pass(ledger, event('a'), '2');
    pass(ledger, event('b', false), '3');
    pass(ledger, event('c'), '4');
    const audit = ledger.audit({ rows: rowsOf(row('a'), row('other')), rejected: new Set(['s:3']) });
    expect(audit).to.deep.equal({
      ...NOTHING,
      events: 4,
      written: 1,
      superseded: 1,
      rows: 1,
      rejected: 1,
      unwritten: 1,
    });
  });

  it('counts what is in a failed batch as kept, and once, whatever the tables hold of it', () => {
    const ledger = start();
    pass(ledger, event('a'), '1');
    pass(ledger, event('b', false), '2');
    pass(ledger, event('c'), '3');
    const audit = ledger.audit({
      rows: rowsOf(row('a')),
      rejected: new Set(['s:2']),
      kept: new Set(['s:1', 's:2', 's:3', 's:9']),
    });
    expect(audit).to.deep.equal({ ...NOTHING, events: 3, kept: 3 });
  });

  it('counts what the filter dropped as filtered, and not its time', () => {
    const ledger = start();
    send(ledger, event('a'), '1');
    send(ledger, event('b', false), '2');
    ledger.filtered('s:2');
    settle(ledger, 's:1', 's:2');
    expect(ledger.outstanding).to.equal(0);
    expect(ledger.latencies).to.have.length(1);
    expect(ledger.audit({ rows: rowsOf(row('a')), rejected: new Set() })).to.deep.equal({
      ...NOTHING,
      events: 2,
      written: 1,
      rows: 1,
      filtered: 1,
    });
  });

  it('counts what is in neither table as unwritten, even where it cannot be decoded', () => {
    const ledger = start();
    pass(ledger, event('b', false), '3');
    expect(ledger.audit({ rows: rowsOf(), rejected: new Set() }).unwritten).to.equal(1);
  });

  it('counts as unwritten what the mapping has not finished with, and does not process it: that may take for ever', () => {
    let calls = 0;
    const counting: Processor = {
      ...processorNamed('default'),
      process: (made) => {
        calls += 1;
        return made;
      },
    };
    const ledger = start(counting);
    send(ledger, event('a'), '1');
    send(ledger, event('b'), '2');
    const kept = new Set(['s:2']);
    const audit = ledger.audit({ rows: rowsOf(row('a'), row('b')), rejected: new Set(), kept });
    expect(audit).to.deep.equal({ ...NOTHING, events: 2, unwritten: 1, kept: 1 });
    expect(calls).to.equal(0);
  });

  it('measures from the source to the table, also where the table is faster than the answer of Kinesis', () => {
    const ledger = start();
    const [first, second] = [event('a'), event('b')];
    ledger.read(first);
    ledger.read(second);
    now = 5;
    settle(ledger, 's:2');
    now = 9;
    ledger.outcome({ event: first, status: 'sent', shardId: 's', sequenceNumber: '1' });
    ledger.outcome({ event: second, status: 'sent', shardId: 's', sequenceNumber: '2' });
    expect(ledger.outstanding).to.equal(1);
    now = 12;
    settle(ledger, 's:1');
    expect(ledger.latencies).to.deep.equal([5, 12]);
    expect(ledger.outstanding).to.equal(0);
  });

  describe('where several events share a record', () => {
    it('finds each of them by its place in the record', () => {
      const ledger = start();
      for (const id of ['a', 'b', 'c']) send(ledger, event(id), '1');
      send(ledger, event('d', false), '1');
      send(ledger, event('b', false), '2');
      settle(ledger, 's:1', 's:2');
      const audit = ledger.audit({
        rows: rowsOf(row('a'), row('c')),
        rejected: new Set(['s:1:3', 's:1:1', 's:2:1']),
      });
      expect(audit).to.deep.equal({ ...NOTHING, events: 5, written: 2, rows: 2, rejected: 2, unwritten: 1 });
    });

    it('counts all of them as rejected, or as kept, where the record was', () => {
      const ledger = start();
      for (const id of ['a', 'b']) send(ledger, event(id), '1');
      for (const id of ['c', 'd', 'e']) send(ledger, event(id), '2');
      settle(ledger, 's:1', 's:2');
      const audit = ledger.audit({
        rows: rowsOf(row('a'), row('c')),
        rejected: new Set(['s:1']),
        kept: new Set(['s:2']),
      });
      expect(audit).to.deep.equal({ ...NOTHING, events: 5, rejected: 2, kept: 3 });
    });

    it('settles them with the record, those as well that the producer hears of later', () => {
      const ledger = start();
      const [first, second, third] = [event('a'), event('b'), event('c')];
      for (const one of [first, second, third]) {
        ledger.read(one);
        now += 1;
      }
      const take = (sent: SourceEvent) =>
        ledger.outcome({ event: sent, status: 'sent', shardId: 's', sequenceNumber: '1' });
      take(first);
      take(second);
      expect(ledger.outstanding).to.equal(2);
      now = 10;
      settle(ledger, 's:1');
      now = 20;
      take(third);
      expect(ledger.outstanding).to.equal(0);
      expect(ledger.latencies).to.deep.equal([10, 9, 8]);
    });
  });

  describe('where one event is an envelope of several', () => {
    const envelope = (...parts: unknown[]): SourceEvent => ({ partitionKey: 'k', data: bytes(parts) });
    const auditOf = (sent: SourceEvent, found: Partial<Found>) => {
      const ledger = start();
      pass(ledger, sent, '1');
      return ledger.audit({ rows: rowsOf(), rejected: new Set(), ...found });
    };
    const [a, b] = ['a', 'b'].map((id) => cloudEvent({ id, time: TIME }));

    it('counts each of its events by itself', () => {
      expect(auditOf(envelope(a, b), { rows: rowsOf(row('a'), row('b')) })).to.deep.equal({
        ...NOTHING,
        events: 2,
        written: 2,
        rows: 2,
      });
      expect(auditOf(envelope(a, 7, b), { rows: rowsOf(row('a')), rejected: new Set(['s:1:1']) })).to.deep.equal({
        ...NOTHING,
        events: 3,
        written: 1,
        rows: 1,
        rejected: 1,
        unwritten: 1,
      });
    });

    it('counts it as dropped where there is no event in it', () => {
      const control = {
        messageType: 'CONTROL_MESSAGE',
        owner: 'CloudwatchLogs',
        logGroup: '',
        logStream: '',
        subscriptionFilters: [],
        logEvents: [],
      };
      expect(auditOf({ partitionKey: 'k', data: gzipSync(JSON.stringify(control)) }, {})).to.deep.equal({
        ...NOTHING,
        events: 1,
        dropped: 1,
      });
    });
  });

  describe('where later events replace the row of an earlier one', () => {
    const at = (minute: number): string => `2026-11-20T12:0${minute}:00.000Z`;
    /** An event of the row `a`. Records of the same partition key are in order, and others are not. */
    const version = (minute: number, partitionKey = 'k'): SourceEvent => ({
      partitionKey,
      data: bytes(cloudEvent({ id: 'a', time: at(minute) })),
    });
    const rowAt = (minute: number) => rowsOf([row('a'), at(minute)]);
    const sent = (...events: SourceEvent[]): Ledger => {
      const ledger = start();
      for (const [index, one] of events.entries()) pass(ledger, one, String(9 + index));
      return ledger;
    };
    const auditOf = (events: readonly SourceEvent[], found: Partial<Found>): Audit =>
      sent(...events).audit({ rows: rowsOf(), rejected: new Set(), ...found });

    it('expects the row of the last one', () => {
      expect(auditOf([version(1), version(2)], { rows: rowAt(2) })).to.include({ written: 1, superseded: 1, rows: 1 });
      // The last one by the stream, whatever the events say.
      expect(auditOf([version(2), version(1)], { rows: rowAt(1) })).to.include({ written: 1, superseded: 1 });
    });

    for (const [shard, early, late] of [
      ['s', '9', '10'],
      ['s', '11', '12'],
      ['r', '11', '12'],
    ] as const)
      it(`takes the order of the stream, not that in which the producer heard of them: ${early} and ${shard} ${late}`, () => {
        const ledger = start();
        const take = (taken: SourceEvent, shardId: string, sequenceNumber: string) => {
          ledger.read(taken);
          ledger.outcome({ event: taken, status: 'sent', shardId, sequenceNumber });
          settle(ledger, `${shardId}:${sequenceNumber}`);
        };
        take(version(2), shard, late);
        take(version(1), 's', early);
        const audit = ledger.audit({ rows: rowAt(2), rejected: new Set() });
        expect(audit).to.include({ written: 1, superseded: 1, unwritten: 0 });
      });

    it('notices that the last one was lost', () => {
      const events = [version(1), version(2), version(3), version(4)];
      expect(auditOf(events, { rows: rowAt(2) })).to.deep.equal({
        ...NOTHING,
        events: 4,
        rows: 1,
        superseded: 1,
        written: 1,
        unwritten: 2,
      });
    });

    it('takes a row that is of none of them for that of a processor that gives different rows', () => {
      const audit = auditOf([version(1), version(2)], { rows: rowAt(3) });
      expect(audit).to.include({ written: 1, superseded: 1, unsteady: 1, unwritten: 0 });
    });

    it('takes an event that comes again for what it is', () => {
      const events = [version(1), version(2), version(1)];
      expect(auditOf(events, { rows: rowAt(1) })).to.include({ written: 1, superseded: 2, unwritten: 0 });
      expect(auditOf(events, { rows: rowAt(2) })).to.include({ written: 1, superseded: 1, unwritten: 1 });
    });

    it('lets the last one of any partition key stand, and no other', () => {
      const events = [version(1, 'k'), version(2, 'l'), version(3, 'k'), version(4, 'l')];
      for (const minute of [3, 4])
        expect(auditOf(events, { rows: rowAt(minute) }), `${minute}`).to.include({ written: 1, superseded: 3 });
      for (const minute of [1, 2])
        expect(auditOf(events, { rows: rowAt(minute) }), `${minute}`).to.include({ written: 1, unwritten: 1 });
    });

    it('takes what ends a partition key for what stands, though another one has a row of that time before its end', () => {
      const events = [version(1, 'k'), version(1, 'l'), version(2, 'l')];
      expect(auditOf(events, { rows: rowAt(1) })).to.include({ written: 1, superseded: 2, unwritten: 0 });
    });

    it('takes the order of events in one record, which is that of its first partition key', () => {
      const ledger = start();
      for (const one of [version(1, 'k'), version(2, 'l')]) send(ledger, one, '1');
      send(ledger, version(3, 'k'), '2');
      settle(ledger, 's:1', 's:2');
      const auditAt = (minute: number): Audit => ledger.audit({ rows: rowAt(minute), rejected: new Set() });
      expect(auditAt(3)).to.include({ written: 1, superseded: 2 });
      expect(auditAt(2)).to.include({ written: 1, superseded: 1, unwritten: 1 });
    });

    describe('lets any row stand where an event that does not count may have made it', () => {
      const events = [version(1), version(2), version(3)];

      it('in a failed batch', () => {
        const audit = auditOf(events, { rows: rowAt(3), kept: new Set(['s:11']) });
        expect(audit).to.include({ written: 1, superseded: 1, kept: 1, unwritten: 0, unsteady: 0 });
      });

      it('that was rejected after another of its rows was written', () => {
        const audit = auditOf(events, { rows: rowAt(3), rejected: new Set(['s:11']) });
        expect(audit).to.include({ written: 1, superseded: 1, rejected: 1, unwritten: 0, unsteady: 0 });
        const others = auditOf([...events, event('b')], { rows: rowAt(2), rejected: new Set(['s:12']) });
        expect(others, 'of another row').to.include({ written: 1, superseded: 1, rejected: 1, unwritten: 1 });
      });

      it('that the mapping has not finished with', () => {
        const ledger = sent(version(1), version(2));
        send(ledger, version(3), '11');
        const audit = ledger.audit({ rows: rowAt(3), rejected: new Set() });
        expect(audit).to.include({ written: 1, superseded: 1, unwritten: 1, unsteady: 0 });
      });

      it('that the client has given up, though Kinesis took it', () => {
        const ledger = sent(version(1), version(2));
        ledger.outcome({ event: version(3), status: 'failed', error: new Error('no answer') });
        const audit = ledger.audit({ rows: rowAt(3), rejected: new Set() });
        expect(audit).to.include({ events: 2, written: 1, superseded: 1, unwritten: 0, unsteady: 0 });
      });
    });
  });

  describe('with a processor', () => {
    /** Any JSON is an event: `{ id, time, rows }` becomes so many rows. */
    const reading = (id: string, fields: object = {}): SourceEvent => ({
      partitionKey: 'meter',
      data: bytes({ id, time: '2026-11-20T12:00:00Z', rows: 1, ...fields }),
    });
    const rowsField = (data: unknown): number => (data as { rows: number }).rows;
    const processor: Processor = {
      shapes: [anyObject],
      process: (made) => {
        if (rowsField(made.Data) < 0) throw new InvalidEventError('Refused', 'it is negative');
        return Array.from({ length: rowsField(made.Data) }, (_, index) =>
          index === 0 ? made : { ...made, Id: `${made.Id}#${index}` },
        );
      },
    };
    const meter = (Id: string) => keyOf({ Username: 'meter', Id });
    const auditOf = (events: readonly SourceEvent[], found: Partial<Found>, by = processor): Audit => {
      const ledger = start(by);
      // Numbers of different lengths: they count as numbers, not as texts.
      for (const [index, sent] of events.entries()) send(ledger, sent, String(9 + index));
      settle(ledger, ...events.map((_, index) => `s:${9 + index}`));
      return ledger.audit({ rows: rowsOf(), rejected: new Set(), ...found });
    };

    it('expects every row that it makes, and none of an event that it drops', () => {
      const events = [reading('a', { rows: 3 }), reading('b', { rows: 0 }), reading('c', { rows: -1 }), reading('d')];
      const rows = rowsOf(meter('a'), meter('a#1'), meter('a#2'), meter('d'));
      expect(auditOf(events, { rows, rejected: new Set(['s:11']) })).to.deep.equal({
        ...NOTHING,
        events: 4,
        rows: 4,
        derived: 2,
        written: 2,
        dropped: 1,
        rejected: 1,
      });
      const without = rowsOf(meter('a'), meter('a#2'), meter('b'));
      expect(auditOf(events, { rows: without })).to.include({ written: 0, dropped: 1, unwritten: 3 });
    });

    it('counts the further rows of an event that another one replaced or that came too late, too', () => {
      const rows = rowsOf(meter('a'), meter('a#1'));
      const [twice, once] = [reading('a', { rows: 2 }), reading('a', { rows: 2 })];
      expect(auditOf([twice, once], { rows })).to.include({ rows: 2, written: 1, superseded: 1, derived: 2 });
      const late = reading('a', { rows: 2, time: '2026-11-20T11:00:00Z' });
      const audit = auditOf([once, late], { rows }, { ...processor, newest: true });
      expect(audit).to.include({ rows: 2, written: 1, stale: 1, derived: 2 });
    });

    it('takes the arrival of the record as the time of an event that names none', () => {
      const byTime: Processor = { ...processor, process: (made) => ({ ...made, Id: made.Timestamp }) };
      const rows = rowsOf(meter('2026-11-20T12:00:00.000Z'));
      expect(auditOf([reading('a', { time: null })], { rows }, byTime)).to.include({ written: 1, unwritten: 0 });
    });

    describe('that keeps the newest', () => {
      const newest: Processor = { ...processor, newest: true };
      const at = (minute: number): object => ({ time: `2026-11-20T12:0${minute}:00.000Z` });
      const found = (minute: number) => rowsOf([meter('a'), `2026-11-20T12:0${minute}:00.000Z`]);
      const events = [1, 3, 2, 3, 0].map((minute) => reading('a', at(minute)));

      it('tells what a newer event replaced from what came after it', () => {
        expect(auditOf(events, { rows: found(3) }, newest)).to.deep.equal({
          ...NOTHING,
          events: 5,
          rows: 1,
          written: 1,
          superseded: 2,
          stale: 2,
        });
      });

      it('does not take an older row for the newest', () => {
        expect(auditOf(events, { rows: found(2) }, newest)).to.include({ written: 1, unwritten: 2 });
      });

      it('lets a row stand that an event of a failed batch has made', () => {
        const kept = new Set(['s:10', 's:12']);
        expect(auditOf(events, { rows: found(3), kept }, newest)).to.include({ kept: 2, written: 0, unwritten: 0 });
      });
    });

    it('counts the events of which it makes different rows when it is called again', () => {
      let calls = 0;
      const unsteady: Processor = {
        ...processor,
        process: (made) => {
          calls += 1;
          return made.Id === 'b' ? { ...made, Message: `call ${calls}` } : made;
        },
      };
      const rows = rowsOf(meter('a'), meter('b'));
      expect(auditOf([reading('a'), reading('b')], { rows }, unsteady)).to.include({ written: 2, unsteady: 1 });
    });
  });

  it('waits until nothing is outstanding, as long as events go on being settled', async () => {
    const ledger = start();
    for (const id of ['a', 'b', 'c']) send(ledger, event(id), id);
    const settled: string[] = [];
    onSleep = () => {
      // In the middle of the wait.
      now += 1;
      const [next = ''] = ['a', 'b', 'c'].filter((id) => !settled.includes(id));
      settled.push(next);
      settle(ledger, `s:${next}`);
      now -= 1;
    };
    await ledger.drained(new AbortController().signal, 1_000);
    expect(settled).to.deep.equal(['a', 'b', 'c']);
  });

  it('does not wait where nothing is outstanding', async () => {
    const ledger = start();
    pass(ledger, event('a'), '1');
    onSleep = () => {
      throw new Error('it waits');
    };
    await ledger.drained(new AbortController().signal, 1_000);
  });

  describe('lets the client read on', () => {
    const never = new AbortController().signal;
    /** Two on the stream, and one on its way to it. */
    const three = () => {
      const manual = new ManualClock();
      const ledger = new Ledger(manual, processorNamed('default'));
      send(ledger, event('a'), '1');
      send(ledger, event('b'), '2');
      const unsent = event('c');
      ledger.read(unsent);
      return { ledger, unsent, manual };
    };

    it('once fewer events are under way, on the stream or on their way to it', async () => {
      const { ledger, unsent } = three();
      await ledger.room(4, never, 20);
      let isOver = false;
      const room = ledger.room(2, never, 20).then(() => {
        isOver = true;
      });
      settle(ledger, 's:2');
      await turn();
      expect(isOver).to.equal(false);
      ledger.outcome({ event: unsent, status: 'failed', error: new Error('refused') });
      await room;
    });

    it('when it is told to stop', async () => {
      await three().ledger.room(2, AbortSignal.abort(), 20);
    });

    it('where nothing is settled for too long, and from then on', async () => {
      const { ledger, manual } = three();
      await manual.advanceUntil(ledger.room(2, never, 20));
      expect(manual.now()).to.equal(20);
      await ledger.room(2, never, 20);
    });
  });

  it('says how much is outstanding when nothing was settled for too long, or when it is told to stop', async () => {
    const ledger = start();
    send(ledger, event('a'), '1');
    const messageOf = (waiting: Promise<void>) => waiting.then(String, ({ message }: Error) => message);
    expect(await messageOf(ledger.drained(new AbortController().signal, 20))).to.equal(
      'nothing has moved for 0.02 s, and 1 event is in no table yet',
    );
    expect(await messageOf(ledger.drained(AbortSignal.abort(), 10_000))).to.equal(
      'stopped while 1 event is in no table yet',
    );
    for (let more = 1; more < 1_234; more += 1) send(ledger, event(`more ${more}`), `more ${more}`);
    expect(await messageOf(ledger.drained(AbortSignal.abort(), 10_000))).to.equal(
      'stopped while 1,234 events are in no table yet',
    );
  });
});

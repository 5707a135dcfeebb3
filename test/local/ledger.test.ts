import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { Clock } from '../../core/clock.ts';
import { keyOf } from '../../core/event-data.ts';
import type { SourceEvent } from '../../core/source-event.ts';
import { type Audit, type Found, Ledger, percentile } from '../../local/ledger.ts';
import { bytes, cloudEvent } from '../support/events.ts';

const event = (id: string, valid = true): SourceEvent => ({
  partitionKey: id,
  data: bytes(valid ? cloudEvent({ id }) : `bad ${id}`),
});
const row = (Id: string) => keyOf({ Username: '/sensors/42', Id });

const NOTHING: Audit = { written: 0, rows: 0, rejected: 0, filtered: 0, dropped: 0, kept: 0, unwritten: 0 };

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
  const start = () => {
    now = 0;
    onSleep = () => {};
    return new Ledger(clock);
  };
  const send = (ledger: Ledger, sent: SourceEvent, sequenceNumber: string) => {
    ledger.read(sent);
    ledger.outcome({ event: sent, status: 'sent', shardId: 's', sequenceNumber });
  };

  it('finds every event in the table it belongs to', () => {
    const ledger = start();
    send(ledger, event('a'), '1');
    send(ledger, event('a'), '2');
    send(ledger, event('b', false), '3');
    send(ledger, event('c'), '4');
    const audit = ledger.audit({ rows: new Set([row('a'), row('other')]), rejected: new Set(['s:3']) });
    expect(audit).to.deep.equal({ ...NOTHING, written: 2, rows: 1, rejected: 1, unwritten: 1 });
  });

  it('counts what is in a failed batch as kept, and once, whatever the tables hold of it', () => {
    const ledger = start();
    send(ledger, event('a'), '1');
    send(ledger, event('b', false), '2');
    send(ledger, event('c'), '3');
    const audit = ledger.audit({
      rows: new Set([row('a')]),
      rejected: new Set(['s:2']),
      kept: new Set(['s:1', 's:2', 's:3', 's:9']),
    });
    expect(audit).to.deep.equal({ ...NOTHING, kept: 3 });
  });

  it('counts what the filter dropped as filtered, and not its time', () => {
    const ledger = start();
    send(ledger, event('a'), '1');
    send(ledger, event('b', false), '2');
    ledger.filtered('s:2');
    ledger.settled(['s:1', 's:2']);
    expect(ledger.outstanding).to.equal(0);
    expect(ledger.latencies).to.have.length(1);
    expect(ledger.audit({ rows: new Set([row('a')]), rejected: new Set() })).to.deep.equal({
      ...NOTHING,
      written: 1,
      rows: 1,
      filtered: 1,
    });
  });

  it('counts what is in neither table as unwritten, even where it cannot be decoded', () => {
    const ledger = start();
    send(ledger, event('b', false), '3');
    expect(ledger.audit({ rows: new Set(), rejected: new Set() }).unwritten).to.equal(1);
  });

  it('measures from the source to the table, also where the table is faster than the answer of Kinesis', () => {
    const ledger = start();
    const [first, second] = [event('a'), event('b')];
    ledger.read(first);
    ledger.read(second);
    now = 5;
    ledger.settled(['s:2']);
    now = 9;
    ledger.outcome({ event: first, status: 'sent', shardId: 's', sequenceNumber: '1' });
    ledger.outcome({ event: second, status: 'sent', shardId: 's', sequenceNumber: '2' });
    expect(ledger.outstanding).to.equal(1);
    now = 12;
    ledger.settled(['s:1']);
    expect(ledger.latencies).to.deep.equal([5, 12]);
    expect(ledger.outstanding).to.equal(0);
  });

  describe('where several events share a record', () => {
    it('finds each of them by its place in the record', () => {
      const ledger = start();
      for (const id of ['a', 'b', 'c']) send(ledger, event(id), '1');
      send(ledger, event('d', false), '1');
      send(ledger, event('b', false), '2');
      const audit = ledger.audit({
        rows: new Set([row('a'), row('c')]),
        rejected: new Set(['s:1:3', 's:1:1', 's:2:1']),
      });
      expect(audit).to.deep.equal({ ...NOTHING, written: 2, rows: 2, rejected: 2, unwritten: 1 });
    });

    it('counts all of them as rejected, or as kept, where the record was', () => {
      const ledger = start();
      for (const id of ['a', 'b']) send(ledger, event(id), '1');
      for (const id of ['c', 'd', 'e']) send(ledger, event(id), '2');
      const audit = ledger.audit({
        rows: new Set([row('a'), row('c')]),
        rejected: new Set(['s:1']),
        kept: new Set(['s:2']),
      });
      expect(audit).to.deep.equal({ ...NOTHING, rejected: 2, kept: 3 });
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
      ledger.settled(['s:1']);
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
      send(ledger, sent, '1');
      return ledger.audit({ rows: new Set(), rejected: new Set(), ...found });
    };
    const [a, b] = [cloudEvent({ id: 'a' }), cloudEvent({ id: 'b' })];

    it('counts it once, with all of its rows', () => {
      expect(auditOf(envelope(a, b), { rows: new Set([row('a'), row('b')]) })).to.deep.equal({
        ...NOTHING,
        written: 1,
        rows: 2,
      });
    });

    it('counts it as rejected where a part of it is, and as unwritten where a part of it is nowhere', () => {
      const rows = new Set([row('a')]);
      expect(auditOf(envelope(a, 7), { rows, rejected: new Set(['s:1:1']) })).to.deep.equal({
        ...NOTHING,
        rejected: 1,
        rows: 1,
      });
      expect(auditOf(envelope(a, b), { rows })).to.deep.equal({ ...NOTHING, unwritten: 1, rows: 1 });
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
        dropped: 1,
      });
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
      ledger.settled([`s:${next}`]);
      now -= 1;
    };
    await ledger.drained(new AbortController().signal, 1_000);
    expect(settled).to.deep.equal(['a', 'b', 'c']);
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
  });
});

describe('percentile', () => {
  it('finds the value below which a share of the values lies', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentile(values, 0.5)).to.equal(51);
    expect(percentile(values, 0.99)).to.equal(100);
    expect(percentile([], 0.5)).to.equal(0);
  });
});

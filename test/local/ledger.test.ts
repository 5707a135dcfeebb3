import { expect } from 'chai';
import { keyOf } from '../../core/event-data.ts';
import type { SourceEvent } from '../../core/source-event.ts';
import { Ledger, percentile } from '../../local/ledger.ts';
import { bytes, cloudEvent } from '../support/events.ts';

const event = (id: string, valid = true): SourceEvent => ({
  partitionKey: id,
  data: bytes(valid ? cloudEvent({ id }) : `bad ${id}`),
});
const row = (Id: string) => keyOf({ Username: '/sensors/42', Id });

describe('the ledger', () => {
  let clock = 0;
  const start = () => {
    clock = 0;
    return new Ledger(() => clock);
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
    const audit = ledger.audit(new Set([row('a'), row('other')]), new Set(['s:3']));
    expect(audit).to.deep.equal({ written: 2, rows: 1, rejected: 1, kept: 0, unwritten: 1 });
  });

  it('counts what is in a failed batch as kept, and once, whatever the tables hold of it', () => {
    const ledger = start();
    send(ledger, event('a'), '1');
    send(ledger, event('b', false), '2');
    send(ledger, event('c'), '3');
    const audit = ledger.audit(new Set([row('a')]), new Set(['s:2']), new Set(['s:1', 's:2', 's:3', 's:9']));
    expect(audit).to.deep.equal({ written: 0, rows: 0, rejected: 0, kept: 3, unwritten: 0 });
  });

  it('takes what is in neither table for unwritten, even where it is no event', () => {
    const ledger = start();
    send(ledger, event('b', false), '3');
    expect(ledger.audit(new Set(), new Set()).unwritten).to.equal(1);
  });

  it('measures from the source to the table, also where the table is faster than the answer of Kinesis', () => {
    const ledger = start();
    const [first, second] = [event('a'), event('b')];
    ledger.read(first);
    ledger.read(second);
    clock = 5;
    ledger.settled(['s:2']);
    clock = 9;
    ledger.outcome({ event: first, status: 'sent', shardId: 's', sequenceNumber: '1' });
    ledger.outcome({ event: second, status: 'sent', shardId: 's', sequenceNumber: '2' });
    expect(ledger.outstanding).to.equal(1);
    clock = 12;
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
      const audit = ledger.audit(new Set([row('a'), row('c')]), new Set(['s:1:3', 's:1:1', 's:2:1']));
      expect(audit).to.deep.equal({ written: 2, rows: 2, rejected: 2, kept: 0, unwritten: 1 });
    });

    it('counts all of them as rejected, or as kept, where the record was', () => {
      const ledger = start();
      for (const id of ['a', 'b']) send(ledger, event(id), '1');
      for (const id of ['c', 'd', 'e']) send(ledger, event(id), '2');
      const audit = ledger.audit(new Set([row('a'), row('c')]), new Set(['s:1']), new Set(['s:2']));
      expect(audit).to.deep.equal({ written: 0, rows: 0, rejected: 2, kept: 3, unwritten: 0 });
    });

    it('settles them with the record, those as well that the producer hears of later', () => {
      const ledger = start();
      const [first, second, third] = [event('a'), event('b'), event('c')];
      for (const one of [first, second, third]) {
        ledger.read(one);
        clock += 1;
      }
      const take = (sent: SourceEvent) =>
        ledger.outcome({ event: sent, status: 'sent', shardId: 's', sequenceNumber: '1' });
      take(first);
      take(second);
      expect(ledger.outstanding).to.equal(2);
      clock = 10;
      ledger.settled(['s:1']);
      clock = 20;
      take(third);
      expect(ledger.outstanding).to.equal(0);
      expect(ledger.latencies).to.deep.equal([10, 9, 8]);
    });
  });

  it('waits until nothing is outstanding', async () => {
    const ledger = start();
    send(ledger, event('a'), '1');
    send(ledger, event('b'), '2');
    let drained = false;
    const waiting = ledger.drained(new AbortController().signal, 10_000).then(() => {
      drained = true;
    });
    ledger.settled(['s:1']);
    await Promise.resolve();
    expect(drained).to.equal(false);
    ledger.settled(['s:2']);
    await waiting;
  });

  it('says how much is outstanding when nothing moves any more, or when it is told to stop', async () => {
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

import { expect } from 'chai';
import type { Outcome } from '../../client/producer/settlement.ts';
import { startTally } from '../../client/tally.ts';

const event = { partitionKey: 'k', data: Buffer.from('{}') };
const sent = (time?: number): Outcome => ({
  event: { ...event, ...(time !== undefined && { time }) },
  status: 'sent',
  shardId: 's',
  sequenceNumber: '1',
});
const failed = (error: Error): Outcome => ({ event, status: 'failed', error });

describe('the tally of a run', () => {
  const producer = { sent: 0, failed: 0, inFlight: 5, retried: 1, refused: 0 };
  let now: number;
  const tallyAt = (at: number) => {
    now = at;
    return startTally(() => producer, { now: () => now });
  };

  it('counts what is no event by its kind, and no other note', () => {
    const tally = tallyAt(0);
    for (const kind of ['notice', 'repeat', 'repeat', 'unusable', 'skipped', 'retry', 'connected', 'problem'] as const)
      tally.noted({ kind, message: '' });
    expect(tally.counts).to.include({ notices: 1, repeats: 2, unusable: 1, skipped: 1 });
  });

  it('counts outcomes, what the spool keeps, and why events failed', () => {
    const tally = tallyAt(0);
    const error = Object.assign(new Error('first'), { name: 'Denied' });
    tally.settled(sent(), undefined);
    tally.settled(failed(error), 'spool.ndjson');
    tally.settled(failed(Object.assign(new Error('second'), { name: 'Denied' })), undefined);
    expect(tally.counts).to.include({ sent: 1, failed: 2, spooled: 1, spool: 'spool.ndjson' });
    expect([...tally.failures]).to.deep.equal([['Denied', { error, events: 2 }]]);
  });

  it('has the lag of the newest event, and none where no event has a time', () => {
    const tally = tallyAt(1_000);
    tally.settled(sent(), undefined);
    expect(tally.counts.lagMs).to.equal(undefined);
    for (const time of [700, 900, 800]) tally.settled(sent(time), undefined);
    expect(tally.counts.lagMs).to.equal(100);
    tally.settled(sent(2_000), undefined);
    expect(tally.counts.lagMs).to.equal(0);
  });

  it('has a lag that grows while events wait for Kinesis, and not while the source is quiet', () => {
    const tally = tallyAt(1_000);
    tally.counts.read = 2;
    tally.settled(sent(900), undefined);
    now = 9_000;
    expect(tally.counts.lagMs).to.equal(8_100);
    tally.settled(sent(8_900), undefined);
    now = 60_000;
    expect(tally.counts.lagMs).to.equal(100);
  });

  it('shows what the producer counts at that moment', () => {
    const { counts } = tallyAt(0);
    expect(counts.inFlight).to.equal(5);
    producer.inFlight = 6;
    expect({ ...counts }.inFlight).to.equal(6);
  });
});

import { expect } from 'chai';
import { tellNotes, tellOfTooLarge, tellOfWaiting } from '../../client/notes.ts';
import { OutOfPatienceError } from '../../client/producer/patience.ts';
import { EventTooLargeError } from '../../client/producer/producer.ts';
import type { Outcome } from '../../client/producer/settlement.ts';

describe('what a source notes', () => {
  let now: number;
  let lines: string[];
  const tell = () => tellNotes((line) => lines.push(line), { now: () => now });
  beforeEach(() => {
    now = 1_000;
    lines = [];
  });

  it('is told, but for what needs no line', () => {
    const { note, end } = tell();
    for (const kind of ['notice', 'repeat', 'packed', 'retry', 'connected', 'problem'] as const)
      note({ kind, message: kind });
    end();
    expect(lines).to.deep.equal(['retry', 'connected', 'problem']);
  });

  it('is one line in ten seconds, with a count, where it may come for each message', () => {
    const { note, end } = tell();
    for (let i = 1; i <= 2_000; i += 1) {
      note({ kind: 'unusable', message: `message ${i}` });
      now += 10;
    }
    note({ kind: 'skipped', message: 'a line' });
    end();
    expect(lines).to.deep.equal([
      'message 1',
      'message 1001 (the last of 1,000 such since the line before)',
      'a line',
      'message 2000 (the last of 999 such since the line before)',
    ]);
  });
});

describe('a Kinesis that takes nothing', () => {
  it('is told of with the reason after two seconds, and again only once it has taken something', () => {
    const lines: string[] = [];
    let sent = 0;
    const target = { stream: 's', region: 'eu-west-1', credentials: {} };
    const tell = tellOfWaiting(
      (line) => lines.push(line),
      () => sent,
      target,
    );
    const [away, silent] = ['Error: connect ECONNREFUSED', 'NoAnswerError: no'].map(
      (text) => new OutOfPatienceError(text),
    );
    const toldAt = (reason: Error, times: readonly number[]): number[] =>
      times.filter((ms) => {
        const before = lines.length;
        tell(reason, ms);
        return lines.length > before;
      });
    expect(toldAt(away!, [100, 1_999, 2_000, 60_000])).to.deep.equal([2_000]);
    sent = 5;
    expect(toldAt(silent!, [100, 6_000, 18_000])).to.deep.equal([6_000]);
    expect(lines.map((line) => line.replace(/;.*/, ''))).to.deep.equal([
      'waiting for Kinesis: Kinesis in eu-west-1 cannot be reached (ECONNREFUSED)',
      'waiting for Kinesis: Kinesis in eu-west-1 takes requests but does not answer',
    ]);
  });
});

const event = { partitionKey: 'zoe', data: Buffer.from('{}') };
const failedOf = (error: Error): Outcome => ({ event, status: 'failed', error });
const TOO_LARGE = failedOf(new EventTooLargeError('an event of 2,000,000 bytes'));

describe('telling of an event that no record can hold', () => {
  it('gives its reason, its partition key and where it is kept', () => {
    const said: string[] = [];
    tellOfTooLarge(
      (line) => said.push(line),
      () => 'spool.ndjson',
    )(TOO_LARGE);
    expect(said).to.deep.equal([
      'not sent: an event of 2,000,000 bytes; its partition key is "zoe". It is kept in spool.ndjson.',
    ]);
  });

  it('says so where it could not be kept', () => {
    const said: string[] = [];
    tellOfTooLarge(
      (line) => said.push(line),
      () => undefined,
    )(TOO_LARGE);
    expect(said[0]).to.match(/It could not be kept\.$/);
  });

  it('passes over all other outcomes', () => {
    const said: string[] = [];
    const tell = tellOfTooLarge(
      (line) => said.push(line),
      () => 'x',
    );
    tell(failedOf(new Error('Kinesis is away')));
    tell({ event, status: 'sent', shardId: 's', sequenceNumber: '1' });
    expect(said).to.deep.equal([]);
  });

  it('falls silent after a few of them, and says that it does', () => {
    const said: string[] = [];
    const tell = tellOfTooLarge(
      (line) => said.push(line),
      () => 'x',
    );
    for (let index = 0; index < 100; index += 1) tell(TOO_LARGE);
    expect(said).to.have.length(6);
    expect(said[5]).to.equal('There may be more such events. The report at the end has their number.');
  });
});

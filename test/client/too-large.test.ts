import { expect } from 'chai';
import { EventTooLargeError, type Outcome } from '../../client/producer/producer.ts';
import { tellOfTooLarge } from '../../client/too-large.ts';

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

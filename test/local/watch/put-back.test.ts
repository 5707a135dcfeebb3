import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { putRecordsTo } from '../../../aws/kinesis.ts';
import { putBackRejected } from '../../../local/watch/put-back.ts';
import { bytesOnStream, reject } from '../../ops/redrive/set-aside.ts';
import { TestServices } from '../../support/emulators.ts';
import { bytes } from '../../support/events.ts';

describe('a rejected event that the live page puts back', () => {
  const services = new TestServices();
  before(() => services.start());
  after(() => services.stop());

  it('has its own key, or its hash where it came without one or with one that Kinesis does not take', async () => {
    const [stream, table] = [await services.createStream(), await services.createTable(['Id'])];
    const data = bytes('{"cut": "東京');
    const hash = createHash('sha256').update(data).digest('hex');
    const ids = await reject(
      services,
      table,
      ['名前 🦊', undefined as never, 'k'.repeat(257)].map((partitionKey) => ({ data, kinesis: { partitionKey } })),
    );
    const place = { dynamoDb: services.dynamoDb, table, putRecords: putRecordsTo(services.kinesis, stream) };
    for (const id of ids) await putBackRejected(place, id, new AbortController().signal);
    const found = await bytesOnStream(services, stream);
    expect(found.map(({ partitionKey }) => partitionKey)).to.deep.equal(['名前 🦊', hash, hash]);
    expect(await services.rows(table)).to.deep.equal([]);
  });
});

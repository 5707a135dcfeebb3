import { expect } from 'chai';
import fc from 'fast-check';
import { scanRecords } from '../../../../proof/bench/null-server/scan-records.ts';
import { anyText } from '../../../support/any-text.ts';

const bodyOf = (request: unknown): Buffer => Buffer.from(JSON.stringify(request));

const RECORD = fc.record({
  data: fc.uint8Array(),
  key: fc.oneof(anyText({ minLength: 1 }), fc.constantFrom('"}', '\\', '\\"', '","Data":"', '名前 😋')),
  hash: fc.option(fc.bigInt(0n, 2n ** 128n - 1n), { nil: undefined }),
});

describe('scanning a request for its records', () => {
  it('finds what a parser finds, in whatever order the members are', () => {
    fc.assert(
      fc.property(fc.array(RECORD), fc.boolean(), (records, isStreamFirst) => {
        const Records = records.map(({ data, key, hash }, index) => {
          const Data = Buffer.from(data).toString('base64');
          const explicit = hash === undefined ? {} : { ExplicitHashKey: String(hash) };
          return index % 2 === 0 ? { Data, ...explicit, PartitionKey: key } : { PartitionKey: key, Data, ...explicit };
        });
        const body = isStreamFirst ? { StreamName: 'a', Records } : { Records, StreamName: 'a' };
        expect(scanRecords(bodyOf(body))).to.deep.equal({
          stream: 'a',
          records: records.map(({ data, key }) => ({
            partitionKey: key.toWellFormed(),
            bytes: data.length + Buffer.byteLength(key),
          })),
        });
      }),
    );
  });

  it('finds the one record of PutRecord', () => {
    const body = bodyOf({ StreamName: 'a', Data: 'YWI=', PartitionKey: 'k' });
    expect(scanRecords(body)).to.deep.equal({ stream: 'a', records: [{ partitionKey: 'k', bytes: 3 }] });
  });

  it('ends with a body that is cut off', () => {
    const body = bodyOf({ Records: [{ Data: 'YWI=', PartitionKey: 'k' }], StreamName: 'a' });
    for (let length = 0; length < body.length; length += 1)
      expect(scanRecords(body.subarray(0, length)).records.length).to.be.at.most(1);
  });
});

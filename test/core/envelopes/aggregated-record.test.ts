import { RecordAggregator } from 'aws-kinesis-agg/lib/kpl-agg.js';
import { expect } from 'chai';
import fc from 'fast-check';
import type { PbfWriter } from 'pbf';
import { Aggregate } from '../../../core/envelopes/aggregate.ts';
import { disaggregate, type UserRecord } from '../../../core/envelopes/aggregated-record.ts';
import { MAX_EVENTS } from '../../../core/envelopes/envelope.ts';
import { InvalidEventError } from '../../../core/invalid-event.ts';
import { aggregated, sealed, sealedMessage } from '../../support/aggregated.ts';
import { anyText } from '../../support/any-text.ts';
import { rejectionOf } from '../../support/decode.ts';
import { bytes } from '../../support/events.ts';

/** Buffers and plain arrays hold the same bytes and are not equal. */
const plain = (records: readonly UserRecord[] | undefined) =>
  records?.map((record) => ({ ...record, data: Buffer.from(record.data).toString('hex') }));

/** What disaggregating gives, or the reason why it fails. Any other error goes through. */
const outcomeOf = (data: Uint8Array) => {
  try {
    return plain(disaggregate(data));
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    return error.reason;
  }
};
const detailOf = (data: Uint8Array): string => {
  const { reason, message } = rejectionOf(() => disaggregate(data));
  expect(reason).to.equal('AggregateInvalid');
  return message;
};

const partitionKey = fc.oneof(fc.constantFrom('a', 'b', '名前 🦊'), anyText({ minLength: 1, maxLength: 100 }));
const data = fc.oneof(
  fc.uint8Array({ maxLength: 20 }),
  // Around the lengths at which a varint grows.
  fc.constantFrom(0, 121, 122, 123, 127, 128, 129, 16_370, 16_383, 16_384).map((length) => new Uint8Array(length)),
);
const records = (minLength = 1) => fc.array(fc.record({ partitionKey, data }), { minLength, maxLength: 200 });

const THREE: UserRecord[] = [
  { partitionKey: 'k1', data: bytes('{"a":1}') },
  { partitionKey: '名前 🦊', data: new Uint8Array([0xff, 0x00]) },
  { partitionKey: 'k1', data: new Uint8Array() },
];

describe('an aggregated record', () => {
  it('gives back what went into it, in its order', () => {
    fc.assert(
      fc.property(records(), (input) => {
        const data = aggregated(input);
        expect(plain(disaggregate(data))).to.deep.equal(plain(input));
      }),
    );
  });

  it('is told from other data by its first four bytes', () => {
    expect(outcomeOf(Buffer.from('f3899ac2', 'hex'))).to.equal('AggregateInvalid');
    for (const hex of ['', 'f3', 'f3899a', 'f3899ac3', '00899ac2', '7b7d'])
      expect(outcomeOf(Buffer.from(hex, 'hex')), hex).to.equal(undefined);
  });

  describe('while it is filled', () => {
    it('says after each user record exactly how large it is with its partition key, that of the first', () => {
      fc.assert(
        fc.property(records(), (input) => {
          const aggregate = new Aggregate(Number.POSITIVE_INFINITY);
          for (const [index, record] of input.entries()) {
            expect(aggregate.add(record)).to.equal(true);
            expect(aggregate.count).to.equal(index + 1);
            // Each length is looked at for the short ones; encoding all of the long ones takes too long.
            if (index > 10 && index < input.length - 1) continue;
            const encoded = aggregate.encode();
            expect(encoded.partitionKey).to.equal(input[0]!.partitionKey);
            expect(aggregate.bytes).to.equal(encoded.data.length + Buffer.byteLength(encoded.partitionKey));
          }
        }),
      );
    });

    it('takes what fits to the byte, and nothing larger', () => {
      fc.assert(
        fc.property(records(), (input) => {
          const exact = aggregated(input).length + Buffer.byteLength(input[0]!.partitionKey);
          const fill = (maxBytes: number) => {
            const aggregate = new Aggregate(maxBytes);
            const taken = input.map((record) => aggregate.add(record));
            return { aggregate, taken };
          };
          expect(fill(exact).taken).to.deep.equal(input.map(() => true));
          const { aggregate, taken } = fill(exact - 1);
          expect(taken).to.include(false);
          expect(aggregate.bytes).to.be.at.most(exact - 1);
        }),
      );
    });

    it('is the same before and after a user record that it did not take', () => {
      const aggregate = new Aggregate(100);
      aggregate.add(THREE[0]!);
      const before = { count: aggregate.count, bytes: aggregate.bytes, ...aggregate.encode() };
      expect(aggregate.add({ partitionKey: 'another', data: new Uint8Array(100) })).to.equal(false);
      expect({ count: aggregate.count, bytes: aggregate.bytes, ...aggregate.encode() }).to.deep.equal(before);
      expect(aggregate.add(THREE[1]!)).to.equal(true);
      expect(plain(disaggregate(aggregate.encode().data))).to.deep.equal(plain(THREE.slice(0, 2)));
    });

    it('takes no first user record that is too large for it, and takes a smaller one then', () => {
      // Magic number, checksum, one key twice, a record of an index and data.
      const exact = 4 + 16 + (2 + 1) + 1 + (2 + 2 + 2 + 5);
      expect(new Aggregate(exact).add({ partitionKey: 'k', data: bytes('12345') })).to.equal(true);
      const aggregate = new Aggregate(exact);
      expect(aggregate.add({ partitionKey: 'k', data: bytes('123456') })).to.equal(false);
      expect(aggregate.count).to.equal(0);
      expect(aggregate.add({ partitionKey: 'k', data: bytes('1234') })).to.equal(true);
      expect(aggregate.bytes).to.equal(exact - 1);
    });

    it('holds as many partition keys as there are', () => {
      const input = Array.from({ length: MAX_EVENTS }, (_, index) => ({
        partitionKey: `key-${index}`,
        data: bytes(index),
      }));
      const aggregate = new Aggregate(Number.POSITIVE_INFINITY);
      for (const record of input) aggregate.add(record);
      const { partitionKey, data } = aggregate.encode();
      expect(data.length + partitionKey.length).to.equal(aggregate.bytes);
      expect(plain(disaggregate(data))).to.deep.equal(plain(input));
    });

    it('keeps each partition key once', () => {
      const once = aggregated([{ partitionKey: 'a'.repeat(200), data: bytes('1') }]);
      const twice = aggregated([1, 2].map((value) => ({ partitionKey: 'a'.repeat(200), data: bytes(value) })));
      expect(twice.length - once.length).to.equal(2 + 2 + 3);
    });

    it('cannot be encoded while it is empty', () => {
      expect(() => new Aggregate(100).encode()).to.throw(RangeError, /expected at least one/);
    });
  });

  describe('that is broken', () => {
    const good = aggregated(THREE);

    it('is refused for its checksum, wherever behind the first four a byte changed or was cut off', () => {
      fc.assert(
        fc.property(records(), fc.nat(), fc.integer({ min: 1, max: 255 }), (input, at, change) => {
          const record = aggregated(input);
          const corrupt = Buffer.from(record);
          corrupt[at % record.length]! ^= change;
          const outcome = at % record.length < 4 ? undefined : 'AggregateInvalid';
          expect(outcomeOf(corrupt)).to.equal(outcome);
          expect(outcomeOf(record.subarray(0, at % record.length))).to.equal(outcome);
        }),
      );
      expect(detailOf(Buffer.concat([good, Buffer.from([0])]))).to.match(/do not agree with its MD5 checksum/);
      expect(detailOf(good.subarray(0, 19))).to.match(/it has 19 bytes; expected at least 20/);
    });

    it('gives user records or that one error, whatever lies under a checksum that agrees', () => {
      const isKnown = (data: Uint8Array) => {
        const outcome = outcomeOf(data);
        if (outcome !== 'AggregateInvalid' && !Array.isArray(outcome)) expect.fail(outcome);
      };
      fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (message) => isKnown(sealed(message))));
      fc.assert(
        fc.property(records(), fc.nat(), fc.integer({ min: 1, max: 255 }), (input, at, change) => {
          const message = Buffer.from(aggregated(input).subarray(4, -16));
          isKnown(sealed(message.subarray(0, at % message.length)));
          message[at % message.length]! ^= change;
          isKnown(sealed(message));
        }),
        { numRuns: 90 },
      );
      const message = good.subarray(4, -16);
      for (let at = 0; at < message.length; at += 1)
        for (let value = 0; value < 256; value += 3) {
          const corrupt = Buffer.from(message);
          corrupt[at] = value;
          isKnown(sealed(corrupt));
        }
    });

    const key = (pbf: PbfWriter) => pbf.writeStringField(1, 'k');
    const record = (pbf: PbfWriter, write: (record: PbfWriter) => void) =>
      pbf.writeMessage(3, (_, inner) => write(inner), undefined);
    const cases: [name: string, data: Buffer, detail: RegExp][] = [
      ['without user records', sealedMessage(key), /no user record; expected at least one/],
      ['with an empty message', sealed(new Uint8Array()), /no user record/],
      [
        'with an index outside of its table',
        sealedMessage((pbf) => {
          key(pbf);
          record(pbf, (inner) => {
            inner.writeVarintField(1, 1);
            inner.writeBytesField(3, bytes('x'));
          });
        }),
        /partition_key_index is 1; expected an index into a table of 1 keys/,
      ],
      [
        'with an index beyond 32 bits',
        sealedMessage((pbf) => {
          key(pbf);
          record(pbf, (inner) => {
            inner.writeVarintField(1, 2 ** 32);
            inner.writeBytesField(3, bytes('x'));
          });
        }),
        /partition_key_index is 4294967296/,
      ],
      [
        'with a user record without data',
        sealedMessage((pbf) => {
          key(pbf);
          record(pbf, (inner) => inner.writeVarintField(1, 0));
        }),
        /a user record has no data/,
      ],
      [
        'with a user record without a partition key',
        sealedMessage((pbf) => {
          key(pbf);
          record(pbf, (inner) => inner.writeBytesField(3, bytes('x')));
        }),
        /a user record has no partition_key_index/,
      ],
      [
        'with data that is longer than its user record',
        sealed(Buffer.from('0a016b1a0508001a0a780a016b0a016b0a016b', 'hex')),
        /a field of its protobuf message has 10 bytes; expected no more than are left/,
      ],
      [
        'with a length of four gigabytes',
        sealed(Buffer.from('0affffffff0f', 'hex')),
        /has 4294967295 bytes; expected no more/,
      ],
      ['with a number that does not end', sealed(Buffer.from('08ffffff', 'hex')), /reaches beyond the end/],
      ['with a group, which nothing writes', sealed(Buffer.from('0b', 'hex')), /protobuf message cannot be read/],
      ['with the field number 0', sealed(Buffer.from('0a016b0000', 'hex')), /reaches beyond the end/],
      ['with a key that is not UTF-8', sealed(Buffer.from('0a02c328', 'hex')), /a key is not UTF-8/],
      [
        'with a partition key that no stream takes',
        aggregated([{ partitionKey: '🦊'.repeat(129), data: bytes('{}') }]),
        /a partition key has 516 bytes; expected at most 256 characters/,
      ],
    ];
    for (const [name, data, detail] of cases)
      it(`is refused ${name}`, () => {
        expect(detailOf(data)).to.match(detail);
      });
  });

  describe('is read', () => {
    const expected = [{ partitionKey: 'k', data: '6162' }];

    it('with a partition key as long as a stream takes', () => {
      const input = [{ partitionKey: '🦊'.repeat(128), data: bytes('{}') }];
      expect(plain(disaggregate(aggregated(input)))).to.deep.equal(plain(input));
    });

    it('with its fields in any order, unknown ones among them, and tags', () => {
      const data = sealedMessage((pbf) => {
        pbf.writeVarintField(9, 7);
        pbf.writeMessage(
          3,
          (_, record) => {
            record.writeMessage(4, (_, tag) => tag.writeStringField(1, 'tag'), undefined);
            record.writeBytesField(3, bytes('ab'));
            record.writeDoubleField(11, 0.5);
            record.writeVarintField(2, 1);
            record.writeVarintField(1, 0);
            record.writeFixed32Field(12, 1);
          },
          undefined,
        );
        pbf.writeStringField(2, '0');
        pbf.writeStringField(10, 'unknown');
        pbf.writeStringField(2, '170141183460469231731687303715884105728');
        pbf.writeStringField(1, 'k');
      });
      expect(plain(disaggregate(data))).to.deep.equal(expected);
    });

    it('with the last of a field that comes twice, and with known numbers of another type passed over', () => {
      const data = sealedMessage((pbf) => {
        pbf.writeVarintField(1, 5);
        pbf.writeVarintField(3, 5);
        pbf.writeStringField(1, 'k');
        pbf.writeMessage(
          3,
          (_, record) => {
            record.writeVarintField(1, 9);
            record.writeVarintField(3, 9);
            record.writeBytesField(1, bytes('no index'));
            record.writeBytesField(3, bytes('first'));
            record.writeBytesField(3, bytes('ab'));
            record.writeVarintField(1, 0);
          },
          undefined,
        );
      });
      expect(plain(disaggregate(data))).to.deep.equal(expected);
    });

    it('with a table that holds one key twice', () => {
      const data = sealedMessage((pbf) => {
        for (const index of [0, 1]) {
          pbf.writeStringField(1, 'k');
          pbf.writeMessage(
            3,
            (_, record) => {
              record.writeVarintField(1, index);
              record.writeBytesField(3, bytes('ab'));
            },
            undefined,
          );
        }
      });
      expect(plain(disaggregate(data))).to.deep.equal([...expected, ...expected]);
    });
  });

  describe('of AWS’s own package', () => {
    /** An object is its table of keys, which sorts keys that look like numbers and loses `__proto__`. */
    const theirs = fc.array(
      fc.record({
        partitionKey: partitionKey.filter((key) => !/^\d+$/.test(key) && key !== '__proto__' && key.isWellFormed()),
        data,
      }),
      { minLength: 1, maxLength: 50 },
    );
    const pack = (input: readonly (UserRecord & { explicitHashKey?: string })[]) => {
      const aggregator = new RecordAggregator();
      for (const record of input) aggregator.addUserRecord({ ...record, data: Buffer.from(record.data) });
      return aggregator.build();
    };

    it('is byte for byte what is made here', () => {
      fc.assert(
        fc.property(theirs, (input) => {
          const { partitionKey, data } = pack(input);
          expect(aggregated(input).equals(data)).to.equal(true);
          expect(partitionKey).to.equal(input[0]!.partitionKey);
        }),
      );
    });

    it('is read here, whatever explicit hash keys it has', () => {
      fc.assert(
        fc.property(theirs, (input) => {
          const hashed = input.map((record, index) =>
            index % 3 === 0 ? record : { ...record, explicitHashKey: `hash-${index % 5}` },
          );
          expect(plain(disaggregate(pack(hashed).data))).to.deep.equal(plain(input));
        }),
      );
    });
  });
});

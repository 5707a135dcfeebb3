import { expect } from 'chai';
import fc from 'fast-check';
import database, { type Sequence } from 'kinesalite/db';
import { parseSequenceNumber, stringifySequenceNumber } from '../../../local/emulators/sequence-numbers.ts';

/** What a function gives, or the message that it throws. */
const outcomeOf = <Value>(call: () => Value): Value | string => {
  try {
    return call();
  } catch (error) {
    return `throws ${(error as Error).message}`;
  }
};

describe('a sequence number', () => {
  const time = fc.integer({ min: 0, max: 16_025_174_999_999 });
  const sequence: fc.Arbitrary<Sequence> = fc.record(
    {
      shardCreateTime: time,
      seqIx: fc.oneof(fc.nat(), fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }).map(String)),
      seqTime: time,
      shardIx: fc.nat({ max: 2_147_483_647 }),
      byte1: fc.constantFrom('00', 'a7'),
      version: fc.constantFrom(0, 1, 2),
    },
    { requiredKeys: ['shardCreateTime'] },
  );

  it('is written as kinesalite writes it', () => {
    fc.assert(
      fc.property(sequence, (value) => {
        expect(stringifySequenceNumber(value)).to.equal(database.stringifySequence(value));
      }),
      { numRuns: 300 },
    );
  });

  it('is read as kinesalite reads it, also where it is none', () => {
    const digits = fc.stringMatching(/^2[\da-f]{45}[0-3]$/).map((hex) => BigInt(`0x${hex}`).toString());
    const other = fc.oneof(fc.bigInt({ min: 0n, max: 1n << 190n }).map(String), fc.constantFrom('', 'x', '-1', '1e60'));
    fc.assert(
      fc.property(fc.oneof(sequence.map(stringifySequenceNumber), digits, other), (text) => {
        expect(outcomeOf(() => parseSequenceNumber(text))).to.deep.equal(outcomeOf(() => database.parseSequence(text)));
      }),
      { numRuns: 300 },
    );
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import database from 'kinesalite/db';
import { hashKeyOf } from '../../../local/emulators/hash-keys.ts';
import { anyText } from '../../support/any-text.ts';

describe('the place of a partition key', () => {
  const place = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map(String);

  it('is where kinesalite has it', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 256 }), place, (partitionKey, other) => {
        const [ours, theirs] = [hashKeyOf(partitionKey), database.partitionKeyToHashKey(partitionKey)];
        expect(ours.comparedTo(other)).to.equal(theirs.comparedTo(other));
        // A shard may begin or end just there.
        const same = (theirs as object as { toFixed: () => string }).toFixed();
        expect(ours.comparedTo(same)).to.equal(0);
      }),
      { numRuns: 100 },
    );
  });
});

import { isUtf8 } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { eventMaker, leastSize } from '../../../../client/sources/synthetic/event.ts';
import { seeded } from '../../../../core/random.ts';
import { toSourceEvent } from '../../../../core/source-event.ts';
import { decodeEvent } from '../../../support/decode.ts';

const ARRIVED = new Date('2026-11-20T12:00:00Z');
const LEAST = leastSize({ seed: 7, longestKey: 'key-999' });

describe('a synthetic event', () => {
  it('has exactly its size, and is what the function stores', () => {
    const numbers = fc.oneof(fc.nat(), fc.constant(Number.MAX_SAFE_INTEGER));
    fc.assert(
      fc.property(fc.integer({ min: LEAST, max: 3_000 }), fc.nat(), numbers, fc.nat(999), (size, chance, n, key) => {
        const make = eventMaker({ seed: 7, size, random: seeded(chance) });
        // The next one is cut elsewhere.
        for (let cut = 0; cut < 5; cut += 1) {
          const event = make(n, `key-${key}`);
          expect(event).to.have.length(size);
          expect(isUtf8(event)).to.equal(true);
          const { Message, ...row } = decodeEvent(event, { at: ARRIVED, partitionKey: 'any' });
          expect(row).to.deep.equal({
            Username: `key-${key}`,
            Id: `/synthetic 7-${n}`,
            Timestamp: ARRIVED.toISOString(),
            Type: 'example.synthetic',
            Attributes: { source: '/synthetic' },
          });
          expect(Message).to.be.a('string').and.not.to.include('\ufffd');
          expect(toSourceEvent(event)).to.have.property('partitionKey', `key-${key}`);
        }
      }),
      { seed: 17, numRuns: 12 },
    );
  });

  it('has no text left where it is as small as it can be', () => {
    const event = eventMaker({ seed: 7, size: LEAST, random: seeded(1) })(Number.MAX_SAFE_INTEGER, 'key-999');
    expect(JSON.parse(event.toString()).data).to.equal('');
  });

  it('may be larger than the text it is cut from', () => {
    const size = 1024 * 1024;
    const event = eventMaker({ seed: 7, size, random: seeded(1) })(1, 'key-1');
    expect(event).to.have.length(size);
    expect(JSON.parse(event.toString()).id).to.equal('7-1');
  });

  it('has words of several scripts, and packs as text does', () => {
    const make = eventMaker({ seed: 7, size: 1_000, random: seeded(1) });
    const events = Buffer.concat(Array.from({ length: 200 }, (_, n) => make(n, 'key-1')));
    for (const script of [/\p{Script=Latin}/u, /\p{Script=Han}/u, /\p{Script=Arabic}/u, /\p{Extended_Pictographic}/u])
      expect(events.toString()).to.match(script);
    const ratio = events.length / gzipSync(events).length;
    expect(ratio).to.be.within(2, 12);
  });
});

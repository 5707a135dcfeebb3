import { expect } from 'chai';
import fc from 'fast-check';
import { InvalidEventError } from '../../../core/invalid-event.ts';
import { KEY_BYTES } from '../../../core/limits.ts';
import { GROUP_BYTES, WINDOWS } from '../../../core/processor.ts';
import { partKey, storedKey, versioned } from '../../../core/rollups/keys.ts';
import { padded } from '../../../core/rollups/part.ts';
import { windowOf, windowTimes } from '../../../core/rollups/window.ts';

const AT = '2026-11-20T12:34:56.789Z';

describe('the window of a row', () => {
  const CASES = [
    ['minute', '2026-11-20T12:34Z', '2026-11-20T12:34:00.000Z', '2026-11-20T12:35:00.000Z'],
    ['hour', '2026-11-20T12Z', '2026-11-20T12:00:00.000Z', '2026-11-20T13:00:00.000Z'],
    ['day', '2026-11-20', '2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z'],
  ] as const;
  for (const [every, name, start, end] of CASES)
    it(`of a ${every} is ${name}, and says when it begins and ends`, () => {
      expect(windowOf(every, AT)).to.equal(name);
      expect(windowTimes(name)).to.deep.equal({ start: Date.parse(start), end: Date.parse(end) });
    });

  it('ever has no beginning and no end', () => {
    expect(windowOf('ever', AT)).to.equal('ever');
    expect(windowTimes('ever')).to.deep.equal({ start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY });
  });

  it('holds the time of every row that is in it, and is as large as it says', () => {
    const times = fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(times, fc.constantFrom(...WINDOWS), (time, every) => {
        const { start, end } = windowTimes(windowOf(every, time.toISOString()));
        expect(start <= time.getTime() && time.getTime() < end).to.equal(true);
      }),
    );
  });

  for (const timestamp of ['yesterday', '2026-11-20', '2026-13-20T12:00:00.000Z', '2026-11-20T12:00:00Z', ''])
    it(`is refused for the time ${JSON.stringify(timestamp)}`, () => {
      expect(() => windowOf('minute', timestamp)).to.throw(InvalidEventError, 'Timestamp is not a time like');
    });
});

describe('the key of a part', () => {
  it('is the window of a rollup, and the group in a shard', () => {
    const rollup = versioned({ name: 'views' });
    expect(storedKey({ rollup, window: '2026-11-20T12:34Z', group: '/#home', shard: 'shardId-1' })).to.deep.equal({
      partition: 'views.1#2026-11-20T12:34Z',
      sort: '/#home#shardId-1',
    });
  });

  it('is read back, whatever the group is', () => {
    const groups = fc.string({ unit: fc.constantFrom('#', 'a', ' ', 'é', '東', '😀', '\ud800'), minLength: 1 });
    fc.assert(
      fc.property(groups, fc.constantFrom(...WINDOWS), (group, every) => {
        const key = { rollup: 'views.3', window: windowOf(every, AT), group: group.toWellFormed(), shard: 'shardId-7' };
        expect(partKey(storedKey(key))).to.deep.equal(key);
      }),
    );
  });

  it('fits the table with the longest group and shard', () => {
    const { sort } = storedKey({
      rollup: 'r.1',
      window: 'ever',
      group: 'x'.repeat(GROUP_BYTES),
      shard: 's'.repeat(65),
    });
    expect(Buffer.byteLength(sort)).to.equal(KEY_BYTES.sort);
  });

  for (const key of [
    { partition: 'views.1', sort: 'a#b' },
    { partition: 'views.1#ever', sort: 'a' },
    { partition: '#ever', sort: 'a#b' },
  ])
    it(`is refused where it is ${key.partition} and ${key.sort}`, () => {
      expect(() => partKey(key)).to.throw(TypeError, 'is not a part of a rollup');
    });
});

describe('a sequence number', () => {
  it('is padded, so that text sorts as numbers do', () => {
    const numbers = fc.bigInt({ min: 0n, max: 10n ** 40n - 1n });
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        expect(padded(String(a)) < padded(String(b))).to.equal(a < b);
        expect(padded(String(a))).to.have.length(40);
      }),
    );
  });
});

import { expect } from 'chai';
import { type EventData, keyOf } from '../../../core/event-data.ts';
import { processorNamed } from '../../../processors/index.ts';
import type { SentEvent } from '../../../proof/soak/events.ts';
import { type Found, judge as judgeBy, type Verdict } from '../../../proof/soak/verdict.ts';
import { decodeEvent } from '../../support/decode.ts';
import { bytes, cloudEvent } from '../../support/events.ts';
import { foundIn } from './found-in.ts';

const ofRow = (row: string, number: number): object =>
  cloudEvent({ subject: row, id: row, data: { mark: `#${number}#` } });
const good = (number: number, row: string): SentEvent => ({ number, data: bytes(ofRow(row, number)) });
const bad = (number: number): SentEvent => ({ number, data: bytes('bad') });
const rowOf = (name: string, number: number): [string, EventData] => {
  const row = decodeEvent(bytes(ofRow(name, number)), { at: new Date(0), partitionKey: 'any' });
  return [keyOf(row), row];
};
/** As a message shows the key of a row. */
const keyOfRow = (name: string): string => rowOf(name, 0)[0];
const judge = (events: readonly SentEvent[], where: Found): Promise<Verdict> =>
  judgeBy(events, where, processorNamed('default'));
const found = (
  rows: [string, number][],
  sets: { [name in 'rejected' | 'kept' | 'spooled']?: number[] } = {},
): Found => ({
  ...foundIn(rows.map(([row, number]) => rowOf(row, number)[1])),
  rejected: new Set(sets.rejected),
  kept: new Set(sets.kept),
  spooled: new Set(sets.spooled),
});

describe('the verdict of a soak', () => {
  const events = [good(0, 'a'), good(1, 'b'), bad(2), good(3, 'a')];

  it('finds every event in its place', async () => {
    const verdict = await judge(
      events,
      found(
        [
          ['a', 3],
          ['b', 1],
        ],
        { rejected: [2] },
      ),
    );
    expect(verdict).to.deep.equal({
      events: 4,
      inTable: 3,
      dropped: 0,
      rejected: 1,
      kept: 0,
      spooled: 0,
      missing: 0,
      problems: [],
    });
  });

  it('takes an event in a failed batch for kept, and then expects the row of the one before it', async () => {
    const verdict = await judge(
      events,
      found(
        [
          ['a', 0],
          ['b', 1],
        ],
        { rejected: [2], kept: [3] },
      ),
    );
    expect(verdict).to.include({ inTable: 2, kept: 1, missing: 0 });
    expect(verdict.problems).to.deep.equal([]);
  });

  it('allows the row of a kept event, which the function wrote before it crashed', async () => {
    const where = found(
      [
        ['a', 3],
        ['b', 1],
      ],
      { rejected: [2], kept: [3] },
    );
    expect((await judge(events, where)).problems).to.deep.equal([]);
  });

  it('takes what the client spooled for accounted', async () => {
    const verdict = await judge(events, found([['a', 3]], { rejected: [2], spooled: [1] }));
    expect(verdict).to.include({ inTable: 2, spooled: 1, missing: 0 });
    expect(verdict.problems).to.deep.equal([]);
  });

  const wrong: [name: string, found: Found, problem: string][] = [
    ['an event without a row', found([['a', 3]], { rejected: [2] }), 'event 1 has no row'],
    [
      'a row that was replaced by an older event',
      found(
        [
          ['a', 0],
          ['b', 1],
        ],
        { rejected: [2] },
      ),
      'event 3 was replaced by the older 0',
    ],
    [
      'a bad event that was not rejected',
      found([
        ['a', 3],
        ['b', 1],
      ]),
      'event 2 is not among the rejected',
    ],
    [
      'a good event that was rejected',
      found([['a', 3]], { rejected: [1, 2] }),
      'event 1 was rejected, but is a good one',
    ],
    [
      'a row of an event with another key',
      found(
        [
          ['a', 3],
          ['b', 0],
        ],
        { rejected: [2] },
      ),
      `the row ${keyOfRow('b')} is not what any event of its key says`,
    ],
    [
      'a row that nothing explains',
      found(
        [
          ['a', 3],
          ['b', 1],
          ['c', 9],
        ],
        { rejected: [2] },
      ),
      `the row ${keyOfRow('c')} is not what any event of its key says`,
    ],
  ];
  for (const [name, where, problem] of wrong)
    it(`names ${name}`, async () => {
      expect((await judge(events, where)).problems).to.include(problem);
    });

  const poison = (kind: 'before' | 'after'): SentEvent => ({ ...good(4, 'c'), poison: kind });
  const others: [string, number][] = [
    ['a', 3],
    ['b', 1],
  ];

  it('names poison that is not in a failed batch, though it has a row', async () => {
    const verdict = await judge([...events, poison('after')], found([...others, ['c', 4]], { rejected: [2] }));
    expect(verdict.problems).to.deep.equal(['event 4 crashes the function each time, but is not in a failed batch']);
  });

  it('allows the row of poison that crashes the function after it wrote, and no row before', async () => {
    const where = found([...others, ['c', 4]], { rejected: [2], kept: [4] });
    expect((await judge([...events, poison('after')], where)).problems).to.deep.equal([]);
    expect((await judge([...events, poison('before')], where)).problems).to.deep.equal([
      'event 4 has a row, though the function crashes before it writes',
    ]);
  });

  it('names an event that fits no record and is not in the spool', async () => {
    const oversize: SentEvent = { ...bad(4), isOversize: true };
    const rows: [string, number][] = [...others];
    expect((await judge([...events, oversize], found(rows, { rejected: [2], spooled: [4] }))).problems).to.deep.equal(
      [],
    );
    expect((await judge([...events, oversize], found(rows, { rejected: [2, 4] }))).problems).to.deep.equal([
      'event 4 fits no record, but is not in the spool',
    ]);
  });

  it('allows an older row only where redrive put it back', async () => {
    const rows: [string, number][] = [
      ['a', 0],
      ['b', 1],
    ];
    const where = found(rows, { rejected: [2] });
    const verdictAfter = async (...putBack: number[]) =>
      (await judgeBy(events, where, processorNamed('default'), new Set(putBack))).problems;
    expect(await verdictAfter(0)).to.deep.equal([]);
    expect(await verdictAfter(1)).to.deep.equal(['event 3 was replaced by the older 0']);
  });

  it('names a row with other content', async () => {
    const where = found(
      [
        ['a', 3],
        ['b', 1],
      ],
      { rejected: [2] },
    );
    const [key, row] = rowOf('b', 1);
    where.rows.add({ ...row, Type: 'changed' });
    expect((await judge(events, where)).problems).to.deep.equal([
      'the row of event 1 holds something else',
      `the row ${key} is not what any event of its key says`,
    ]);
  });
});

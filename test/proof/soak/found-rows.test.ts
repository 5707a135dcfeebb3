import { expect } from 'chai';
import { keyOf } from '../../../core/event-data.ts';
import { processorNamed } from '../../../processors/index.ts';
import { FoundRows } from '../../../proof/soak/found-rows.ts';
import { SoakInput } from '../../../proof/soak/input.ts';
import { MadeRows } from '../../../proof/soak/made-rows.ts';
import { expectedFor } from '../../../proof/soak/processor-events.ts';

const COUNT = 1_000;

/** Doubling leaves up to half of an array free, and a third of the slots are. */
const MOST_BYTES_A_ROW = 40;
const MOST_BYTES_AN_EVENT = 36;

describe('what a soak keeps of events and rows', () => {
  const processor = processorNamed('default');
  const input = new SoakInput({
    count: COUNT,
    seed: 7,
    faults: new Set(['duplicates', 'malformed']),
    processor: { name: 'default', definition: processor },
  });
  const rowsOf = (data: Uint8Array) => {
    const fate = expectedFor(data, processor);
    return fate === 'rejected' ? [] : fate.rows;
  };

  it('is a few bytes each, and finds every row again', () => {
    const found = new FoundRows();
    const keys = new Set<string>();
    for (const { data } of input.all())
      for (const row of rowsOf(data)) {
        found.add(row);
        keys.add(keyOf(row));
      }
    expect(found.size).to.equal(keys.size);
    expect(new Set([...keys].map((key) => found.placeOf(key)))).to.deep.equal(
      new Set(Array.from({ length: keys.size }, (_, place) => place)),
    );
    expect(found.placeOf('another')).to.equal(undefined);
    expect(found.bytes / found.size).to.be.below(MOST_BYTES_A_ROW);

    const made = new MadeRows(found, processor);
    for (const event of input.all()) made.add(event);
    expect(made.count).to.equal(COUNT);
    expect(made.bytes / COUNT).to.be.below(MOST_BYTES_AN_EVENT);
    for (let place = 0; place < found.size; place += 1) expect(made.holderOf(place)).not.to.equal(undefined);
  });
});

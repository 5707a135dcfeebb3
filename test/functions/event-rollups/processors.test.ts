import { existsSync } from 'node:fs';
import type { DynamoDBRecord } from 'aws-lambda';
import { expect } from 'chai';
import { type EventData, keyOf } from '../../../core/event-data.ts';
import { verify } from '../../../core/rollups/verify.ts';
import { RollupView } from '../../../core/rollups/view.ts';
import { applyChanges } from '../../../functions/event-rollups/apply-changes.ts';
import { PROCESSORS, processorNamed } from '../../../processors/index.ts';
import { changeRecord, shardId } from '../../support/change-event.ts';
import { eventsOfUse, rowsIn } from '../../support/processed.ts';
import { MemoryTable } from './memory-store.ts';

/** The changes of a table into which these rows are put one after the other, and what it holds then. */
const changesOf = (rows: readonly EventData[]): { records: DynamoDBRecord[]; table: Iterable<EventData> } => {
  const table = new Map<string, EventData>();
  const records = rows.map((after, index) => {
    const record = changeRecord({ before: table.get(keyOf(after)), after }, index);
    table.set(keyOf(after), after);
    return record;
  });
  return { records: JSON.parse(JSON.stringify(records)), table: table.values() };
};

const WITH_SAMPLES = Object.keys(PROCESSORS).filter((name) =>
  existsSync(new URL(`../../../events/${name}.ndjson`, import.meta.url)),
);

describe('the rollups of a processor', () => {
  for (const name of WITH_SAMPLES)
    it(`equal the table that ${name} makes of its sample`, async () => {
      const { rollups = [] } = processorNamed(name);
      const { records, table } = changesOf(rowsIn(eventsOfUse(name, () => undefined)));
      const parts = new MemoryTable(() => 1);
      const { signal } = new AbortController();
      const { counts, errors } = await applyChanges(
        { records, shard: shardId(0) },
        { rollups, store: parts.open(signal), deadline: { signal, isOver: () => false }, concurrency: 4 },
      );
      expect(errors).to.deep.equal([]);
      expect(counts).to.include({ changes: records.length, refused: 0, unfinished: 0 });

      const [said, made] = [new RollupView(rollups), new RollupView(rollups)];
      for (const { key, part } of parts.parts.values()) said.addPart(key, part);
      for (const row of table) made.addRow(row);
      const { groups, differences } = verify(made, said);
      expect(differences).to.deep.equal([]);
      expect(groups).to.be.above(rollups.length > 0 ? 0 : -1);
    });

  it('are tried with the samples of several processors', () => {
    expect(WITH_SAMPLES).to.have.length.above(3);
  });
});

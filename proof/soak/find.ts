import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { openRecord } from '../../core/envelopes/index.ts';
import { type EventData, keyOf } from '../../core/event-data.ts';
import { storedRow } from '../../functions/stored-row.ts';
import type { FailedBatchObject } from '../../local/mapping/failed-batch.ts';
import { failedBatchesIn } from '../../local/mapping/failed-batch-folder.ts';
import { forEachItem } from '../../local/scan.ts';
import type { StackNames } from '../../local/stack.ts';
import { isEdited } from './edits.ts';
import { numberOf } from './events.ts';
import { FoundRows } from './found-rows.ts';
import type { Found } from './verdict.ts';

export interface Places {
  dynamoDb: DynamoDBClient;
  names: StackNames;
  failedBatches: string;
  /** Of the client, for each of its sources. */
  spools: readonly string[];
}

/** Looks for the events of a soak in every place where they may be. */
export const findEvents = async ({ dynamoDb, names, failedBatches, spools }: Places): Promise<Found> => {
  const forEachRow = (take: (row: EventData) => void): Promise<void> =>
    forEachItem({ client: dynamoDb, table: names.eventDataTable }, (item) => {
      const row = storedRow(item);
      if (!isEdited(row)) take(row);
    });
  const rows = new FoundRows();
  await forEachRow((row) => rows.add(row));
  const keysAt = async (places: ReadonlySet<number>): Promise<string[]> => {
    const keys: string[] = [];
    await forEachRow((row) => {
      const key = keyOf(row);
      const place = rows.placeOf(key);
      if (place !== undefined && places.has(place)) keys.push(key);
    });
    return keys;
  };
  const rejected = new Set<number>();
  await forEachItem({ client: dynamoDb, table: names.rejectedEventsTable }, ({ Data, Encoding }) => {
    const data = Buffer.from(Data?.B ?? '', 'base64');
    add(rejected, Encoding?.S === 'gzip' ? gunzipSync(data) : data);
  });
  const { kept } = await findKept(failedBatches);
  const spooled = new Set<number>();
  for (const spool of spools) {
    const lines = await readFile(spool, 'latin1').catch(() => '');
    for (const line of lines.split('\n')) if (line !== '') add(spooled, Buffer.from(line, 'latin1'));
  }
  return { rows, keysAt, rejected, kept, spooled };
};

/** What the failed batches hold: the numbers of events, and how many changes of EventData. */
export const findKept = async (failedBatches: string): Promise<{ kept: Set<number>; keptChanges: number }> => {
  const kept = new Set<number>();
  let keptChanges = 0;
  for (const path of await failedBatchesIn(failedBatches)) {
    const { payload } = JSON.parse(await readFile(path, 'utf8')) as FailedBatchObject;
    for (const record of payload.Records)
      if ('kinesis' in record)
        for (const { data } of openRecord(Buffer.from(record.kinesis.data, 'base64')).events)
          add(kept, Buffer.from(data));
      else keptChanges += 1;
  }
  return { kept, keptChanges };
};

const add = (numbers: Set<number>, data: Buffer): void => {
  numbers.add(numberOf(data.toString('latin1')) ?? -1);
};

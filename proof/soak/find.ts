import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { type AttributeValue, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Item } from '../../aws/wire-value.ts';
import { openRecord } from '../../core/envelopes/index.ts';
import { storedRow } from '../../functions/stored-row.ts';
import type { FailedBatchObject } from '../../local/mapping/failed-batch.ts';
import { failedBatchesIn } from '../../local/mapping/failed-batch-folder.ts';
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
  const rows = new FoundRows();
  for await (const item of scan(dynamoDb, names.eventDataTable)) {
    const row = storedRow(item);
    if (!isEdited(row)) rows.add(row);
  }
  const rejected = new Set<number>();
  for await (const item of scan(dynamoDb, names.rejectedEventsTable)) {
    const { Data, Encoding } = unmarshall(item as Record<string, AttributeValue>);
    add(rejected, Encoding === 'gzip' ? gunzipSync(Data as Uint8Array) : Buffer.from(Data as Uint8Array));
  }
  const { kept } = await findKept(failedBatches);
  const spooled = new Set<number>();
  for (const spool of spools) {
    const lines = await readFile(spool, 'latin1').catch(() => '');
    for (const line of lines.split('\n')) if (line !== '') add(spooled, Buffer.from(line, 'latin1'));
  }
  return { rows, rejected, kept, spooled };
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

async function* scan(client: DynamoDBClient, TableName: string): AsyncGenerator<Item> {
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) yield* Items as Item[];
}

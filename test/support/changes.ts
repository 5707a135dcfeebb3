import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { ChangeRecord, Item } from '../../local/emulators/change-record.ts';
import { changeStreamName } from '../../local/emulators/change-stream.ts';
import { readRecords } from './shards.ts';

/** Every change of a table up to now, shard by shard; a shard comes after the one that it was split from. */
export const changesOf = async (kinesis: KinesisClient, table: string): Promise<ChangeRecord[]> =>
  (await changesByShard(kinesis, table)).flat();

export const changesByShard = async (kinesis: KinesisClient, table: string): Promise<ChangeRecord[][]> => {
  const shards = new Map<string, ChangeRecord[]>();
  for (const { shardId, data } of await readRecords(kinesis, changeStreamName(table))) {
    const change: ChangeRecord = JSON.parse(Buffer.from(data).toString());
    shards.set(shardId, [...(shards.get(shardId) ?? []), change]);
  }
  return [...shards.values()];
};

/**
 * The items that a table without any would hold after these changes, by their keys.
 *
 * @throws where a change does not follow from those before it
 */
export const replay = (changes: readonly ChangeRecord[]): Map<string, Item> => {
  const items = new Map<string, Item>();
  for (const { eventName, dynamodb } of changes) {
    const { Keys, NewImage, OldImage, SequenceNumber } = dynamodb;
    const key = JSON.stringify(Keys);
    const before = items.get(key);
    const expected = OldImage === undefined ? 'INSERT' : NewImage === undefined ? 'REMOVE' : 'MODIFY';
    if (sorted(before) !== sorted(OldImage) || eventName !== expected)
      throw new Error(
        `${eventName} ${SequenceNumber} of ${key} replaces ${sorted(OldImage)}; there is ${sorted(before)}`,
      );
    if (NewImage) items.set(key, NewImage);
    else items.delete(key);
  }
  return items;
};

const sorted = (item: Item | undefined): string =>
  JSON.stringify(item && Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)));

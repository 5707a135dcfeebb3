import { setImmediate as turn } from 'node:timers/promises';
import { GetRecordsCommand, GetShardIteratorCommand, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { EntryError } from '../../../ops/redrive/set-aside.ts';
import { streamStore } from '../../../ops/redrive/stream-store.ts';

const SHARD = 'shardId-000000000000';
const { signal } = new AbortController();

/** A stream whose one shard holds records with these numbers, each of which arrived at that second. */
const storeOf = (numbers: readonly number[]) => {
  let pages = 0;
  const send = async (command: unknown): Promise<object> => {
    await turn();
    if (command instanceof ListShardsCommand) return { Shards: [{ ShardId: SHARD }] };
    if (command instanceof GetShardIteratorCommand) return { ShardIterator: 'first' };
    expect(command).to.be.instanceOf(GetRecordsCommand);
    pages += 1;
    const Records = numbers.map((number) => ({
      SequenceNumber: String(number),
      PartitionKey: 'k',
      Data: Buffer.from('x'),
      ApproximateArrivalTimestamp: new Date(number * 1_000),
    }));
    return { Records: pages === 1 ? Records : [], MillisBehindLatest: 0, NextShardIterator: 'next' };
  };
  let now = 0;
  const sleep = async (ms: number): Promise<void> => {
    now += ms;
  };
  return streamStore({
    range: { stream: 's', since: 0, until: 1_000_000 },
    kinesis: { send } as never,
    isLocal: true,
    retry: (call) => call(signal),
    clock: { now: () => now, sleep },
    where: 'a test',
  });
};

/** Reads all entries. @returns their numbers */
const read = async (store: ReturnType<typeof storeOf>): Promise<string[]> => {
  const names: string[] = [];
  for await (const entry of store.entries(signal)) {
    if (entry instanceof EntryError) throw entry;
    names.push(entry.name.slice(SHARD.length + 1));
  }
  return names;
};

describe('the records of a stream', () => {
  it('are gone on with at the first that was not put back, though those behind it were', async () => {
    const store = storeOf([10, 20, 30]);
    expect(await read(store)).to.deep.equal(['10', '20', '30']);
    await store.remove([`${SHARD}:10`, `${SHARD}:30`], signal);
    expect(store.resumeSince()).to.equal(20_000);
    await store.remove([`${SHARD}:20`], signal);
    expect(store.resumeSince()).to.equal(undefined);
  });

  it('are not read from the first on that this run has put there, in whatever order Kinesis answers', async () => {
    const store = storeOf([10, 20, 30]);
    const answers = [30, 20].map((number) => [{ shardId: SHARD, sequenceNumber: String(number) }]);
    const put = store.watch(async () => answers.shift()!);
    await put([], signal);
    await put([], signal);
    expect(await read(store)).to.deep.equal(['10']);
  });
});

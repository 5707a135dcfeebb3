import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { SentRecords } from '../../../proof/soak/sent-records.ts';
import { aggregated } from '../../support/aggregated.ts';
import { emptyFolder } from '../../support/empty-folder.ts';

describe('the records that a soak sent', () => {
  const folder = emptyFolder();
  const checkpoints = join(folder, 'checkpoints.json');

  const settle = (settled: Record<string, string>): Promise<void> =>
    writeFile(
      checkpoints,
      JSON.stringify({
        shards: Object.fromEntries(Object.entries(settled).map(([shard, number]) => [shard, { settled: number }])),
      }),
    );
  const base64 = (data: Uint8Array | string): string => Buffer.from(data).toString('base64');

  it('are those that Kinesis took, and hold one event or several', () => {
    const records = new SentRecords();
    const several = aggregated(['one', 'two', 'three'].map((data) => ({ partitionKey: 'k', data: Buffer.from(data) })));
    records.took(
      { Records: [{ Data: base64('{}') }, { Data: base64(several) }, { Data: base64('refused') }] },
      { Records: [{ ShardId: 'a', SequenceNumber: '1' }, { ShardId: 'b', SequenceNumber: '2' }, {}] },
    );
    expect({ size: records.size, events: records.events }).to.deep.equal({ size: 2, events: 4 });
  });

  /** A call that put these numbers on a shard. */
  const put = (records: SentRecords, shard: string, ...numbers: (string | number)[]): void =>
    records.took(
      { Records: numbers.map(() => ({ Data: base64('{}') })) },
      { Records: numbers.map((number) => ({ ShardId: shard, SequenceNumber: String(number) })) },
    );

  it('are settled up to the checkpoint of their shard, in whatever order they were answered', async () => {
    const records = new SentRecords();
    for (const number of [30, 9, 20]) put(records, 'a', number);
    put(records, 'b', 15);
    expect(await records.countSettled(checkpoints)).to.equal(0);
    await settle({ a: '20' });
    expect(await records.countSettled(checkpoints)).to.equal(2);
    put(records, 'a', 12);
    expect(await records.countSettled(checkpoints)).to.equal(3);
    await settle({ a: '30', b: '15' });
    expect(await records.countSettled(checkpoints)).to.equal(5);
  });

  it('of one call are settled once the last of its shard is', async () => {
    const records = new SentRecords();
    put(records, 'a', 1, 3, 2);
    await settle({ a: '2' });
    expect(await records.countSettled(checkpoints)).to.equal(0);
    await settle({ a: '3' });
    expect(await records.countSettled(checkpoints)).to.equal(3);
  });

  it('are forgotten when they are settled, however many there are', async () => {
    const records = new SentRecords();
    for (let number = 0; number < 2_000; number += 1) {
      put(records, 'a', number);
      if (number % 100 !== 99) continue;
      await settle({ a: String(number) });
      await records.countSettled(checkpoints);
      expect(records.unsettledCalls).to.equal(0);
    }
    expect(await records.countSettled(checkpoints)).to.equal(2_000);
  });
});

import { join } from 'node:path';
import { expect } from 'chai';
import { openCheckpoints } from '../../../local/mapping/checkpoints.ts';
import { keepIn, keptRecords, moveFailedBatches } from '../../../local/mapping/failed-batch-folder.ts';
import { asRead, kinesisEvent, STREAM_ARN } from '../../support/kinesis-event.ts';
import { RecordedDisk } from '../../support/power-loss.ts';

describe('what the local mapping keeps, after a power failure at any moment', () => {
  let disk: RecordedDisk;
  beforeEach(async () => {
    disk = await RecordedDisk.start();
  });
  afterEach(() => disk.remove());

  const { Records } = kinesisEvent([{ index: 0 }, { index: 1 }]);
  const records = Records.map(asRead);

  /** Keeps a record alone, each in the folder of another day. */
  const keeper = () => {
    let now = Date.UTC(2026, 10, 20, 23, 59);
    const keep = keepIn({
      folder: join(disk.root, 'failed'),
      mappingId: 'mapping',
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
      streamArn: STREAM_ARN,
      clock: { now: () => (now += 3_600_000) },
      uuid: () => `uuid-${now}`,
    });
    return (record: (typeof records)[number]): Promise<void> =>
      keep({
        condition: 'RetryAttemptsExhausted',
        records: [record],
        approximateInvokeCount: 1,
        functionError: null,
      });
  };

  it('each failed batch is whole, and its checkpoint is never there without it', async () => {
    const keep = keeper();
    const at = (root: string) => ({
      // Its folder is there already: nothing but the failed batch is in new ones.
      path: join(root, 'checkpoints.json'),
      streamArn: STREAM_ARN,
      onProblem: (message: string) => expect.fail(message),
    });
    const checkpoints = await openCheckpoints(at(disk.root));
    for (const record of records) {
      await keep(record);
      checkpoints.save('shard', { settled: record.sequenceNumber });
      await checkpoints.flush();
    }
    let most = 0;
    await disk.eachFailure(async (left, _, what) => {
      const kept = await keptRecords(join(left, 'failed'));
      const { settled } = (await openCheckpoints(at(left))).of('shard') ?? {};
      const count = records.findIndex(({ sequenceNumber }) => sequenceNumber === settled) + 1;
      most = Math.max(most, count);
      expect([...kept], what).to.include.members(Records.slice(0, count).map(({ eventID }) => eventID));
    });
    expect(most).to.equal(records.length);
  });

  it('a failed batch that is moved is whole in one folder or the other', async () => {
    const keep = keeper();
    for (const record of records) await keep(record);
    const kept = disk.steps.length;
    await moveFailedBatches(join(disk.root, 'failed'), join(disk.root, 'moved'));
    await disk.eachFailure(async (left, after, what) => {
      const found = [...(await keptRecords(join(left, 'failed'))), ...(await keptRecords(join(left, 'moved')))];
      if (after >= kept) expect(found, what).to.include.members(Records.map(({ eventID }) => eventID));
    });
  });
});

import { join } from 'node:path';
import { expect } from 'chai';
import { openCheckpoints } from '../../../local/mapping/checkpoints.ts';
import { keepIn, keptRecords } from '../../../local/mapping/failed-batch-folder.ts';
import { asRead, kinesisEvent, STREAM_ARN } from '../../support/kinesis-event.ts';
import { RecordedDisk } from '../../support/power-loss.ts';

describe('what the local mapping keeps, after a power failure at any moment', () => {
  let disk: RecordedDisk;
  beforeEach(async () => {
    disk = await RecordedDisk.start();
  });
  afterEach(() => disk.remove());

  it('each failed batch is whole, and its checkpoint is never there without it', async () => {
    const { Records } = kinesisEvent([{ index: 0 }, { index: 1 }]);
    const records = Records.map(asRead);
    let now = Date.UTC(2026, 10, 20, 23, 59);
    const keep = keepIn({
      folder: join(disk.root, 'failed'),
      mappingId: 'mapping',
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
      streamArn: STREAM_ARN,
      // Each in the folder of another day.
      clock: { now: () => (now += 3_600_000) },
      uuid: () => `uuid-${now}`,
    });
    const at = (root: string) => ({
      // Its folder is there already: nothing but the failed batch is in new ones.
      path: join(root, 'checkpoints.json'),
      streamArn: STREAM_ARN,
      onProblem: (message: string) => expect.fail(message),
    });
    const checkpoints = await openCheckpoints(at(disk.root));
    for (const record of records) {
      await keep({
        condition: 'RetryAttemptsExhausted',
        records: [record],
        approximateInvokeCount: 1,
        functionError: null,
      });
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
});

import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect } from 'chai';
import type { FailedBatch } from '../../../local/mapping/failed-batch.ts';
import { failedBatchesIn, keepIn, keptRecords, moveFailedBatches } from '../../../local/mapping/failed-batch-folder.ts';
import { emptyFolder } from '../../support/empty-folder.ts';
import { asRead, kinesisEvent, STREAM_ARN } from '../../support/kinesis-event.ts';

const { Records } = kinesisEvent([{ text: '東京 🦊' }, { n: 1 }]);
const BATCH: FailedBatch = {
  condition: 'RetryAttemptsExhausted',
  records: Records.map(asRead),
  approximateInvokeCount: 2,
  functionError: 'Unhandled',
  requestId: 'r',
};

describe('the folder of failed batches', () => {
  const root = emptyFolder();
  const folder = join(root, 'deep', 'folder');
  const keep = (to = folder, uuid: () => string = randomUUID) =>
    keepIn({
      folder: to,
      mappingId: 'the-mapping',
      functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:f',
      streamArn: STREAM_ARN,
      clock: { now: () => Date.parse('2026-11-21T04:05:06.789Z') },
      uuid,
    });

  it('holds each batch whole, in a file at the key that it has in a bucket', async () => {
    await keep()(BATCH);
    const [path, ...others] = await failedBatchesIn(folder);
    expect(others).to.deep.equal([]);
    expect(path).to.match(
      /aws[\\/]lambda[\\/]the-mapping[\\/]shardId-000000000000[\\/]2026[\\/]11[\\/]21[\\/]2026-11-21T04\.05\.06-[0-9a-f-]{36}$/,
    );
    expect(JSON.parse(await readFile(path!, 'utf8')).payload).to.deep.equal({ Records });
  });

  it('lets only its owner read a batch, which holds whole events', async () => {
    await keep()(BATCH);
    const [path] = await failedBatchesIn(folder);
    expect((await stat(path!)).mode & 0o777).to.equal(0o600);
  });

  it('knows the records that it holds, and takes what is half written for nothing', async () => {
    await keep()(BATCH);
    await keep()({ ...BATCH, records: BATCH.records.slice(1) });
    await writeFile(join(folder, 'aws', 'x.123.tmp'), '{"pay');
    expect([...(await keptRecords(folder))]).to.have.members(Records.map(({ eventID }) => eventID));
    expect(await failedBatchesIn(folder)).to.have.length(2);
  });

  it('is empty where there is none', async () => {
    expect([...(await keptRecords(join(root, 'nowhere')))]).to.deep.equal([]);
  });

  it('is not taken for empty where it cannot be read, and then not removed either', async () => {
    const file = join(root, 'file');
    await writeFile(file, 'mine');
    const codeOf = (call: Promise<unknown>) => call.then(String, ({ code }) => code);
    expect(await codeOf(failedBatchesIn(file))).to.equal('ENOTDIR');
    expect(await codeOf(moveFailedBatches(file, join(root, 'to')))).to.equal('ENOTDIR');
    expect(await readFile(file, 'utf8')).to.equal('mine');
  });

  it('refuses a batch that cannot be written, and leaves nothing half written', async () => {
    const uuid = () => 'the-uuid';
    await keep(folder, uuid)(BATCH);
    const [path] = await failedBatchesIn(folder);
    // A folder is in the way of the next one, which has the same key.
    await rm(path!);
    await mkdir(path!);
    const refused = await keep(
      folder,
      uuid,
    )(BATCH).then(
      () => 'kept',
      ({ code }) => code,
    );
    expect(refused).to.equal('EISDIR');
    expect(await readdir(dirname(path!))).to.deep.equal([basename(path!)]);
  });

  it('is moved into another with all that it holds, beside what is there', async () => {
    const to = join(root, 'to');
    await mkdir(to);
    await keep(to)(BATCH);
    await keep()(BATCH);
    expect(await moveFailedBatches(folder, to)).to.deep.equal({ folder: to });
    expect(await failedBatchesIn(to)).to.have.length(2);
    expect(await failedBatchesIn(folder)).to.deep.equal([]);
    expect(await moveFailedBatches(folder, join(root, 'never'))).to.equal(undefined);
    expect(await failedBatchesIn(join(root, 'never'))).to.deep.equal([]);
  });

  it('stays where it is when the other one cannot be written', async () => {
    await keep()(BATCH);
    const file = join(root, 'file');
    await writeFile(file, '');
    const { folder: place, error } = (await moveFailedBatches(folder, join(file, 'to')))!;
    expect(place).to.equal(folder);
    expect(error).to.be.oneOf(['ENOTDIR', 'EEXIST']);
    expect(await failedBatchesIn(folder)).to.have.length(1);
  });
});

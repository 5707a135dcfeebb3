import { rmSync, symlinkSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { putRecordsTo } from '../../aws/kinesis.ts';
import { systemClock } from '../../aws/system-clock.ts';
import { type Delivered, type DeliveryOptions, deliver } from '../../client/delivery.ts';
import type { Counts } from '../../client/tally.ts';
import type { Clock } from '../../core/clock.ts';
import { type Fault, type FaultPlan, type FaultProxy, startFaultProxy } from '../../proof/fault-proxy.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { localKinesis, TestServices } from '../support/emulators.ts';
import { cloudEvent } from '../support/events.ts';
import { readStream } from '../support/shards.ts';
import { TriesClock } from '../support/unhurried-clock.ts';

const never = new AbortController().signal;
const DOWN: Fault = { kind: 'error', status: 503, type: 'ServiceUnavailable' };
const DENIED: Fault = { kind: 'error', status: 400, type: 'AccessDeniedException' };

/** Events of so many authors in turn. */
const lines = (count: number, { from = 0, authors = 8 } = {}): string[] =>
  Array.from({ length: count }, (_, index) =>
    JSON.stringify(cloudEvent({ id: `e-${from + index}`, subject: `author ${index % authors} 🦊` })),
  );
const asFile = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');

describe('a delivery', () => {
  const services = new TestServices();
  const folder = emptyFolder();
  let file: string;
  let spool: string;
  let checkpoint: string;
  let stream: string;
  let proxy: FaultProxy;
  let client: KinesisClient;

  before(() => services.start());
  after(() => services.stop());
  beforeEach(async () => {
    [file, spool, checkpoint] = [join(folder, 'events.ndjson'), join(folder, 'spool.ndjson'), join(folder, 'point')];
    stream = await services.createStream(2);
  });

  const run = async (
    settings: Partial<DeliveryOptions['settings']> = {},
    plan: FaultPlan = () => undefined,
    options: Partial<DeliveryOptions> = {},
  ): Promise<Delivered> => {
    proxy = await startFaultProxy(services.endpoints.kinesis, plan);
    client = localKinesis(proxy.endpoint);
    try {
      return await deliver({
        settings: { source: 'file', file, track: [], patienceMs: 60_000, spool, ...settings },
        putRecords: putRecordsTo(client, stream),
        clock: new TriesClock(),
        calendar: systemClock,
        drain: never,
        stop: never,
        ...options,
      });
    } finally {
      client.destroy();
      await proxy.close();
    }
  };
  const onStream = async () => (await readStream(services.kinesis, stream)).map(({ data }) => data);
  const spooled = async () => (await readFile(spool, 'utf8')).split('\n').slice(0, -1);

  it('needs no spool where Kinesis is down for a while', async () => {
    await writeFile(file, asFile(lines(300)));
    const delivered = await run({}, (_, index) => (index < 3 ? DOWN : undefined));
    expect(delivered).to.include({ read: 300, sent: 300, failed: 0, spooled: 0 });
    expect(delivered).not.to.have.any.keys('spool', 'unreadFrom', 'error');
    expect(await onStream()).to.have.members(lines(300));
  });

  it('counts what is sent again while Kinesis takes nothing', async () => {
    await writeFile(file, asFile(lines(10)));
    let counts: Readonly<Counts> | undefined;
    let retried = 0;
    const plan: FaultPlan = (_, index) => {
      if (index === 3) retried = counts!.retried;
      return index > 0 && index < 4 ? DOWN : undefined;
    };
    await run({}, plan, {
      onProgress: (now) => {
        counts = now;
      },
    });
    // The first event is sent alone.
    expect(retried).to.equal(18);
  });

  it('reads no second event before Kinesis has answered for the first', async () => {
    await writeFile(file, asFile(lines(600)));
    const refused = await run({}, () => ({ kind: 'error', status: 400, type: 'ResourceNotFoundException' }));
    expect(refused).to.include({ read: 1, sent: 0, failed: 1, spooled: 1 });
    const later = await run();
    expect(later).to.include({ read: 600, sent: 600, failed: 0 });
    expect(proxy.calls[0]!.entries).to.have.length(1);
  });

  it('spools what Kinesis did not take, in the order of each key with --ordered, and delivers it later', async () => {
    await writeFile(file, asFile(lines(160)));
    const delivered = await run({ patienceMs: 150, ordered: true }, (_, index) => (index < 2 ? undefined : DOWN));
    expect(delivered.error?.name).to.equal('OutOfPatienceError');
    expect(delivered.spooled).to.equal(delivered.failed);
    expect(delivered.sent + delivered.failed).to.equal(delivered.read);
    expect(delivered.sent).to.be.above(0);
    expect(delivered.spool).to.equal(spool);
    const kept = await spooled();
    expect(kept).to.have.length(delivered.spooled);

    const later = await run({ file: spool, spool: `${spool}.2`, ordered: true });
    expect(later).to.include({ sent: kept.length, failed: 0 });
    const records = await readStream(services.kinesis, stream);
    expect(records.map(({ data }) => data).toSorted()).to.deep.equal(lines(delivered.read).toSorted());
    for (let author = 0; author < 8; author += 1) {
      const key = `author ${author} 🦊`;
      const found = records.filter(({ partitionKey }) => partitionKey === key).map(({ data }) => data);
      expect(found).to.deep.equal(lines(delivered.read).filter((_, index) => index % 8 === author));
    }
  });

  it('spools at once what no retry can fix, and says from where the file was not read', async () => {
    const [line] = lines(1);
    await writeFile(file, `${line}\n`.repeat(10_000));
    const { read, failed, failures, unreadFrom } = await run({}, () => DENIED);
    expect([...failures.keys()]).to.deep.equal(['AccessDeniedException']);
    expect(failed).to.equal(read).and.to.be.below(10_000);
    expect(unreadFrom).to.equal(read * (Buffer.byteLength(line!) + 1));
    expect(await spooled()).to.have.length(read);
  });

  it('says from where the file has to be read again, where the spool cannot keep what failed', async () => {
    const [first = '', ...others] = lines(300);
    await writeFile(file, asFile([first, ...others]));
    const gone = await mkdtemp(join(folder, 'gone-'));
    const delivered = await run(
      { spool: join(gone, 'spool.ndjson') },
      (_, index) => (index === 0 ? undefined : DENIED),
      {
        onOutcome: () => rmSync(gone, { recursive: true, force: true }),
      },
    );
    expect(delivered).to.include({ sent: 1, spooled: 0, unreadFrom: Buffer.byteLength(first) + 1 });
    expect(delivered.failed)
      .to.equal(delivered.read - 1)
      .and.to.be.above(0);
  });

  const someOf = (read: number): string => asFile(lines(read));
  const piped = (length: number) => ({ stdin: () => Readable.from([Buffer.from(someOf(length))]) });

  it('says up to where it has read a pipe that it left, and from where that is needed where the spool cannot keep it', async () => {
    const { read, spooled: kept, unreadFrom } = await run({ source: 'stdin' }, () => DENIED, piped(300));
    expect([read, kept, unreadFrom]).to.deep.equal([300, 300, Buffer.byteLength(someOf(300))]);
    const gone = await mkdtemp(join(folder, 'gone-'));
    const lost = await run(
      { source: 'stdin', spool: join(gone, 'spool.ndjson') },
      (_, index) => (index === 0 ? undefined : DENIED),
      { ...piped(300), onOutcome: () => rmSync(gone, { recursive: true, force: true }) },
    );
    expect(lost).to.include({ sent: 1, spooled: 0, unreadFrom: Buffer.byteLength(someOf(1)) });
  });

  it('counts the bytes of what a packed pipe or file unpacks to, and says that it is packed', async () => {
    const packed = gzipSync(someOf(20_000));
    await writeFile(file, packed);
    const ofFile = await run({}, (_, index) => (index === 0 ? undefined : DENIED));
    expect(ofFile).to.include({ isPacked: true, unreadFrom: Buffer.byteLength(someOf(ofFile.read)) });
    expect(ofFile).not.to.have.property('file');
    const stdin = () => Readable.from([packed.subarray(0, 100), packed.subarray(100)]);
    const ofPipe = await run({ source: 'stdin' }, () => DENIED, { stdin });
    expect(ofPipe).to.include({ isPacked: true, unreadFrom: Buffer.byteLength(someOf(ofPipe.read)) });
  });

  it('leaves it to a person who stops it to know what is left in a pipe', async () => {
    const stop = new AbortController();
    const plan: FaultPlan = () => {
      stop.abort();
      return { kind: 'delay', ms: 60_000 };
    };
    const delivered = await run({ source: 'stdin' }, plan, { ...piped(300), stop: stop.signal });
    expect(delivered.read).to.equal(300);
    expect(delivered).not.to.have.property('unreadFrom');
  });

  it('spools an event that no record can hold, and delivers those around it', async () => {
    const large = JSON.stringify(cloudEvent({ data: 'x'.repeat(1024 * 1024) }));
    const around = lines(4);
    await writeFile(file, asFile([...around.slice(0, 2), large, ...around.slice(2)]));
    const delivered = await run();
    expect(delivered).to.include({ read: 5, sent: 4, failed: 1, spooled: 1 });
    expect([...delivered.failures.keys()]).to.deep.equal(['EventTooLargeError']);
    expect(await spooled()).to.deep.equal([large]);
    expect(await onStream()).to.have.members(around);
  });

  it('spools what is in flight when it is told to stop', async () => {
    await writeFile(file, asFile(lines(700)));
    const stop = new AbortController();
    const delivered = await run(
      { patienceMs: 60_000 },
      () => {
        stop.abort();
        return { kind: 'delay', ms: 60_000 };
      },
      { stop: stop.signal },
    );
    expect(delivered.error?.name).to.equal('AbortError');
    expect(delivered).to.include({ sent: 0, failed: delivered.read, spooled: delivered.read });
    expect(new Set(await spooled())).to.deep.equal(new Set(lines(delivered.read)));
  });

  it('spools what Kinesis takes none of for eight seconds after it was told to stop, before somebody kills it', async () => {
    await writeFile(file, asFile(lines(700)));
    const drain = new AbortController();
    const plan: FaultPlan = (_, index) => {
      if (index === 0) return undefined;
      drain.abort();
      return { kind: 'delay', ms: 60_000 };
    };
    const tries = new TriesClock();
    const clock: Clock = {
      ...tries,
      sleep: (ms, signal) => (ms === 8_000 ? turn() : tries.sleep(ms, signal)),
    };
    const delivered = await run({}, plan, { drain: drain.signal, clock });
    expect(delivered.error?.name).to.equal('OutOfPatienceError');
    expect(delivered.sent).to.equal(1);
    expect(delivered.spooled).to.equal(delivered.read - 1);
    expect(await spooled()).to.have.length(delivered.spooled);
  });

  it('leaves nothing of a file to be read once it has read as many events as it was asked for', async () => {
    await writeFile(file, asFile(lines(5)));
    const stop = new AbortController();
    const plan: FaultPlan = (_, index) => {
      if (index === 0) return undefined;
      stop.abort();
      return { kind: 'delay', ms: 60_000 };
    };
    const delivered = await run({ max: 3 }, plan, { stop: stop.signal });
    expect(delivered).to.include({ read: 3, sent: 1, failed: 2, spooled: 2 });
    expect(delivered).not.to.have.property('unreadFrom');
  });

  it('tells what it has done though its file can no longer be looked at', async () => {
    await writeFile(file, asFile(lines(2)));
    const drain = new AbortController();
    let settled = 0;
    const onOutcome = (): void => {
      settled += 1;
      if (settled < 2) return;
      rmSync(file);
      symlinkSync(file, file);
      drain.abort();
    };
    const delivered = await run({ follow: true, checkpoint }, undefined, { drain: drain.signal, onOutcome });
    expect(delivered).to.include({ read: 2, sent: 2, failed: 0 });
    expect(JSON.parse(await readFile(checkpoint, 'utf8')).offset).to.equal(Buffer.byteLength(asFile(lines(2))));
  });

  it('says that the spool cannot be written, and counts what it does not have', async () => {
    await writeFile(file, asFile(lines(20)));
    const inFolder = join(folder, 'gone', 'spool.ndjson');
    await mkdir(join(folder, 'gone'));
    const delivered = await run({ spool: inFolder, checkpoint }, () => {
      rmSync(join(folder, 'gone'), { recursive: true, force: true });
      return DENIED;
    });
    expect(delivered).to.include({ read: 1, failed: 1, spooled: 0 });
    expect(delivered.spoolError?.message).to.contain(`${inFolder} cannot be written (ENOENT`);
    // What is in no spool must be read again.
    expect(JSON.parse(await readFile(checkpoint, 'utf8')).offset).to.equal(0);
  });

  it('tells why the source failed, and that the checkpoint could not be written', async () => {
    await writeFile(file, gzipSync(asFile(lines(20))).subarray(0, -9));
    const inFolder = join(folder, 'gone', 'point');
    await mkdir(join(folder, 'gone'));
    const delivered = await run({ checkpoint: inFolder }, () => {
      rmSync(join(folder, 'gone'), { recursive: true, force: true });
      return undefined;
    });
    expect(delivered.error?.message).to.contain('is damaged gzip');
    expect(delivered.checkpointError?.message).to.equal(`the checkpoint "${inFolder}" cannot be written (ENOENT)`);
  });

  describe('with a checkpoint', () => {
    it('goes on where the last one ended', async () => {
      await writeFile(file, asFile(lines(300)));
      expect(await run({ checkpoint, max: 120 })).to.include({ read: 120, sent: 120, resumedAt: 0 });
      const second = await run({ checkpoint });
      expect(second).to.include({ read: 180, sent: 180 });
      expect(second.resumedAt).to.equal(Buffer.byteLength(asFile(lines(120))));
      expect((await onStream()).toSorted()).to.deep.equal(lines(300).toSorted());
    });

    it('sends only what the file has got since, and nothing where it has got nothing', async () => {
      await writeFile(file, asFile(lines(5)).replaceAll('\n', '\r\n'));
      await run({ checkpoint });
      expect(await run({ checkpoint })).to.include({ read: 0, sent: 0 });
      await appendFile(file, asFile(lines(3, { from: 5 })));
      expect(await run({ checkpoint })).to.include({ read: 3, sent: 3 });
      expect(await onStream()).to.have.members([...lines(5), ...lines(3, { from: 5 })]);
    });

    it('takes what is spooled for done, so that spool and rest together are the whole file', async () => {
      // More than the producer takes ahead of Kinesis, what that takes until then, and what has left the file.
      const all = lines(13_000, { authors: 1_000 });
      await writeFile(file, asFile(all));
      const first = await run({ checkpoint }, (_, index) => (index < 3 ? undefined : DENIED));
      expect(first.failed).to.be.above(0);
      expect(JSON.parse(await readFile(checkpoint, 'utf8')).offset).to.equal(first.unreadFrom);
      const second = await run({ checkpoint });
      expect(first.read + second.read).to.equal(13_000);
      expect([...(await onStream()), ...(await spooled())].toSorted()).to.deep.equal(all.toSorted());
    });

    it('sends nothing where it is the checkpoint of another file', async () => {
      await writeFile(file, asFile(lines(5)));
      await run({ checkpoint });
      const other = join(folder, 'other.ndjson');
      await writeFile(other, asFile(lines(5, { from: 100 })));
      const error = await run({ checkpoint, file: other }).catch((thrown: unknown) => thrown);
      expect(error).to.have.property('name', 'UsageError');
      expect(String(error)).to.contain(file).and.to.contain(other);
      expect(await onStream()).to.have.length(5);
    });
  });
});

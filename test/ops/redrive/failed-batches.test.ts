import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { openRecord } from '../../../core/envelopes/index.ts';
import { failedBatches, type ObjectStore } from '../../../ops/redrive/failed-batches.ts';
import { type FaultProxy, startFaultProxy } from '../../../proof/fault-proxy.ts';
import { aggregated } from '../../support/aggregated.ts';
import { emptyFolder } from '../../support/empty-folder.ts';
import { TestServices } from '../../support/emulators.ts';
import { bytes } from '../../support/events.ts';
import { FakeS3, type S3Fault } from '../../support/fake-s3.ts';
import { inAnyOrder } from '../../support/in-any-order.ts';
import { TriesClock } from '../../support/unhurried-clock.ts';
import { runDryRun, runPutBack } from './run-redrive.ts';
import { bytesOnStream, failedBatch, keyOf, LONG_AGO } from './set-aside.ts';

const texts = (count: number, name = 'event'): Buffer[] =>
  Array.from({ length: count }, (_, index) => bytes(`${name} ${index} 名前 🦊`));

/** A place for failed batches, filled and looked into from outside. */
interface Store {
  name: string;
  flags: () => string[];
  put: (key: string, body: Uint8Array) => Promise<void>;
  keys: () => Promise<string[]>;
}

describe('the redrive of failed batches', () => {
  const services = new TestServices();
  let stream: string;
  const folder = emptyFolder();
  let s3: FakeS3;
  let proxy: FaultProxy | undefined;

  before(() => services.start());
  after(() => services.stop());
  beforeEach(async () => {
    stream = await services.createStream(2);
    s3 = await FakeS3.start();
  });
  afterEach(async () => {
    await proxy?.close();
    proxy = undefined;
    await s3.stop();
  });

  const stores: Store[] = [
    {
      name: 'a folder',
      flags: () => ['--failed-batches', folder],
      put: async (key, body) => {
        await mkdir(dirname(join(folder, key)), { recursive: true });
        await writeFile(join(folder, key), body);
      },
      keys: async () => {
        const files = await readdir(folder, { recursive: true, withFileTypes: true });
        const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
        return paths.map((path) => path.slice(folder.length + 1)).sort();
      },
    },
    {
      name: 'a bucket',
      flags: () => ['--failed-batches', `s3://${s3.bucket}`, '--s3-endpoint', s3.endpoint],
      put: async (key, body) => {
        s3.objects.set(key, Buffer.from(body));
      },
      keys: async () => [...s3.objects.keys()].sort(),
    },
  ];
  const onStream = async () =>
    (await bytesOnStream(services, stream)).map(({ partitionKey, base64 }) => ({ partitionKey, base64 }));
  const asPut = (values: readonly Uint8Array[]) =>
    values.map((value, index) => ({
      partitionKey: `key-${index}`,
      base64: Buffer.from(value).toString('base64'),
    }));

  const [inFolder, inBucket] = stores as [Store, Store];
  const flagsOf = (store: Store, endpoint = services.endpoints.kinesis): string[] => [
    ...['--endpoint', endpoint, '--stream', stream],
    ...store.flags(),
  ];

  for (const store of stores)
    describe(`in ${store.name}`, () => {
      const flags = (endpoint?: string) => flagsOf(store, endpoint);

      it('puts every record back with its own key and its very bytes, and removes the batches', async () => {
        const batches = [
          [...texts(100), Buffer.from([0xff, 0x00, 0xc3, 0x28]), Buffer.alloc(0)],
          ...Array.from({ length: 7 }, (_, index) => texts(3, `batch ${index}`)),
        ];
        for (const [index, values] of batches.entries())
          await store.put(keyOf(index, index % 2), failedBatch(values, { asText: index === 1 }));
        const { counts, entries, error } = await runPutBack(flags());
        expect({ error, entries }).to.deep.equal({ error: undefined, entries: [] });
        expect(counts).to.deep.equal([{ putBack: 123, removed: 8, left: 0 }]);
        expect(inAnyOrder(await onStream())).to.deep.equal(inAnyOrder(batches.flatMap(asPut)));
        expect(await store.keys()).to.deep.equal([]);
      });

      it('puts aggregated records back as they are, with all that they hold', async () => {
        const packed = [3, 1].map((count) =>
          aggregated(texts(count, `of ${count}`).map((data, index) => ({ partitionKey: `inner-${index}`, data }))),
        );
        const values = [packed[0]!, ...texts(1), packed[1]!];
        await store.put(keyOf(1), failedBatch(values));
        expect((await runPutBack(flags())).counts).to.deep.equal([{ putBack: 3, removed: 1, left: 0 }]);
        expect(await onStream()).to.have.deep.members(asPut(values));
        const found = (await onStream()).flatMap(({ base64 }) =>
          openRecord(Buffer.from(base64, 'base64')).events.map(({ data }) => String(data)),
        );
        expect(found).to.have.length(5);
      });

      it('names what is not a failed batch, keeps it, and goes on with the rest', async () => {
        const whole = JSON.parse(failedBatch(texts(2)).toString());
        const pointer = { ...whole, payload: undefined };
        const cut = structuredClone(whole);
        cut.payload.Records[1].kinesis.data = 'abc*';
        const bad: [key: string, body: Buffer | string, message: RegExp][] = [
          ['a-note.txt', 'call me', /it is not a failed batch: it is not JSON, or was cut off; move it elsewhere/],
          ['cut.json', failedBatch(texts(9)).subarray(0, 500), /it is not JSON, or was cut off/],
          [
            'pointer.json',
            JSON.stringify(pointer),
            /it is not a failed batch: it has no records in payload.Records; move/,
          ],
          [
            'not-base64.json',
            JSON.stringify(cut),
            /record 1 has no kinesis.data in base64; expected records as Lambda/,
          ],
          [
            'null.json',
            'null',
            /not a failed batch: it has no requestContext.condition, .* timestamp .*; move it elsewhere/,
          ],
          [
            'changes.json',
            JSON.stringify({ ...pointer, DDBStreamBatchInfo: { shardId: 'shardId-1', batchSize: 3 } }),
            /it holds changes of EventData, .* run npm run rollups -- --rebuild, .* and delete it/,
          ],
        ];
        for (const [key, body] of bad) await store.put(key, Buffer.from(body));
        await store.put(keyOf(1), failedBatch(texts(2)));
        const { counts, entries } = await runPutBack(flags());
        expect(counts).to.deep.equal([{ putBack: 2, removed: 1, left: 6 }]);
        for (const [key, , message] of bad)
          expect(entries.find((line) => line.startsWith(`${key}: `))).to.match(message);
        expect(await store.keys()).to.have.members(bad.map(([key]) => key));
      });

      it('removes a batch only once all of its records were acknowledged', async () => {
        await store.put(keyOf(1), failedBatch(texts(4)));
        await store.put(keyOf(2), failedBatch(texts(2, 'second')));
        // The last record of the first batch is refused for ever.
        const stubborn = texts(4).at(-1)!.toString('base64');
        proxy = await startFaultProxy(services.endpoints.kinesis, ({ entries }) => {
          const indices = entries.flatMap((entry, index) =>
            (entry as { Data?: string }).Data === stubborn ? [index] : [],
          );
          return indices.length > 0 ? { kind: 'partial', indices } : undefined;
        });
        const { counts, error, left } = await runPutBack(flags(proxy.endpoint), {
          policy: { clock: new TriesClock(), patience: { firstMs: 60, ms: 60 } },
        });
        expect(error?.name).to.equal('OutOfPatienceError');
        expect(left.map(({ kind, entries }) => [kind, entries])).to.deep.equal([['unsent', 1]]);
        expect(counts).to.deep.equal([{ putBack: 5, removed: 1, left: 1 }]);
        expect(await store.keys()).to.deep.equal([keyOf(1)]);
        // The next run puts the whole batch back: three of its events are there twice, and their rows once.
        expect((await runPutBack(flags())).counts).to.deep.equal([{ putBack: 4, removed: 1, left: 0 }]);
        expect(await store.keys()).to.deep.equal([]);
      });

      it('leaves a batch whole where a record of it is larger than the stream takes', async () => {
        await store.put(keyOf(1), failedBatch([Buffer.from('{"small":1}'), Buffer.alloc(1024 * 1024 + 1, 'x')]));
        const line = new RegExp(
          `^${keyOf(1)}: an event of \\d+ bytes with its partition key; a record holds at most 1048576`,
        );
        for (const run of [runDryRun, runPutBack]) {
          const { entries } = await run(flags());
          expect(entries).to.have.length(1);
          expect(entries[0]).to.match(line);
        }
        expect(await onStream()).to.deep.equal([]);
        expect(await store.keys()).to.deep.equal([keyOf(1)]);
      });

      it('can be narrowed by condition, time and number, each batch whole or not at all', async () => {
        const put = (index: number, size: number, options: object) =>
          store.put(keyOf(index), failedBatch(texts(size, `batch ${index}`), options));
        const now = Date.parse(LONG_AGO) + 60_000;
        const timestamp = new Date(now).toISOString();
        await put(0, 2, {});
        await put(1, 3, { condition: 'RecordAgeExceeded' });
        await put(2, 4, { timestamp });
        const aged = await runPutBack([...flags(), '--reason', 'RecordAgeExceeded'], { now });
        expect(aged.counts).to.deep.equal([{ putBack: 3, removed: 1, left: 0 }]);
        expect(await store.keys()).to.deep.equal([keyOf(0), keyOf(2)]);
        // The last was given up in the very millisecond in which the run began: it is the next run's.
        expect((await runPutBack([...flags(), '--since', '30s'], { now })).counts[0]!.putBack).to.equal(0);
        const limited = await runPutBack([...flags(), '--limit', '5'], { now: now + 1 });
        expect(limited.counts).to.deep.equal([{ putBack: 2, removed: 1, left: 0 }]);
        expect(limited.passedOver.limit).to.include({ room: 3 });
        expect(await store.keys()).to.deep.equal([keyOf(2)]);
      });

      it('names a batch that is dated in the future, which would be too new for every run', async () => {
        await store.put(keyOf(1), failedBatch(texts(1), { timestamp: '2999-01-01T00:00:00.000Z' }));
        await store.put(keyOf(2), failedBatch(texts(1)));
        const { counts, entries } = await runPutBack(flags());
        expect(counts).to.deep.equal([{ putBack: 1, removed: 1, left: 1 }]);
        expect(entries).to.have.length(1);
        expect(entries[0]).to.contain(`${keyOf(1)}: it is dated 2999-01-01T00:00:00.000Z, which is in the future`);
      });

      it('keeps the events of one partition key in the order of the batches, also of those given up in one second', async () => {
        const ids = ['c4', 'a0', 'b2'];
        for (let index = 0; index < 9; index += 1) {
          const batch = JSON.parse(failedBatch(texts(1, `batch ${index}`)).toString());
          // Those of some emulators have no more digits than they need.
          batch.payload.Records[0].kinesis.sequenceNumber = String(6 + index);
          await store.put(keyOf(Math.floor(index / 3)).replace(/\w+$/, ids[index % 3]!), bytes(batch));
        }
        await runPutBack(flags());
        const found = (await onStream()).map(({ base64 }) => Buffer.from(base64, 'base64').toString());
        expect(found).to.deep.equal(Array.from({ length: 9 }, (_, index) => String(texts(1, `batch ${index}`)[0])));
      });

      it('only looks in a dry run', async () => {
        await store.put(keyOf(1), failedBatch(texts(4)));
        await store.put(keyOf(2), failedBatch(texts(3)));
        const { found } = await runDryRun(flags());
        expect(found.map(({ reason, entries, records }) => [reason, entries, records])).to.deep.equal([
          ['RetryAttemptsExhausted', 2, 7],
        ]);
        expect(found[0]!.samples[0]).to.deep.equal({
          name: keyOf(1),
          detail: 'given up after 11 calls, function error Unhandled',
          arrivedAt: '2026-11-20T11:59:00Z',
        });
        expect(await onStream()).to.deep.equal([]);
        expect(await store.keys()).to.have.length(2);
      });
    });

  it('keeps the events of a partition key in their order, whatever Kinesis refuses', async () => {
    const values = texts(24);
    const batch = JSON.parse(failedBatch(values).toString());
    for (const { kinesis } of batch.payload.Records) kinesis.partitionKey = '名前';
    await inFolder.put(keyOf(1), bytes(batch));
    let entry = 0;
    proxy = await startFaultProxy(services.endpoints.kinesis, ({ entries }) => ({
      kind: 'partial',
      indices: entries.flatMap((_, index) => (entry++ % 3 === 0 ? [index] : [])),
    }));
    expect((await runPutBack(flagsOf(inFolder, proxy.endpoint))).counts).to.deep.equal([
      { putBack: 24, removed: 1, left: 0 },
    ]);
    expect((await onStream()).map(({ base64 }) => base64)).to.deep.equal(values.map((one) => one.toString('base64')));
  });

  it('reads a batch of as many bytes as one call of the function carries', async () => {
    const values = Array.from({ length: 5 }, (_, index) => Buffer.alloc(850_000, `${index} `));
    await inFolder.put(keyOf(1), failedBatch(values));
    expect((await runPutBack(flagsOf(inFolder))).counts).to.deep.equal([{ putBack: 5, removed: 1, left: 0 }]);
  });

  it('names links in a folder, follows none of them, and lists each batch once', async () => {
    await inFolder.put(keyOf(1), failedBatch(texts(2)));
    await symlink('..', join(folder, 'aws', 'loop'));
    await symlink(join(folder, keyOf(1)), join(folder, 'same-batch'));
    const { counts, entries } = await runPutBack(flagsOf(inFolder));
    expect(counts).to.deep.equal([{ putBack: 2, removed: 1, left: 2 }]);
    expect(entries).to.deep.equal(
      ['aws/loop', 'same-batch'].map(
        (key) => `${key}: it is a link, and links are not followed; give the folder that it leads to`,
      ),
    );
  });

  it('names a pipe in a folder, which it would wait for without end', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const { counts, entries } = await runPutBack(flagsOf(inFolder));
    expect(counts).to.deep.equal([{ putBack: 0, removed: 0, left: 1 }]);
    expect(entries).to.deep.equal(['pipe: it is not a file; move it elsewhere']);
  });

  it('passes by what the local stack has not finished writing', async () => {
    await inFolder.put(`${keyOf(1)}.4711.tmp`, failedBatch(texts(1)).subarray(0, 100));
    const { counts, entries } = await runPutBack(flagsOf(inFolder));
    expect({ counts, entries }).to.deep.equal({ counts: [{ putBack: 0, removed: 0, left: 0 }], entries: [] });
    expect((await readFile(join(folder, `${keyOf(1)}.4711.tmp`))).length).to.equal(100);
  });

  describe('in a bucket', () => {
    const flags = () => flagsOf(inBucket);

    it('makes a call again that S3 asks to slow down', async () => {
      for (let index = 0; index < 4; index += 1) s3.objects.set(keyOf(index), failedBatch(texts(1)));
      s3.fault = () => (s3.calls.length % 2 === 1 ? { status: 503, code: 'SlowDown' } : undefined);
      expect((await runPutBack(flags())).counts).to.deep.equal([{ putBack: 4, removed: 4, left: 0 }]);
      expect(s3.objects.size).to.equal(0);
    });

    it('passes over an object that was removed after it was listed, and a folder of the console', async () => {
      s3.objects.set(keyOf(1), failedBatch(texts(1)));
      s3.objects.set('aws/', Buffer.alloc(0));
      s3.fault = ({ operation }) => (operation === 'GetObject' ? { status: 404, code: 'NoSuchKey' } : undefined);
      const { counts, entries } = await runPutBack(flags());
      expect({ counts, entries }).to.deep.equal({ counts: [{ putBack: 0, removed: 0, left: 0 }], entries: [] });
    });

    it('names an object that is archived, or whose key of KMS is disabled or gone, and goes on with the rest', async () => {
      const faults: Readonly<Record<string, S3Fault>> = {
        [keyOf(1)]: { status: 403, code: 'InvalidObjectState' },
        [keyOf(2)]: { status: 400, code: 'KMS.DisabledException' },
      };
      for (const index of [1, 2, 3]) s3.objects.set(keyOf(index), failedBatch(texts(1)));
      s3.fault = ({ operation, key }) => (operation === 'GetObject' ? faults[key] : undefined);
      const { counts, entries, stores } = await runPutBack(flags());
      expect(stores).to.deep.equal([]);
      expect(counts).to.deep.equal([{ putBack: 1, removed: 1, left: 2 }]);
      const [archived, unreadable] = entries;
      expect(archived).to.equal(`${keyOf(1)}: it is archived and cannot be read; restore it first`);
      expect(unreadable).to.match(
        /: its key of KMS cannot be used \(KMS.DisabledException: .*\); enable that key, or delete/,
      );
    });

    it('names an object whose bytes have changed, after one try, and goes on with the rest', async () => {
      for (const index of [1, 2]) s3.objects.set(keyOf(index), failedBatch(texts(1)));
      s3.checksums.set(keyOf(1), 'AAAAAA==');
      const { counts, entries } = await runPutBack(flags());
      expect(counts).to.deep.equal([{ putBack: 1, removed: 1, left: 1 }]);
      expect(entries).to.have.length(1);
      expect(entries[0]).to.match(/: its bytes are not those that it was stored with \(.*AAAAAA==.*\); look at it/);
      expect(s3.calls.filter(({ operation, key }) => operation === 'GetObject' && key === keyOf(1))).to.have.length(1);
    });

    it('says so where it may not read, or there is no bucket', async () => {
      s3.objects.set(keyOf(1), failedBatch(texts(1)));
      expect(
        (await runPutBack(flags().map((flag) => flag.replace(`s3://${s3.bucket}`, 's3://another-bucket')))).stores,
      ).to.deep.equal(['NoSuchBucket']);
      s3.fault = () => ({ status: 403, code: 'AccessDenied' });
      expect((await runPutBack(flags())).stores).to.deep.equal(['AccessDenied']);
    });

    it('tells what is back on the stream and could not be removed', async () => {
      s3.objects.set(keyOf(1), failedBatch(texts(3)));
      s3.fault = ({ operation }) => (operation === 'DeleteObject' ? { status: 403, code: 'AccessDenied' } : undefined);
      const { counts, left } = await runPutBack(flags());
      expect(counts).to.deep.equal([{ putBack: 3, removed: 0, left: 1 }]);
      expect(left.map(({ kind, error }) => [kind, error.name])).to.deep.equal([['unremoved', 'AccessDenied']]);
    });
  });
});

describe('the entries of failed batches', () => {
  const body = failedBatch([bytes('event')]);

  /** @returns how many objects of that size were asked for when the first of them was answered */
  const begunAtOnce = async (size: number): Promise<number> => {
    const { signal } = new AbortController();
    let begun = 0;
    let begunAtAnswer = 0;
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => {
      answer = () => {
        begunAtAnswer ||= begun;
        resolve();
      };
    });
    const store: ObjectStore = {
      name: 'a bucket',
      permissions: '',
      where: '',
      list: async function* () {
        for (let item = 0; item < 100; item += 1) yield { key: String(item), bytes: size };
      },
      read: async () => {
        begun += 1;
        signal.addEventListener('abort', () => {});
        // What would be asked for next has been by then.
        setImmediate(answer);
        await answered;
        return body;
      },
      remove: async () => {},
    };
    const entries = failedBatches(store).entries(signal)[Symbol.asyncIterator]();
    await entries.next();
    await entries.return?.();
    return begunAtAnswer;
  };

  it('are read many at once, so that an outage with thousands of small ones is not waited for one by one', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    expect(await begunAtOnce(1_000)).to.equal(16);
    await turn();
    process.off('warning', onWarning);
    // Node takes more than ten listeners for a leak.
    expect(warnings).to.deep.equal([]);
  });

  it('are read one after another where each is large, so that memory stays flat', async () => {
    expect(await begunAtOnce(3 * 1024 * 1024)).to.equal(3);
    expect(await begunAtOnce(9 * 1024 * 1024)).to.equal(1);
  });
});

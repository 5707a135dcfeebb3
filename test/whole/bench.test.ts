import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROLLUPS } from '../../local/stack.ts';
import { PROCESSORS } from '../../processors/index.ts';
import { answerOf } from '../../proof/bench/child-process.ts';
import { compareCommands } from '../../proof/bench/client-command.ts';
import { bundleOf, memoryOfHandler } from '../../proof/bench/handler.ts';
import { throughBareLoop, throughPipeline, withEventFile } from '../../proof/bench/pipeline.ts';
import type { ProcessorsResult } from '../../proof/bench/processors.ts';
import { LOST_ANSWERS, measureLosses } from '../../proof/bench/rollup-losses.ts';
import { PEER_NAMES } from '../../proof/bench/rollup-peers.ts';
import { measurePeers } from '../../proof/bench/rollups.ts';
import { report } from '../proof/bench/report.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { killAll, run } from '../support/run.ts';

/** A function that says that it has stored everything, and stores nothing. @returns its path */
const forgetfulIn = async (folder: string): Promise<string> => {
  const bundle = join(folder, 'forgetful.cjs');
  await writeFile(bundle, 'exports.handler = async () => ({ batchItemFailures: [] });');
  return bundle;
};

describe('npm run bench', () => {
  const folder = emptyFolder();
  const json = join(folder, 'some', 'bench.json');

  afterEach(killAll);

  const measurementOn = (node: string) => {
    const [measurement] = report['cold-start'];
    return { ...measurement, machine: { ...measurement!.machine, node } };
  };
  const bench = (...args: string[]) => run('proof/bench/bench.ts', ['--json', json, ...args]);

  it('measures a section in each run, shows it with its aims, and writes the page from what it wrote down', async () => {
    await mkdir(join(folder, 'some'));
    const other = measurementOn('v1.0.0');
    await writeFile(json, JSON.stringify({ 'cold-start': [other, measurementOn(process.version)] }));
    const { code, stdout, stderr } = await bench('--quick', '--only', 'cold-start', '--runs', '2');
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout)
      .to.match(/^ours +\d+ /m)
      .and.match(/loading it, to the bare DynamoDB client +[\d.]+ +at most 1 +(not )?met/);
    const found = JSON.parse(await readFile(json, 'utf8'));
    expect(Object.keys(found)).to.deep.equal(['cold-start']);
    // What the same Node found before is gone, and what another one found is not.
    const [kept, first, second, ...more] = found['cold-start'];
    expect({ kept, more }).to.deep.equal({ kept: other, more: [] });
    for (const { quick, machine, result, aims } of [first, second]) {
      expect({ quick, node: machine.node }).to.deep.equal({ quick: true, node: process.version });
      for (const figure of ['bytes', 'init', 'first', 'second']) expect(result.ours[figure]).to.be.greaterThan(0);
      expect(aims[0]).to.deep.equal({
        name: 'cold start: the bundle without its source map, KB',
        found: result.ours.bytes / 1024,
        atMost: 300,
        isMet: result.ours.bytes <= 300 * 1024,
      });
    }
    await writeFile(join(folder, 'performance.md'), '<!-- bench: cold-start -->\n<!-- /bench -->\n');
    const page = await bench('--page', '--docs', folder);
    expect({ code: page.code, stdout: page.stdout.trim() }).to.deep.equal({
      code: 0,
      stdout: join(folder, 'performance.md'),
    });
    expect(await readFile(join(folder, 'performance.md'), 'utf8')).to.match(/^\| ours \| 1 \| 300 /m);
  }).timeout(240_000);
});

describe('the two ways through the emulators', () => {
  it('store every event of the same file', async () => {
    await withEventFile(30, async (file) => {
      const rates = await Promise.all([throughBareLoop(file, 30), throughPipeline(file, 30, { shards: 2 })]);
      for (const rate of rates) expect(rate).to.be.greaterThan(0);
    });
  });
});

describe('the usual ways to count, and ours', () => {
  it('count every change once where no answer is lost, and only ours does where some are', async () => {
    const bundle = await bundleOf(ROLLUPS.function);
    expect(await measureLosses(bundle, 50, 0)).to.deep.equal([0, 0, 0, 0]);
    // Which requests meet a loss depends on their order: of so many changes a dozen do.
    const [add, atOnce, idempotent, ours] = await measureLosses(bundle, 300, LOST_ANSWERS);
    for (const wrong of [add, atOnce, idempotent]) expect(wrong).to.be.greaterThan(0);
    expect(ours).to.equal(0);
  }).timeout(240_000);
});

describe('the measurement of rollups', () => {
  const folder = emptyFolder();
  const few = { changes: 40, groups: 3, batchSize: 20 };

  it('counts the requests of each way', async () => {
    const bundle = await bundleOf(ROLLUPS.function);
    const tasks = PEER_NAMES.map((peer) => ({ peer, bundle, ...few }));
    const speeds = await measurePeers([...tasks, { ...tasks.at(-1)!, groups: 30 }], 1, 0);
    // Ours reads twice for a batch, and writes each part of it.
    expect(speeds.map(({ requestsPerThousand }) => requestsPerThousand)).to.deep.equal([
      1_000, 1_000, 3_000, 250, 1_100,
    ]);
  });

  it('is an error where a function leaves changes out', async () => {
    const bundle = await forgetfulIn(folder);
    const error = await measurePeers([{ peer: 'ours', bundle, ...few }], 1, 0).catch((failed: Error) => failed);
    expect(error).to.have.property('message', '0 items arrived; expected 6');
  });
});

describe('the cost of processors and envelopes', () => {
  it('is measured for every processor over its own sample, and for every envelope', async () => {
    // In a process of its own: each figure begins with a collection of all garbage.
    const file = new URL('./processors-process.ts', import.meta.url);
    const { byDefault, uses, envelopes } = await answerOf<ProcessorsResult>(file, { events: 50, rounds: 1 });
    const names = Object.keys(PROCESSORS).filter((name) => name !== 'default');
    expect(Object.keys(uses)).to.deep.equal(names);
    const compared = [byDefault, uses, envelopes].flatMap((one) => Object.values(one));
    expect(compared).to.have.length(2 + names.length + 3);
    for (const { base, cpu, ratio } of compared) {
      expect(Math.min(base, cpu)).to.be.greaterThan(0);
      expect(ratio).to.equal(cpu / base);
    }
  });
});

describe('the command of the client and its bare loop', () => {
  it('have every event arrive, also where Kinesis fails some', async () => {
    const found = await compareCommands('small', 600, { rounds: 1, latencyMs: 0 });
    for (const { cpuPerEvent, eventsPerSecond } of Object.values(found)) {
      expect(cpuPerEvent).to.be.above(0);
      expect(eventsPerSecond).to.be.above(0);
    }
  });
});

describe('the memory of the function', () => {
  const folder = emptyFolder();

  it('is looked at twice, the second time after ten times as many invocations', async () => {
    const { invocations, after, afterTenTimes } = await memoryOfHandler(await bundleOf(), 2);
    expect(invocations).to.equal(2);
    for (const { heap, rss } of [after, afterTenTimes]) expect(rss).to.be.greaterThan(heap).and.greaterThan(0);
  });

  it('is an error where the function writes nothing', async () => {
    const error = await memoryOfHandler(await forgetfulIn(folder), 1).catch((failed: Error) => failed);
    expect(error).to.have.property('message', '0 items arrived; expected 500');
  });
});

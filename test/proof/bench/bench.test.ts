import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { throughBareLoop, throughPipeline, withEventFile } from '../../../proof/bench/pipeline/through-pipeline.ts';
import { killAll, run } from '../../support/run.ts';
import { report } from './report.ts';

describe('npm run bench', () => {
  let folder: string;
  let json: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bench-test-'));
    json = join(folder, 'some', 'bench.json');
  });
  afterEach(async () => {
    await killAll();
    await rm(folder, { recursive: true });
  });

  const bench = (...args: string[]) => run('proof/bench/bench.ts', ['--json', json, ...args]);

  it('measures a section, shows it with its aims, and writes it down beside what was there', async () => {
    const { code, stdout, stderr } = await bench('--quick', '--only', 'cold-start');
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout)
      .to.match(/^ours +\d+ KB/m)
      .and.match(/loading it, to the bare DynamoDB client +[\d.]+ +at most 1.2 +(not )?met/);
    const found = JSON.parse(await readFile(json, 'utf8'));
    expect(Object.keys(found)).to.deep.equal(['cold-start']);
    const { quick, result, aims } = found['cold-start'];
    expect(quick).to.equal(true);
    for (const figure of ['bytes', 'init', 'first', 'second']) expect(result.ours[figure]).to.be.greaterThan(0);
    expect(aims[0]).to.deep.equal({
      name: 'cold start: the bundle without its source map, KB',
      found: result.ours.bytes / 1024,
      atMost: 400,
      isMet: result.ours.bytes <= 400 * 1024,
    });
  });

  it('draws the charts of an earlier run, and measures nothing', async () => {
    json = join(folder, 'bench.json');
    await writeFile(json, JSON.stringify({ pipeline: report.pipeline }));
    const charts = join(folder, 'charts');
    const { code, stdout } = await bench('--chart', '--charts-to', charts);
    expect(code).to.equal(0);
    expect(stdout).to.contain('performance-pipeline.svg');
    expect(await readdir(charts)).to.deep.equal(['performance-pipeline.svg']);
  });

  it('says how it is called, and what is wrong with a call', async () => {
    const help = await bench('--help');
    expect(help.code).to.equal(0);
    expect(help.stdout).to.contain('--quick');
    const wrong = await bench('--only', 'speed');
    expect(wrong.code).to.equal(2);
    expect(wrong.stderr).to.contain('--only has "speed"; expected some of handler, client');
  });

  it('says so where the figures of the earlier run are no JSON, and leaves them alone', async () => {
    json = join(folder, 'bench.json');
    await writeFile(json, '{"handler":');
    const { code, stderr } = await bench('--chart', '--charts-to', folder);
    expect(code).to.equal(1);
    expect(stderr).to.contain('is no JSON');
    expect(await readFile(json, 'utf8')).to.equal('{"handler":');
  });
});

describe('the two ways through the emulators', () => {
  it('store every event of the same file', async () => {
    const rates = await withEventFile(600, async (file) => [
      await throughBareLoop(file, 600),
      await throughPipeline(file, 600, 2),
    ]);
    for (const rate of rates) expect(rate).to.be.greaterThan(0);
  });

  it('are not taken at their word: a row too few is an error', async () => {
    await withEventFile(20, async (file) => {
      const failures = await Promise.all(
        [throughBareLoop(file, 21), throughPipeline(file, 21)].map((call) =>
          call.catch((error: Error) => error.message),
        ),
      );
      expect(failures).to.deep.equal([
        'the bare loop stored 20 rows; expected 21',
        'npm start stored 20 rows; expected 21',
      ]);
    });
  });
});

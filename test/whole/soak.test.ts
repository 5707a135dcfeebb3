import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { monotonicClock } from '../../aws/system-clock.ts';
import { bundleFaultyFunctions } from '../../proof/soak/bundles.ts';
import { FAULT_NAMES, type FaultName } from '../../proof/soak/faults.ts';
import { runSoak, type SoakResult } from '../../proof/soak/run-soak.ts';
import type { Soak } from '../../proof/soak/soak-settings.ts';
import { run } from '../support/run.ts';

const FORGETFUL = fileURLToPath(new URL('../proof/soak/forgetful-rollups.ts', import.meta.url));
const SILENT = fileURLToPath(new URL('../proof/soak/silent-handler.ts', import.meta.url));

describe('a soak', () => {
  const soak = async (
    events: number,
    seed: number,
    faults: readonly FaultName[],
    { bundles, ...options }: Partial<Soak> = {},
  ): Promise<SoakResult> =>
    runSoak({
      events,
      seed,
      faults: new Set(faults),
      bundles: bundles ?? (await bundleFaultyFunctions()),
      say: () => {},
      onProgress: () => {},
      signal: new AbortController().signal,
      clock: monotonicClock,
      ...options,
    });

  const COUNT = 250;

  it('accounts for every event while everything fails', async () => {
    const result = await soak(COUNT, 11, FAULT_NAMES);
    expect(result.problems).to.deep.equal([]);
    expect(result).to.include({ events: COUNT, missing: 0 });
    expect(result.inTable + result.rejected + result.kept + result.spooled).to.equal(COUNT);
    expect(Object.keys(result.faults)).to.include.members([
      'local-EventData away',
      'local-RejectedEvents away',
      'local-Rollups away',
      'rows edited',
      ...['live source: broken off', 'live source: 403'],
    ]);
    expect(result.faults).to.include({ 'client killed': 2, 'redrive killed': 2 });
    expect(result.spooled).to.equal(1);
    expect(result.groups).to.be.greaterThan(3);
  }).timeout(240_000);

  it('ends at once where it is interrupted, while what it kills is started again, and gives no verdict', async () => {
    const interrupted = new AbortController();
    const say = (line: string): void => {
      if (line === 'The runner is killed, and started again.') interrupted.abort();
    };
    const ended = soak(COUNT, 11, ['kill', 'client-kill'], { say, signal: interrupted.signal });
    const error = await ended.catch((reason: unknown) => reason);
    expect(error).to.equal(interrupted.signal.reason);
  });

  it('keeps the events that crash the function, and stores those next to them', async () => {
    const result = await soak(40, 13, ['poison']);
    expect(result).to.deep.include({ inTable: 38, kept: 2, missing: 0, problems: [] });
  }).timeout(120_000);

  it('finds a function that never reports a failure', async () => {
    const bundles = await bundleFaultyFunctions({ DDBEventProcessor: SILENT });
    const { missing, problems } = await soak(60, 41, ['tables', 'malformed'], { bundles });
    expect(missing).to.be.greaterThan(0);
    expect(problems.length).to.be.at.least(missing);
  }).timeout(120_000);

  it('finds rollups that do not equal the table', async () => {
    const bundles = await bundleFaultyFunctions({ EventRollups: FORGETFUL });
    const { missing, problems, groups } = await soak(60, 5, ['rollup-edit'], { bundles });
    expect({ missing }).to.deep.equal({ missing: 0 });
    expect(groups).to.be.greaterThan(0);
    expect(problems).not.to.deep.equal([]);
    for (const problem of problems) expect(problem).to.match(/^the rollup events\.1 in .*: the count is /);
  }).timeout(120_000);

  it('brings all events into the table where nothing fails, and ends with a ledger and a line of JSON', async () => {
    const args = ['--events', '100', '--seed', '3', '--faults', 'none', '--json'];
    const { code, stdout, stderr } = await run('proof/soak/soak.ts', args);
    expect(JSON.parse(stdout)).to.deep.include({ events: 100, inTable: 100, missing: 0, faults: [], failed: [] });
    expect(stderr).to.contain('Faults: none.');
    expect(stderr).to.contain('Every event is where it has to be.');
    expect(code).to.equal(0);
  }).timeout(120_000);
});

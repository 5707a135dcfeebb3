import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { monotonicClock } from '../../../aws/system-clock.ts';
import { UsageError } from '../../../cli/usage-error.ts';
import { PROCESSORS } from '../../../processors/index.ts';
import { bundleFaultyFunctions } from '../../../proof/soak/bundles.ts';
import { FAULT_NAMES, type FaultName } from '../../../proof/soak/faults.ts';
import { runSoak, type SoakResult } from '../../../proof/soak/soak.ts';
import { readSoakOptions, SOAK_HELP } from '../../../proof/soak/soak-options.ts';
import { run } from '../../support/run.ts';

const FORGETFUL = fileURLToPath(new URL('./forgetful-rollups.ts', import.meta.url));
const SILENT = fileURLToPath(new URL('./silent-handler.ts', import.meta.url));

describe('a soak', () => {
  let bundled: Awaited<ReturnType<typeof bundleFaultyFunctions>>;
  before(async () => {
    bundled = await bundleFaultyFunctions();
  });
  after(() => bundled.remove());

  const soak = (
    events: number,
    seed: number,
    faults: readonly FaultName[],
    bundles = bundled.bundles,
  ): Promise<SoakResult> =>
    runSoak({
      events,
      seed,
      faults: new Set(faults),
      bundles,
      say: () => {},
      onProgress: () => {},
      signal: new AbortController().signal,
      clock: monotonicClock,
    });

  it('accounts for every event while everything fails', async () => {
    const result = await soak(400, 11, FAULT_NAMES);
    expect(result.problems).to.deep.equal([]);
    expect(result).to.include({ events: 400, missing: 0 });
    expect(result.inTable + result.rejected + result.kept + result.spooled).to.equal(400);
    expect(Object.keys(result.faults)).to.include.members([
      'local-EventData away',
      'local-RejectedEvents away',
      'local-Rollups away',
      'rows edited',
    ]);
    expect(result.faults).to.include({ 'client killed': 2, 'redrive killed': 2 });
    expect(result.spooled).to.equal(1);
    expect(result.groups).to.be.greaterThan(3);
  }).timeout(240_000);

  it('brings all events into the table where nothing fails', async () => {
    const result = await soak(150, 12, []);
    expect(result).to.deep.include({ inTable: 150, rejected: 0, kept: 0, missing: 0, problems: [], faults: {} });
  });

  it('keeps the events that crash the function, and stores those next to them', async () => {
    const result = await soak(300, 13, ['poison']);
    expect(result).to.deep.include({ inTable: 298, kept: 2, missing: 0, problems: [] });
  });

  it('finds a function that never reports a failure', async () => {
    const silent = await bundleFaultyFunctions({ DDBEventProcessor: SILENT });
    try {
      const results = await Promise.all(
        [41, 7].map((seed) => soak(150, seed, ['tables', 'malformed'], silent.bundles)),
      );
      for (const { missing, problems } of results) {
        expect(missing).to.be.greaterThan(0);
        expect(problems.length).to.be.at.least(missing);
      }
    } finally {
      await silent.remove();
    }
  }).timeout(120_000);

  it('finds rollups that do not equal the table', async () => {
    const forgetful = await bundleFaultyFunctions({ EventRollups: FORGETFUL });
    try {
      const { missing, problems, groups } = await soak(60, 5, ['rollup-edit'], forgetful.bundles);
      expect({ missing }).to.deep.equal({ missing: 0 });
      expect(groups).to.be.greaterThan(0);
      expect(problems).not.to.deep.equal([]);
      for (const problem of problems) expect(problem).to.match(/^the rollup events\.1 in .*: the count is /);
    } finally {
      await forgetful.remove();
    }
  }).timeout(120_000);

  it('ends with a ledger, and with a line of JSON', async () => {
    const args = ['--events', '100', '--seed', '3', '--faults', 'partial,malformed', '--json'];
    const { code, stdout, stderr } = await run('proof/soak/command.ts', args);
    const { events, inTable, rejected, missing, failed } = JSON.parse(stdout);
    expect({ events, missing, failed }).to.deep.equal({ events: 100, missing: 0, failed: [] });
    expect(inTable + rejected).to.equal(100);
    expect(stderr).to.contain('Every event is where it has to be.');
    expect(code).to.equal(0);
  });
});

describe('the options of a soak', () => {
  it('name a fault and a processor that do not exist, and what is not a number', () => {
    const call = () =>
      readSoakOptions(['--faults', 'rain,crash', '--events', '0', '--seed', 'x', '--processor', 'sorting']);
    expect(call)
      .to.throw(UsageError)
      .with.property('problems')
      .that.deep.equals([
        '--events is "0"; expected a whole number from 1',
        '--seed is "x"; expected a whole number from 1',
        `there is no processor "sorting"; expected one of ${Object.keys(PROCESSORS).join(', ')}`,
        `there is no fault "rain"; expected all, none or some of ${FAULT_NAMES.join(', ')}`,
      ]);
  });

  it('take other emulators of this machine, and name those that are elsewhere or missing', () => {
    const given = ['--endpoint', 'http://127.0.0.1:1', '--dynamodb-endpoint', 'http://localhost:2'];
    expect(readSoakOptions(given).emulators).to.deep.equal({
      kinesis: 'http://127.0.0.1:1',
      dynamoDb: 'http://localhost:2',
    });
    expect(readSoakOptions([]).emulators).to.equal(undefined);
    expect(() => readSoakOptions(['--endpoint', 'https://kinesis.us-east-1.amazonaws.com']))
      .to.throw(UsageError)
      .with.property('problems')
      .that.deep.equals([
        '--endpoint is "https://kinesis.us-east-1.amazonaws.com"; expected a URL of this machine',
        '--dynamodb-endpoint is missing; expected a URL of this machine',
      ]);
  });

  it('are in the help, with every fault', () => {
    for (const name of FAULT_NAMES) expect(SOAK_HELP).to.match(new RegExp(`^  ${name} `, 'm'));
  });
});

import { expect } from 'chai';
import { FAULT_NAMES, type FaultName } from '../../../proof/soak/faults.ts';
import { bundleFaultyFunction, runSoak, type SoakResult } from '../../../proof/soak/soak.ts';
import { run } from '../../support/run.ts';

describe('a soak', () => {
  let bundled: Awaited<ReturnType<typeof bundleFaultyFunction>>;
  before(async () => {
    bundled = await bundleFaultyFunction();
  });
  after(() => bundled.remove());

  const soak = (events: number, seed: number, faults: readonly FaultName[]): Promise<SoakResult> =>
    runSoak({
      events,
      seed,
      faults: new Set(faults),
      bundle: bundled.path,
      say: () => {},
      onProgress: () => {},
      signal: new AbortController().signal,
    });

  it('accounts for every event while everything fails', async () => {
    const result = await soak(400, 11, FAULT_NAMES);
    expect(result.problems).to.deep.equal([]);
    expect(result).to.include({ events: 400, missing: 0 });
    expect(result.inTable + result.rejected + result.kept + result.spooled).to.equal(400);
    expect(Object.keys(result.faults)).not.to.have.length(0);
  }).timeout(60_000);

  it('brings all events into the table where nothing fails', async () => {
    const result = await soak(300, 12, []);
    expect(result).to.deep.include({ inTable: 300, rejected: 0, kept: 0, missing: 0, problems: [], faults: {} });
  });

  it('keeps the event that crashes the function, and stores those beside it', async () => {
    const result = await soak(300, 13, ['poison']);
    expect(result).to.deep.include({ inTable: 299, kept: 1, missing: 0, problems: [] });
  });

  it('ends with a ledger, and with a line of JSON', async () => {
    const args = ['--events', '200', '--seed', '3', '--faults', 'partial,malformed', '--json'];
    const { code, stdout, stderr } = await run('proof/soak/command.ts', args);
    const { events, inTable, rejected, missing, failed } = JSON.parse(stdout);
    expect({ events, missing, failed }).to.deep.equal({ events: 200, missing: 0, failed: [] });
    expect(inTable + rejected).to.equal(200);
    expect(stderr).to.contain('Every event is where it has to be.');
    expect(code).to.equal(0);
  });

  it('refuses a fault that it does not know, and numbers that are none', async () => {
    const { code, stderr } = await run('proof/soak/command.ts', [
      '--faults',
      'rain,crash',
      '--events',
      '0',
      '--seed',
      'x',
    ]);
    expect(stderr).to.contain('there is no fault "rain"; expected all, none or some of partial, throttle');
    expect(stderr).to.contain('--events is "0"; expected a whole number from 1');
    expect(stderr).to.contain('--seed is "x"; expected a whole number from 1');
    expect(code).to.equal(2);
  });

  it('shows its help, with every fault', async () => {
    const { code, stdout } = await run('proof/soak/command.ts', ['--help']);
    for (const name of FAULT_NAMES) expect(stdout).to.match(new RegExp(`^  ${name} `, 'm'));
    expect(code).to.equal(0);
  });
});

import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { monotonicClock } from '../../../aws/system-clock.ts';
import { applyTo, type Mutant, MutantError } from '../../../proof/mutants/mutant.ts';
import { choose, readMutantsOptions } from '../../../proof/mutants/mutants-options.ts';
import { type MutantRun, type RunMutants, runMutants, type Trial } from '../../../proof/mutants/run-mutants.ts';
import { emptyFolder } from '../../support/empty-folder.ts';
import { refusalOf } from '../../support/refusal.ts';
import { withoutLimits } from '../../support/unhurried-clock.ts';

const SUM = `export const sum = (a, b) => a + b;
export const unused = () => 1;
`;
const TEST = `import { equal } from 'node:assert/strict';
import { sum } from '../sum.mjs';
it('adds', () => equal(sum(1, 2), 3));
`;
const BROKEN = `it('fails', () => { throw new Error(); });
`;
const ENDLESS = `it('never ends', () => new Promise((resolve) => setTimeout(resolve, 600_000))).timeout(0);
`;

/** Limits of a proof, in milliseconds: one that never passes here, and one that is over at once. */
const [ENDLESS_LIMIT, NO_TIME] = [60_000, 1];
const CLOCK = withoutLimits({ ...monotonicClock, sleep: async () => {} });

const mutant = (changes: Partial<Mutant> = {}): Mutant => ({
  name: 'subtracts',
  file: 'sum.mjs',
  find: 'a + b',
  replace: 'a - b',
  proofs: [{ kind: 'unit', file: 'test/sum.mjs' }],
  ...changes,
});
const harmless = mutant({ name: 'changes what no proof runs', find: '() => 1', replace: '() => 2' });

describe('a mutant', () => {
  it('changes the one place that it names, whatever signs its text has', () => {
    expect(applyTo(SUM, mutant({ replace: "$& $' $1" }))).to.equal(SUM.replace('a + b', () => "$& $' $1"));
  });

  it('that no longer applies, applies twice or changes nothing is an error that names it', () => {
    for (const [change, problem] of [
      [{ find: 'a * b' }, 'has "a * b" 0 times; expected once'],
      [{ find: 'export' }, 'has "export" 2 times; expected once'],
      [{ replace: 'a + b' }, 'changes nothing'],
    ] as const)
      expect(() => applyTo(SUM, mutant(change)))
        .to.throw(MutantError)
        .with.property('message')
        .that.contains('subtracts')
        .and.contains(problem);
  });
});

describe('a run of mutants', () => {
  const root = emptyFolder(before);
  before(async () => {
    await mkdir(join(root, 'test'));
    await symlink(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(root, 'node_modules'));
    await writeFile(join(root, 'sum.mjs'), SUM);
    await writeFile(join(root, 'test', 'sum.mjs'), TEST);
    await writeFile(join(root, 'test', 'broken.mjs'), BROKEN);
    await writeFile(join(root, 'test', 'endless.mjs'), ENDLESS);
  });

  let runs: MutantRun[];
  beforeEach(() => {
    runs = [];
  });
  const run = (mutants: readonly Mutant[], limit: RunMutants['limit'] = () => ENDLESS_LIMIT): Promise<Trial[]> =>
    runMutants({
      root,
      mutants,
      limit,
      clock: CLOCK,
      signal: new AbortController().signal,
      onRun: (run) => runs.push(run),
      onTrial: () => {},
    });

  it('says which proof kills each, and which survive, and leaves the project as it was', async () => {
    const trials = await run([mutant(), harmless]);
    expect(trials.map(({ mutant, killedBy }) => [mutant.name, killedBy])).to.deep.equal([
      ['subtracts', { kind: 'unit', file: 'test/sum.mjs' }],
      ['changes what no proof runs', undefined],
    ]);
    expect(runs).to.deep.equal([
      { kind: 'proof', name: 'unit test/sum.mjs', before: 0, total: 1 },
      { kind: 'mutant', name: 'subtracts', before: 0, total: 2 },
      { kind: 'mutant', name: 'changes what no proof runs', before: 1, total: 2 },
    ]);
    expect(await readFile(join(root, 'sum.mjs'), 'utf8')).to.equal(SUM);
  });

  it('runs nothing where mutants do not apply, and names all of them', async () => {
    const bad = [mutant({ name: 'first', find: 'a * b' }), mutant({ name: 'second', file: 'gone.mjs' })];
    const error = await run([mutant(), ...bad]).catch((failed: Error) => failed);
    expect(error).to.be.an.instanceOf(MutantError);
    expect((error as Error).message)
      .to.contain('"first": sum.mjs has "a * b" 0 times')
      .and.contain('gone.mjs');
  });

  it('does not take a proof that fails without a change for one that kills', async () => {
    const proofs = [{ kind: 'unit', file: 'test/broken.mjs' }] as const;
    const error = await run([mutant({ proofs })]).catch((failed: Error) => failed);
    const [first, ...output] = (error as Error).message.split('\n');
    expect(first).to.equal('unit test/broken.mjs fails without a change; expected it to pass');
    expect(output.join('\n')).to.contain('1 failing');
  });

  it('ends a proof that does not end', async () => {
    const proofs = [{ kind: 'unit', file: 'test/endless.mjs' }] as const;
    const error = await run([mutant({ proofs })], () => NO_TIME).catch((failed: Error) => failed);
    expect(error).to.be.an.instanceOf(MutantError);
  });

  it('kills where a proof takes much longer than without the change', async () => {
    const endless = mutant({ find: 'a + b', replace: '{ for (;;); }' });
    const known: number[] = [];
    const limit = (withoutChange?: number): number => {
      if (withoutChange !== undefined) known.push(withoutChange);
      return withoutChange === undefined ? ENDLESS_LIMIT : NO_TIME;
    };
    const [trial] = await run([endless], limit);
    expect(trial!.killedBy).to.deep.equal(endless.proofs[0]);
    expect(known).to.have.length(1);
    expect(known[0]).to.be.greaterThan(0);
  });
});

describe('a sample of mutants', () => {
  const all = Array.from({ length: 50 }, (_, index) => mutant({ name: `mutant ${index}` }));
  const names = (argv: readonly string[]): string[] => choose(all, readMutantsOptions(argv)).map(({ name }) => name);

  it('is all of them unless told, and the same for the same seed', () => {
    expect(names([])).to.have.length(50);
    expect(names(['--sample', '5', '--seed', '3'])).to.deep.equal(names(['--sample', '5', '--seed', '3']));
    expect(names(['--sample', '5', '--seed', '3'])).not.to.deep.equal(names(['--sample', '5', '--seed', '4']));
  });

  it('may be of one name, and is an error where no mutant has it', () => {
    expect(names(['--only', 'mutant 7'])).to.deep.equal(['mutant 7']);
    expect(refusalOf(() => names(['--only', 'mutant 70']))).to.equal(
      'error: --only is "mutant 70"; expected text that the name or the file of a mutant has, see --list\n',
    );
  });
});

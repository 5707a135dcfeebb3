import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import { monotonicClock, systemClock } from '../../aws/system-clock.ts';
import { type Call, command } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit-code.ts';
import { progressOn } from '../../cli/progress.ts';
import { UserError } from '../../cli/user-error.ts';
import { type BenchOptions, HELP, readOptions } from './bench-options.ts';
import { answerOf } from './child-process.ts';
import { writePage } from './page.ts';
import { progressLine } from './progress-line.ts';
import { type Aim, showAims, showTables } from './section.ts';
import type { SectionAnswer, SectionQuestion } from './section-process.ts';
import {
  type Measurement,
  majorOf,
  type Report,
  readReport,
  sectionOf,
  type Turn,
  turnsOf,
  withMet,
  writeReport,
} from './sections.ts';

const print = (...lines: readonly string[]): void => {
  process.stdout.write(`${lines.join('\n')}\n\n`);
};

/** @throws where npx does not bring it */
const pathOfNode = async (major: string): Promise<string> => {
  if (major === majorOf(process.version)) return process.execPath;
  const { stdout } = await promisify(execFile)('npx', ['--yes', `node@${major}`, '--print', 'process.execPath']);
  return stdout.trim();
};

/** Measures one section and shows what it found. */
const measure = async (
  { section, execPath }: Turn,
  place: { place: number; sections: number },
  isQuick: boolean,
  before: Measurement<unknown> | undefined,
): Promise<{ run: Measurement<unknown>; aims: Aim[] }> => {
  const { tables, aims } = sectionOf(section);
  const question: SectionQuestion = { section, isQuick };
  const started = monotonicClock.now();
  const line = (): string =>
    progressLine({
      section,
      ...place,
      elapsedMs: monotonicClock.now() - started,
      ...(before?.quick === isQuick && { expectedMs: before.seconds * 1_000 }),
    });
  const progress = progressOn(process.stderr, systemClock, { isQuietInLog: true });
  const { node, result } = await progress.during(line, () =>
    answerOf<SectionAnswer>(new URL('./section-process.ts', import.meta.url), question, { execPath }),
  );
  const seconds = Math.round(monotonicClock.now() - started) / 1_000;
  const found = aims(result);
  print(`${sectionOf(section).title} (Node ${node.slice(1)})`, '', ...showTables(tables(result)));
  const machine = { node, cpu: cpus()[0]?.model.trim() ?? '', cpus: cpus().length };
  const at = new Date(systemClock.now()).toISOString();
  return { run: { at, machine, quick: isQuick, seconds, result, aims: withMet(found) }, aims: found };
};

const measureAll = async (options: BenchOptions, report: Report): Promise<void> => {
  const { json, quick, nodes } = options;
  const startedAt = new Date(systemClock.now()).toISOString();
  const execPaths = nodes.length === 0 ? [process.execPath] : await Promise.all(nodes.map(pathOfNode));
  const turns = turnsOf(options, execPaths);
  const found: Aim[] = [];
  for (const [index, turn] of turns.entries()) {
    const runs = (report[turn.section] ?? []) as Measurement<unknown>[];
    const place = { place: index + 1, sections: turns.length };
    const { run, aims } = await measure(turn, place, quick, runs.at(-1));
    // Figures of earlier commands on the same Node are of other days, or of other code.
    const isKept = ({ at, machine }: Measurement<unknown>) =>
      at >= startedAt || (!sectionOf(turn.section).once && majorOf(machine.node) !== majorOf(run.machine.node));
    Object.assign(report, { [turn.section]: [...runs.filter(isKept), run] });
    found.push(...aims);
    // After each section, since the next ones take their time.
    await writeReport(json, report);
  }
  if (found.length > 0) print('Aims', '', ...showAims(found));
  print(`The figures are in ${json}.`);
};

const main = async ({ argv }: Call): Promise<number> => {
  const options = readOptions(argv);
  const { json, page, docs } = options;
  const report = readReport(json);
  if (page && Object.keys(report).length === 0)
    throw new UserError(`there are no figures in ${json}; expected those of a run: npm run bench`);
  if (page) print(...writePage(report, docs));
  else await measureAll(options, report);
  return EXIT.ok;
};

export default command(main, 'npm run bench -- --help', HELP, import.meta.url);

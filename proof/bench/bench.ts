import { cpus } from 'node:os';
import { monotonicClock, systemClock } from '../../aws/system-clock.ts';
import { type Call, command } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit-code.ts';
import { progressOn } from '../../cli/progress.ts';
import { type BenchOptions, HELP, readOptions } from './bench-options.ts';
import { drawCharts } from './chart/charts.ts';
import { answerOf } from './child-process.ts';
import { progressLine } from './progress-line.ts';
import { type Aim, showAims } from './section.ts';
import type { SectionQuestion } from './section-process.ts';
import { type Report, readReport, type SectionName, sectionOf, withMet, writeReport } from './sections.ts';

const print = (...lines: readonly string[]): void => {
  process.stdout.write(`${lines.join('\n')}\n\n`);
};

/** Runs one section, shows what it found, and adds it to the report. @returns its aims */
const run = async (section: SectionName, { sections, quick }: BenchOptions, report: Report): Promise<Aim[]> => {
  const { title, show, aims } = sectionOf(section);
  const question: SectionQuestion = { section, isQuick: quick };
  const [before, started] = [report[section], monotonicClock.now()];
  const line = (): string =>
    progressLine({
      section,
      place: sections.indexOf(section) + 1,
      sections: sections.length,
      elapsedMs: monotonicClock.now() - started,
      ...(before?.seconds !== undefined && before.quick === quick && { expectedMs: before.seconds * 1_000 }),
    });
  const progress = progressOn(process.stderr, systemClock, { isQuietInLog: true });
  const result = await progress.during(line, () =>
    answerOf(new URL('./section-process.ts', import.meta.url), question),
  );
  const seconds = Math.round(monotonicClock.now() - started) / 1_000;
  const found = aims(result);
  print(title, '', ...show(result));
  const machine = { node: process.version, cpu: cpus()[0]?.model.trim() ?? '', cpus: cpus().length };
  const at = new Date(systemClock.now()).toISOString();
  Object.assign(report, { [section]: { at, machine, quick, seconds, result, aims: withMet(found) } });
  return found;
};

const main = async ({ argv }: Call): Promise<number> => {
  const options = readOptions(argv);
  const { sections, json, chart, chartsTo } = options;
  if (options.help) {
    process.stdout.write(HELP);
    return EXIT.delivered;
  }
  const report = readReport(json);
  if (chart) {
    const files = drawCharts(report, chartsTo);
    print(...(files.length === 0 ? ['There is nothing to draw.'] : files));
    return EXIT.delivered;
  }
  const aims: Aim[] = [];
  for (const section of sections) {
    aims.push(...(await run(section, options, report)));
    // After each section, since the next ones take their time.
    writeReport(json, report);
  }
  if (aims.length > 0) print('Aims', '', ...showAims(aims));
  print(`The figures are in ${json}.`);
  return EXIT.delivered;
};

export default command(main, 'npm run bench -- --help');

import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit-code.ts';
import type { Aim } from './aims.ts';
import { HELP, readOptions } from './bench-options.ts';
import { chartsOf } from './chart/charts.ts';
import { type Extents, FULL, QUICK } from './extents.ts';
import { type Report, readReport, withMet, writeReport } from './report-file.ts';
import { runSection } from './run-section.ts';
import { SECTIONS, type SectionName } from './sections.ts';
import { showAims } from './show-aims.ts';

const say = (...lines: readonly string[]): void => {
  process.stdout.write(`${lines.join('\n')}\n\n`);
};

/** Runs one section, shows what it found, and notes it in the report. @returns its aims */
const measure = async <Name extends SectionName>(
  name: Name,
  extents: Extents,
  report: Report,
  quick: boolean,
): Promise<Aim[]> => {
  const { title, show, aims } = SECTIONS[name];
  const result = await runSection(name, extents);
  const found = aims(result);
  say(title, '', ...show(result));
  const machine = { node: process.version, cpu: cpus()[0]?.model.trim() ?? '', cpus: cpus().length };
  const measurement = { at: new Date().toISOString(), machine, quick, result, aims: withMet(found) };
  Object.assign(report, { [name]: measurement });
  return found;
};

const draw = (report: Report, folder: string): void => {
  mkdirSync(folder, { recursive: true });
  const charts = chartsOf(report);
  for (const { name, svg } of charts) writeFileSync(join(folder, name), svg);
  say(charts.length === 0 ? 'There is nothing to draw.' : charts.map(({ name }) => join(folder, name)).join('\n'));
};

const main = async (argv: readonly string[]): Promise<number> => {
  const { sections, quick, json, chart, chartsTo, help } = readOptions(argv);
  if (help) {
    process.stdout.write(HELP);
    return EXIT.delivered;
  }
  const report = readReport(json);
  if (chart) {
    draw(report, chartsTo);
    return EXIT.delivered;
  }
  const aims: Aim[] = [];
  for (const name of sections) {
    aims.push(...(await measure(name, quick ? QUICK : FULL, report, quick)));
    // After each, since the later ones take their time.
    writeReport(json, report);
  }
  if (aims.length > 0) say('Aims', '', ...showAims(aims));
  say(`The figures are in ${json}.`);
  return EXIT.delivered;
};

await runCommand(main, 'npm run bench -- --help');

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawCharts } from './chart/charts.ts';
import { medianOf } from './measure.ts';
import { boundOf, type Cell, cell, count, figure, type Row, rangeOf } from './section.ts';
import { type Measurement, majorOf, type Report, type Results, SECTION_NAMES, sectionOf } from './sections.ts';

type Run = Measurement<unknown>;

/** Runs by the version of their Node, the lowest first. */
const byNode = (runs: readonly Run[]): [node: string, runs: Run[]][] => {
  const majors = [...new Set(runs.map(({ machine }) => majorOf(machine.node)))].toSorted();
  return majors.map((major) => [major, runs.filter(({ machine }) => majorOf(machine.node) === major)]);
};

const markdown = (headings: readonly string[], rows: readonly (readonly string[])[], numbersFrom: number): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = headings.map((_, index) => (index < numbersFrom ? '---' : '--:'));
  return [line(headings), `|${rule.join('|')}|`, ...rows.map(line)].join('\n');
};

/** When and where each section was measured. @param page where a section that the report has no runs of keeps its rows */
const runsTable = (report: Report, page: string): string => {
  const rows = SECTION_NAMES.flatMap((section) =>
    report[section] ? rowsOfRuns(section, report[section]) : rowsOnPage(section, page),
  );
  return markdown(['Section', 'Measured', 'Node', 'CPUs', 'Runs', 'Seconds a run'], rows, 4);
};

const rowsOfRuns = (section: string, all: readonly Run[]): string[][] =>
  byNode(all).map(([, runs]) => {
    const { machine, quick } = runs.at(-1)!;
    return [
      section,
      [...new Set(runs.map((run) => run.at.slice(0, 10)))].join(', '),
      machine.node.slice(1),
      [machine.cpus, machine.cpu].join(' × ').replace(/ × $/, ''),
      `${runs.length}${quick ? ', quick' : ''}`,
      rangeOf(runs.map(({ seconds }) => cell(seconds, count))),
    ];
  });

const rowsOnPage = (section: string, page: string): string[][] =>
  [...page.matchAll(new RegExp(`^\\| (${section} \\| \\d.*) \\|$`, 'gm'))].map(([, cells]) => cells!.split(' | '));

/** The aims of a section: the range of what its runs found on each Node, and whether all of them met it. */
const aimsTable = (runs: readonly Run[]): string => {
  const nodes = byNode(runs);
  const rows = runs[0]!.aims.map((aim, index) => {
    const met = runs.filter(({ aims }) => aims[index]!.isMet).length;
    return [
      `${aim.name}, ${boundOf(aim)}`,
      ...nodes.map(([, some]) => rangeOf(some.map(({ aims }) => cell(aims[index]!.found, figure)))),
      met === runs.length ? 'met' : met === 0 ? '**not met**' : `**met in ${met} of ${runs.length} runs**`,
    ];
  });
  return markdown(['Aim', ...nodes.map(([major]) => `Node ${major}`), ''], rows, 1);
};

/** The tables of a section, with a row for each Node: from the least to the greatest figure of its runs. */
const tablesOfSection = (section: keyof Results, runs: readonly Run[]): [name: string, table: string][] => {
  const { tables } = sectionOf(section);
  const nodes = byNode(runs).map(([major, some]) => ({ major, found: some.map(({ result }) => tables(result)) }));
  return tables(runs[0]!.result).map(({ name, title, headings, rows }, at) => {
    const all = rows.flatMap(([row, ...cells], line) =>
      nodes.map(({ major, found }) => [
        row,
        major,
        ...cells.map((_, column) => rangeOf(found.map((one) => cellsOf(one[at]!.rows[line]!)[column]!))),
      ]),
    );
    const [first = '', ...others] = headings;
    return [name, `${title}:\n\n${markdown([first, 'Node', ...others], all, 2)}`];
  });
};

const cellsOf = ([, ...cells]: Row): Cell[] => cells;

/** What stands between the marks of the page, by their names. @param page as it is */
export const partsOf = (report: Report, page: string): Map<string, string> => {
  const parts = new Map([['runs', runsTable(report, page)]]);
  for (const section of SECTION_NAMES) {
    const runs: readonly Run[] = report[section] ?? [];
    if (runs.length === 0) continue;
    for (const [name, table] of tablesOfSection(section, runs)) parts.set(name, table);
    if (runs[0]!.aims.length > 0) parts.set(`${section}-aims`, aimsTable(runs));
  }
  return parts;
};

const MARKED = /(<!-- bench: ([\w-]+) -->\n)[\s\S]*?(<!-- \/bench -->)/g;

/** The page with these parts made anew. What was not measured stays: the table of the runs says of when it is. */
export const pageWith = (page: string, parts: ReadonlyMap<string, string>): string =>
  page.replace(MARKED, (whole, start, name, end) =>
    parts.has(name) ? `${start}\n${parts.get(name)}\n\n${end}` : whole,
  );

/** The middle of the figures of several runs, in the shape of one. */
const middle = (values: readonly unknown[]): unknown => {
  const [first] = values;
  if (typeof first === 'number') return medianOf(values as number[]);
  if (typeof first !== 'object' || first === null) return first;
  const at = (key: string): unknown => middle(values.map((value) => (value as Record<string, unknown>)[key]));
  return Array.isArray(first)
    ? first.map((_, index) => at(String(index)))
    : Object.fromEntries(Object.keys(first).map((key) => [key, at(key)]));
};

/** For the pictures: the medians of all runs on the latest Node. */
export const mediansOf = (report: Report): Partial<Results> =>
  Object.fromEntries(
    SECTION_NAMES.flatMap((section) => {
      const [, runs] = byNode(report[section] ?? []).at(-1) ?? [];
      return runs ? [[section, middle(runs.map(({ result }) => result))]] : [];
    }),
  );

/** Writes tables and pictures of docs/performance.md. @returns the paths of the files */
export const writePage = (report: Report, docs: string): string[] => {
  const file = join(docs, 'performance.md');
  const page = readFileSync(file, 'utf8');
  writeFileSync(file, pageWith(page, partsOf(report, page)));
  return [file, ...drawCharts(mediansOf(report), docs)];
};

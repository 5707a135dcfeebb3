import { existsSync, readFileSync } from 'node:fs';
import { writeAtomically } from '../../client/kept/atomic-file.ts';
import { client } from './client.ts';
import { coldStart } from './cold-start.ts';
import { growth } from './growth.ts';
import { handler } from './handler.ts';
import { hostile } from './hostile.ts';
import { pipeline } from './pipeline.ts';
import { processors } from './processors.ts';
import { rollups } from './rollups.ts';
import { type Aim, isMet, type Section } from './section.ts';

/** The sections of the benchmark, in the order in which they run. */
export const SECTIONS = { handler, processors, rollups, hostile, client, pipeline, 'cold-start': coldStart, growth };

export type SectionName = keyof typeof SECTIONS;

export const SECTION_NAMES = Object.keys(SECTIONS) as SectionName[];

/** What each section finds. */
export type Results = { [Name in SectionName]: Awaited<ReturnType<(typeof SECTIONS)[Name]['measure']>> };

/** A section, without its types: what one section measures only that section shows and judges. */
export const sectionOf = (name: SectionName): Section<unknown, unknown> =>
  SECTIONS[name] as unknown as Section<unknown, unknown>;

/** One section on one Node, once. */
export interface Turn {
  section: SectionName;
  /** Path of its Node. */
  execPath: string;
}

/**
 * Every run has each section on each Node, so that what else the machine does is spread over both. What is measured once comes in the
 * last run, on the last Node.
 */
export const turnsOf = (
  { sections, runs }: { sections: readonly SectionName[]; runs: number },
  execPaths: readonly string[],
): Turn[] => {
  const isLast = (run: number, execPath: string) => run === runs && execPath === execPaths.at(-1);
  return Array.from({ length: runs }, (_, index) => index + 1).flatMap((run) =>
    execPaths.flatMap((execPath) =>
      sections
        .filter((section) => !sectionOf(section).once || isLast(run, execPath))
        .map((section) => ({ section, execPath })),
    ),
  );
};

/** The file of the figures: the runs of each section, each with where and when it was measured, what was found, and the aims. */
export type Report = { [Name in SectionName]?: Measurement<Results[Name]>[] };

/** One run of a section. */
export interface Measurement<Result> {
  /** ISO 8601. */
  at: string;
  machine: { node: string; cpu: string; cpus: number };
  quick: boolean;
  /** How long it took to measure. */
  seconds: number;
  result: Result;
  aims: (Aim & { isMet: boolean })[];
}

/** `24` of `v24.1.0` */
export const majorOf = (node: string): string => node.replace(/^v|\..*$/g, '');

/** The aims as a report has them. */
export const withMet = (aims: readonly Aim[]): Measurement<unknown>['aims'] =>
  aims.map((aim) => ({ ...aim, isMet: isMet(aim) }));

/** @returns an empty report where there is no such file @throws where it has something else than runs */
export const readReport = (file: string): Report => {
  if (!existsSync(file)) return {};
  const refuse = (what: string, cause?: unknown): never => {
    throw new Error(`${file} ${what}; expected the figures of an earlier run, or no such file`, { cause });
  };
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch (cause) {
    return refuse('is not JSON', cause);
  }
  return Object.values(report).every(Array.isArray) ? report : refuse('has other figures than a list of runs');
};

/** The inverse of {@link readReport}. Hours of figures are lost with the file, so it is never half written. */
export const writeReport = (file: string, report: Report): Promise<void> =>
  writeAtomically(file, `${JSON.stringify(report, null, 2)}\n`);

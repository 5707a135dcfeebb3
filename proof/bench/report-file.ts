import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Aim, isMet } from './aims.ts';
import type { Results, SectionName } from './sections.ts';

/** One section of the file: where and when it was measured, what was found, and the aims. */
export interface Measurement<Result> {
  /** ISO 8601. */
  at: string;
  machine: { node: string; cpu: string; cpus: number };
  quick: boolean;
  result: Result;
  aims: (Aim & { isMet: boolean })[];
}

export type Report = { [Name in SectionName]?: Measurement<Results[Name]> };

/** @returns an empty report where there is no such file @throws where it is no JSON */
export const readReport = (file: string): Report => {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch (cause) {
    throw new Error(`${file} is no JSON; expected the figures of an earlier run, or no such file`, { cause });
  }
};

export const writeReport = (file: string, report: Report): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
};

export const withMet = (aims: readonly Aim[]): (Aim & { isMet: boolean })[] =>
  aims.map((aim) => ({ ...aim, isMet: isMet(aim) }));

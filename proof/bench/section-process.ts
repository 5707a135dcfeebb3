import { answerQuestions } from './child-process.ts';
import { type SectionName, sectionOf } from './sections.ts';

/** What the process of a section is asked. */
export interface SectionQuestion {
  section: SectionName;
  isQuick: boolean;
}

export interface SectionAnswer {
  /** Version of the Node that measured. */
  node: string;
  result: unknown;
}

/** The process of one section: what ran before has not compiled its code, nor filled its memory. */
answerQuestions(async ({ section, isQuick }: SectionQuestion): Promise<SectionAnswer> => {
  const { full, quick, measure } = sectionOf(section);
  return { node: process.version, result: await measure(isQuick ? quick : full) };
});

import { answerQuestions } from './child-process.ts';
import { type SectionName, sectionOf } from './sections.ts';

/** What the process of a section is asked. */
export interface SectionQuestion {
  section: SectionName;
  isQuick: boolean;
}

/** The process of one section: what ran before has not compiled its code, nor filled its memory. */
answerQuestions(({ section, isQuick }: SectionQuestion) => {
  const { full, quick, measure } = sectionOf(section);
  return measure(isQuick ? quick : full);
});

import type { Extents } from './extents.ts';
import type { Results, SectionName } from './sections.ts';

/** What the process of a section is told. */
export type SectionTask = { [Name in SectionName]: { section: Name; extent: Extents[Name] } }[SectionName];

/** The process of one section: what ran before cannot have warmed its code, nor filled its memory. */
const run = async (task: SectionTask): Promise<Results[SectionName]> => {
  switch (task.section) {
    case 'handler':
      return (await import('./handler/run.ts')).runHandler(task.extent);
    case 'client':
      return (await import('./client/run.ts')).runClient(task.extent);
    case 'pipeline':
      return (await import('./pipeline/run.ts')).runPipeline(task.extent);
    case 'cold-start':
      return (await import('./cold-start/run.ts')).runColdStart(task.extent);
    case 'growth':
      return (await import('./growth/run.ts')).runGrowth(task.extent);
  }
};

// Ended with its parent, and with it all that it started.
process.on('disconnect', () => process.exit());
const result = await run(JSON.parse(process.argv[2] ?? '') as SectionTask);
process.send?.(result, () => process.disconnect());

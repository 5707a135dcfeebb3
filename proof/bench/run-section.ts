import { once } from 'node:events';
import type { Extents } from './extents.ts';
import { forkTypeScript } from './fork-typescript.ts';
import type { Results, SectionName } from './sections.ts';

/** Runs one section in a process of its own. @throws where it ends without a result */
export const runSection = async <Name extends SectionName>(section: Name, extents: Extents): Promise<Results[Name]> => {
  const child = forkTypeScript(new URL('./section-process.ts', import.meta.url), { section, extent: extents[section] });
  const exited = once(child, 'exit');
  let result: Results[Name] | undefined;
  child.on('message', (message: Results[Name]) => {
    result = message;
  });
  const [code] = await exited;
  if (result === undefined)
    throw new Error(`the section ${section} ended with code ${code}; expected it to give a result`);
  return result;
};

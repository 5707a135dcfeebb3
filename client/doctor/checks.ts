import type { Check } from './check.ts';
import { clockCheck } from './clock.ts';
import { credentialsCheck } from './credentials.ts';
import { checkpointCheck, diskCheck, spoolCheck } from './kept-files.ts';
import { regionCheck } from './region.ts';
import { settingsCheck, stackCheck } from './settings-check.ts';
import { sourceCheck } from './source.ts';
import { streamCheck } from './stream.ts';

/** In their order: the clock is read off the answer of the stream. */
export const CHECKS: readonly Check[] = [
  settingsCheck,
  stackCheck,
  regionCheck,
  credentialsCheck,
  streamCheck,
  clockCheck,
  sourceCheck,
  spoolCheck,
  checkpointCheck,
  diskCheck,
];

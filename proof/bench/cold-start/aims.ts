import type { Aim } from '../aims.ts';
import type { ColdStartResult } from './run.ts';

export const aimsOfColdStart = ({ alone, ours }: ColdStartResult): Aim[] => [
  { name: 'cold start: the bundle without its source map, KB', found: ours.bytes / 1024, atMost: 400 },
  { name: 'cold start: loading it, to the bare DynamoDB client', found: ours.init / alone.init, atMost: 1.2 },
];

import { figure, kilobytes, table } from '../figures.ts';
import type { ColdStart, ColdStartResult } from './run.ts';

export const showColdStart = ({ rounds, alone, ours }: ColdStartResult): string[] => {
  const row = (name: string, { bytes, init, first, second }: ColdStart): string[] => [
    name,
    kilobytes(bytes),
    ...[init, first, second].map((milliseconds) => `${figure(milliseconds)} ms`),
  ];
  return [
    `A fresh process, median of ${rounds}`,
    ...table(
      ['', 'bundle', 'loaded in', 'first invocation', 'second'],
      [row('the bare DynamoDB client', alone), row('ours', ours)],
    ),
  ];
};

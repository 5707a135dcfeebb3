import { expect } from 'chai';
import { backlogOf } from '../../local/backlog.ts';
import { localStack } from '../../local/stack.ts';
import type { StackParameters } from '../../local/template/parameters.ts';

describe('the backlog of npm start', () => {
  const expected: [name: string, parameters: StackParameters, events: number][] = [
    ['is four batches', {}, 2_000],
    ['is a few requests of the client where batches are small', { BatchSize: 10 }, 1_000],
    [
      'grows with the batches that are filled at once',
      { ShardCount: 3, ParallelizationFactor: 2, BatchSize: 700 },
      16_800,
    ],
    ['is that of four shards on demand', { ShardCount: 0 }, 8_000],
  ];
  for (const [name, parameters, events] of expected)
    it(name, () => {
      expect(backlogOf(localStack(parameters))).to.equal(events);
    });
});

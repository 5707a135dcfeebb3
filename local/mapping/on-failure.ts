import { hash, randomUUID } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import type { FailedBatch, KeepFailedBatch } from './failed-batch.ts';
import { keepIn } from './failed-batch-folder.ts';

export interface OnFailureOptions {
  functionArn: string;
  streamArn: string;
  /** ARN of the bucket, as the template gives it. */
  destination: string | undefined;
  /** The folder that stands in for the bucket. */
  folder: string | undefined;
  onProblem: (message: string) => void;
  /** Milliseconds since 1970. */
  clock: Clock;
}

/** Keeps batches that are given up. As on AWS they are dropped where the template names no destination. */
export const onFailure = ({ destination, folder, onProblem, clock, ...arns }: OnFailureOptions): KeepFailedBatch => {
  const tell = ({ condition, records: { length } }: FailedBatch, end: string): void =>
    onProblem(`${length === 1 ? '1 record was' : `${length} records were`} given up (${condition}) ${end}`);
  if (folder === undefined || destination === undefined) {
    const reason = destination === undefined ? 'the template names no OnFailure destination' : 'no folder was given';
    return async (batch) => tell(batch, `and dropped: ${reason}`);
  }
  const mappingId = mappingIdOf(arns.functionArn, arns.streamArn);
  const keep = keepIn({ folder, mappingId, ...arns, clock, uuid: randomUUID });
  return async (batch) => {
    await keep(batch);
    tell(batch, 'and kept');
  };
};

/** On AWS a mapping keeps its UUID for life. Here it follows from the function and the stream. */
const mappingIdOf = (functionArn: string, streamArn: string): string => {
  const digest = hash('sha256', `${functionArn}\n${streamArn}`);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `8${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
};

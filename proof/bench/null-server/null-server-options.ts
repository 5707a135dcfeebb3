import type { ShardRate } from './shard-limit.ts';

/** How the null server answers. */
export interface NullServerOptions {
  /** How long each answer takes. Milliseconds; 0 is at once. @default 0 */
  latencyMs?: number;
  /** Which share, from 0 to 1, Kinesis refuses of the records and DynamoDB leaves unprocessed of the items. @default 0 */
  refusedShare?: number;
  /** Of the chance that decides which. @default 1 */
  seed?: number;
  /** Of every stream. @default 1 */
  shards?: number;
  /** What each shard takes. @default as much as comes */
  shardRate?: ShardRate;
}

/** What the null server has done so far. */
export interface Counters {
  requests: number;
  /** Bytes of the requests' bodies. */
  bytes: number;
  /** Of Kinesis: records taken, the bytes of those with their partition keys, and records refused. */
  records: number;
  recordBytes: number;
  refused: number;
  /** Of DynamoDB: taken, and left unprocessed. */
  items: number;
  unprocessed: number;
  /** Processor time of the server's process, of user and system together. Microseconds. */
  cpuMicros: number;
}

/** @throws {RangeError} that names every option that is out of range */
export const checkOptions = (
  options: NullServerOptions,
): Required<Omit<NullServerOptions, 'shardRate'>> & {
  shardRate?: ShardRate;
} => {
  const checked = { latencyMs: 0, refusedShare: 0, seed: 1, shards: 1, ...options };
  const { latencyMs, refusedShare, seed, shards, shardRate } = checked;
  const problems: string[] = [];
  if (!(latencyMs >= 0)) problems.push(`latencyMs is ${latencyMs}; expected 0 or more`);
  if (!(refusedShare >= 0 && refusedShare <= 1)) problems.push(`refusedShare is ${refusedShare}; expected 0 to 1`);
  if (!Number.isSafeInteger(seed)) problems.push(`seed is ${seed}; expected a whole number`);
  if (!(Number.isSafeInteger(shards) && shards > 0)) problems.push(`shards is ${shards}; expected 1, 2, 3, …`);
  for (const [name, rate] of Object.entries(shardRate ?? {}))
    if (!(rate > 0)) problems.push(`shardRate.${name} is ${rate}; expected more than 0`);
  if (problems.length > 0) throw new RangeError(problems.join('\n'));
  return checked;
};

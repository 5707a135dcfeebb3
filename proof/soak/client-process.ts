import { kinesisClient, putRecordsTo } from '../../aws/kinesis.ts';
import { localCredentials } from '../../aws/local-stack.ts';
import { monotonicClock, systemClock } from '../../aws/system-clock.ts';
import { deliver } from '../../client/delivery.ts';
import { processorNamed } from '../../processors/index.ts';

/** What a client is told, as JSON in its only argument. */
export interface ClientSettings {
  /** The name of the one whose shapes give the events their partition keys. */
  processor: string;
  file: string;
  checkpoint: string;
  spool: string;
  aggregate: boolean;
  patienceMs: number;
  endpoint: string;
  region: string;
  stream: string;
}

/** A process of its own, so that a soak can kill it: the client with a checkpoint and a spool. */
const { processor, endpoint, region, stream, ...settings }: ClientSettings = JSON.parse(process.argv[2]!);
process.once('disconnect', () => process.exit(1));

const kinesis = kinesisClient({ region, credentials: localCredentials(), endpoint });
const never = new AbortController().signal;
const { error, spoolError } = await deliver({
  settings: { ...settings, source: 'file', track: [], ordered: true },
  putRecords: putRecordsTo(kinesis, stream),
  clock: monotonicClock,
  wallClock: systemClock,
  shapes: processorNamed(processor).shapes,
  drain: never,
  stop: never,
});
kinesis.destroy();
const problems = [error, spoolError].flatMap((problem) => problem?.message ?? []);
if (problems.length > 0) {
  process.stderr.write(problems.join('; '));
  process.exitCode = 1;
}
process.removeAllListeners('disconnect');
process.disconnect?.();

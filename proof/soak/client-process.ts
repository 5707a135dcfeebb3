import { kinesisClient, putRecordsTo } from '../../aws/kinesis.ts';
import { localCredentials } from '../../aws/local-stack.ts';
import { monotonicClock, systemClock } from '../../aws/system-clock.ts';
import { type Delivered, deliver } from '../../client/delivery.ts';
import { processorNamed } from '../../processors/index.ts';
import { numberOf } from './events.ts';

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
  /** A live source that is read at the same time. */
  live?: LiveSettings;
}

export interface LiveSettings {
  url: string;
  /** The number of its last event. */
  last: number;
  checkpoint: string;
  spool: string;
}

/**
 * How long a small request may stay unanswered. Calls without an answer are one of the faults, and each holds up its partition keys and the
 * checkpoint for so long. Milliseconds.
 */
const REQUEST_MS = 1_500;

/** A process of its own, so that a soak can kill it: the client with a checkpoint and a spool. */
const { processor, endpoint, region, stream, live, ...settings }: ClientSettings = JSON.parse(process.argv[2]!);
process.once('disconnect', () => process.exit(1));

const kinesis = kinesisClient({ region, credentials: localCredentials(), endpoint });
/** A signal that nothing sets. Each delivery listens to its own. */
const never = (): AbortSignal => new AbortController().signal;
const common = {
  putRecords: putRecordsTo(kinesis, stream),
  clock: monotonicClock,
  calendar: systemClock,
  shapes: processorNamed(processor).shapes,
  requestMs: REQUEST_MS,
};
const deliverFile = (): Promise<Delivered> =>
  deliver({
    ...common,
    settings: { ...settings, source: 'file', track: [], ordered: true },
    drain: never(),
    stop: never(),
  });

/** A live source has no end: it is over once its last event was read. */
const deliverLive = ({ last, ...its }: LiveSettings): Promise<Delivered> => {
  const drain = new AbortController();
  return deliver({
    ...common,
    settings: { ...settings, ...its, source: 'wikimedia', track: [], ordered: true },
    drain: drain.signal,
    stop: never(),
    onRead: ({ data }) => {
      if (numberOf(Buffer.from(data).toString('latin1')) === last) drain.abort();
    },
  });
};

const delivered = await Promise.all([deliverFile(), ...(live ? [deliverLive(live)] : [])]);
kinesis.destroy();
const problems = delivered.flatMap(({ error, spoolError }) => [error, spoolError].flatMap((one) => one?.message ?? []));
if (problems.length > 0) {
  process.stderr.write(problems.join('; '));
  process.exitCode = 1;
}
process.removeAllListeners('disconnect');
process.disconnect?.();

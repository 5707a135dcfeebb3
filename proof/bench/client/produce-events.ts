import { kinesisClient, putRecordsTo } from '../../../aws/kinesis.ts';
import { monotonicClock } from '../../../aws/system-clock.ts';
import { type Outcome, type ProducerOptions, produce } from '../../../client/producer/producer.ts';
import { seeded } from '../../../core/random.ts';
import type { SourceEvent } from '../../../core/source-event.ts';

export const STREAM = 'bench-stream';

/** Any do: the null server does not check the signature that the SDK makes with them. */
const CREDENTIALS = { accessKeyId: 'bench', secretAccessKey: 'bench' };

export const clientAt = (endpoint: string): ReturnType<typeof kinesisClient> =>
  kinesisClient({ region: 'us-east-1', endpoint, credentials: CREDENTIALS });

/** Patience with a slow stream is what is measured here, not its end. Milliseconds. */
const PATIENCE = { firstMs: 60_000, ms: 60_000 };

/**
 * Puts the events on the stream as the client does: with its producer, its limits, and its SDK.
 *
 * @throws what the producer gave up for, or where an event was not sent
 */
export const produceEvents = async (
  events: Iterable<SourceEvent>,
  client: ReturnType<typeof kinesisClient>,
  options: Partial<Pick<ProducerOptions, 'aggregate' | 'ordered' | 'onOutcome'>> = {},
): Promise<void> => {
  const { onOutcome = () => {}, ...others } = options;
  let failed: Error | undefined;
  const never = new AbortController();
  const error = await produce(sourceOf(events), {
    putRecords: putRecordsTo(client, STREAM),
    onOutcome: (outcome: Outcome) => {
      if (outcome.status === 'failed') failed = outcome.error;
      onOutcome(outcome);
    },
    stopSource: () => {},
    signal: never.signal,
    patience: PATIENCE,
    clock: { ...monotonicClock, random: seeded(1) },
    ...others,
  });
  if (error ?? failed) throw error ?? failed;
};

async function* sourceOf(events: Iterable<SourceEvent>): AsyncGenerator<SourceEvent> {
  // Not `yield*`, which makes promises of its own for each event.
  for (const event of events) yield event;
}

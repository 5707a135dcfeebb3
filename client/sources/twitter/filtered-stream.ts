import { LineTooLongError, linesOf } from '../../../core/lines.ts';
import type { SourceEvent } from '../../../core/source-event.ts';
import { bytesOf } from '../body.ts';
import { RecentIds } from '../recent-ids.ts';
import type { SourceContext } from '../source.ts';
import type { Connection } from './connection.ts';
import { ConnectionEndedError } from './failure.ts';
import type { Retry } from './retry.ts';
import { messageOf } from './stream-message.ts';

/** Far more than any tweet has; a line that exceeds it is not one. Bytes. */
export const MAX_LINE_BYTES = 4 * 1024 * 1024;

/** After a reconnect X repeats some of the last tweets. */
const REMEMBERED_IDS = 1_000;

export interface FilteredStreamOptions extends SourceContext {
  connect: () => Promise<Connection>;
  retry: Retry;
  /** Milliseconds; only differences matter. */
  now: () => number;
  /** How long X may send nothing; it sends an empty line every 20 s. Milliseconds. */
  idleMs: number;
  /** How long a connection must last for the next failure to count as the first. Milliseconds. */
  healthyMs: number;
}

/**
 * The tweets of a filtered stream, each once, over as many connections as it takes.
 *
 * @throws what `retry` throws: a final failure, or the reason of an abort
 */
export async function* filteredStream(options: FilteredStreamOptions): AsyncGenerator<SourceEvent, never> {
  const { connect, retry, now, healthyMs, note } = options;
  const seen = new RecentIds(REMEMBERED_IDS);
  for (;;) {
    let connectedAt = Number.POSITIVE_INFINITY;
    try {
      const connection = await connect();
      connectedAt = now();
      note({ kind: 'connected', message: 'connected to the filtered stream of X' });
      try {
        yield* tweetsOf(connection, seen, options);
      } finally {
        connection.close();
      }
    } catch (error) {
      if (error instanceof LineTooLongError) note({ kind: 'problem', message: `X sent ${error.message}` });
      if (now() - connectedAt >= healthyMs) retry.succeeded();
      await retry.after(error);
    }
  }
}

/** The tweets of one connection, until it ends. @throws {ConnectionEndedError | LineTooLongError} in the end, always */
async function* tweetsOf(
  { body }: Connection,
  seen: RecentIds,
  { signal, note, idleMs }: FilteredStreamOptions,
): AsyncGenerator<SourceEvent, never> {
  const toError = (found: string, options?: ErrorOptions) => new ConnectionEndedError(found, options);
  for await (const line of linesOf(bytesOf(body, { idleMs, sender: 'X', toError }), MAX_LINE_BYTES)) {
    signal.throwIfAborted();
    const message = messageOf(line);
    if (message.kind === 'keep-alive') continue;
    if (message.kind !== 'tweet') {
      const { kind, message: said } = message;
      note({ kind: kind === 'notice' ? 'notice' : 'problem', message: said });
      if (kind === 'refused') throw new ConnectionEndedError('X refused the connection', { kind: 'limited' });
    } else if (seen.add(message.id)) {
      yield message.event;
    } else {
      note({ kind: 'repeat', message: `X repeated the tweet ${message.id}` });
    }
  }
  throw new ConnectionEndedError('X closed the connection');
}

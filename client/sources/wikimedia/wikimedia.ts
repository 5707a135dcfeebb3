import { UsageError } from '../../../cli/usage-error.ts';
import { defined } from '../../../core/defined.ts';
import { reconnecting } from '../reconnecting.ts';
import { leavable, type Source, type SourceContext } from '../source.ts';
import { changeReader } from './recent-changes.ts';

export interface WikimediaOptions {
  /** The stream of another server. @default that of all wikis of Wikimedia */
  url?: string;
  /** The id of the event where an earlier run ended. */
  from?: string;
  /** Whom the operators of Wikimedia may write to, such as a mail address. */
  contact?: string;
  /**
   * How long Wikimedia may send nothing before the connection counts as lost. Wikimedia sends nothing to keep a quiet connection
   * open, but this stream is never quiet: all wikis together change several times a second. Milliseconds.
   *
   * @default 30 s
   */
  idleMs?: number;
  /** How long Wikimedia may take to answer. Milliseconds. @default 15 s */
  handshakeMs?: number;
}

/** https://stream.wikimedia.org/?doc */
const RECENT_CHANGES = 'https://stream.wikimedia.org/v2/stream/recentchange';

/**
 * The source `wikimedia`: every edit of Wikipedia and the other wikis, as Wikimedia's EventStreams send it. Wikimedia ends
 * each connection after a quarter of an hour; the source goes on where it ended. It ends only by the signal, by its consumer
 * or by an error.
 *
 * @throws {UsageError} at once, for a URL that is not one of HTTP; while reading {SourceError}, where another try would not help
 */
export const wikimediaSource = (options: WikimediaOptions, context: SourceContext): Source => {
  const { url: given = RECENT_CHANGES, from, contact, idleMs = 30_000, handshakeMs = 15_000 } = options;
  const url = new URL(given);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new UsageError([
      `--url begins with "${url.protocol}"; expected "https:" or "http:", as in ${RECENT_CHANGES}`,
    ]);
  const settings = { url, idleMs, handshakeMs, ...defined({ from, contact }) };
  return leavable((inner) => reconnecting(changeReader({ ...inner, ...settings }), inner), context);
};

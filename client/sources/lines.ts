import type { Readable } from 'node:stream';
import { linesOf } from '../../core/lines.ts';
import { type SourceEvent, toSourceEvent } from '../../core/source-event.ts';
import type { SourceContext } from './source.ts';

/** The lines of a byte stream, each an event as it stands; blank lines are none. Destroys the stream when it ends. */
export async function* linesSource(input: Readable, { signal, note }: SourceContext): AsyncGenerator<SourceEvent> {
  const stop = () => input.destroy();
  signal.addEventListener('abort', stop);
  try {
    if (signal.aborted) return;
    for await (const line of linesOf(input)) {
      if (line.every(isSpace)) continue;
      const event = toSourceEvent(line);
      if (event === 'notice') note({ kind: 'notice', message: 'a notice of the v1.1 stream' });
      else yield event;
      if (signal.aborted) return;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    input.destroy();
  }
}

const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

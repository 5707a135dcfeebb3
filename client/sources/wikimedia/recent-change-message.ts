import { isObject, isText } from '../../../core/json.ts';
import { metaOf, recentChange } from '../../../core/shapes/recent-change.ts';
import { type SourceEvent, toSourceEvent } from '../../../core/source-event.ts';
import { parsed, saidIn } from './said.ts';

/** What an event of the stream is. */
export type Message =
  | { kind: 'change'; id: string; event: SourceEvent }
  /** Something else than a change. */
  | { kind: 'notice' | 'problem'; message: string };

/**
 * Tells what an event of the stream is.
 *
 * @param type the event's name; errors of the server have another than changes have
 */
export const messageOf = (type: string, data: Uint8Array): Message => {
  const json = parsed(data);
  const found = `Wikimedia sent an event of the type ${JSON.stringify(type.slice(0, 80))}`;
  if (type !== 'message' || !isObject(json) || !recentChange.matches(json))
    return { kind: 'problem', message: `${found} and ${data.length} bytes that is no recent change${saidIn(data)}` };
  const { id, domain, dt } = metaOf(json);
  // Sent into every stream from time to time, to show that it works.
  // https://wikitech.wikimedia.org/wiki/Event_Platform/EventStreams_HTTP_Service#Canary_events
  if (domain === 'canary') return { kind: 'notice', message: 'Wikimedia sent a canary event' };
  if (!isText(id))
    return { kind: 'problem', message: `Wikimedia sent a change of ${data.length} bytes without a meta.id` };
  const time = Date.parse(String(dt));
  return { kind: 'change', id, event: { ...toSourceEvent(data), ...(!Number.isNaN(time) && { time }) } };
};

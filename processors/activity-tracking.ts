/**
 * Tells what people do in apps: one Query for a user finds the activities in order, of those who consented, and only what was done
 * with what, for how long. The rollups count each activity and sum its seconds by the minute, and count each app's use by the day.
 */
import { defined } from '../core/defined.ts';
import { appIn, isConsented } from '../core/extractors/segment.ts';
import { fieldOf, isNumber, isText, type JsonValue } from '../core/json.ts';
import { keyOfId } from '../core/key-text.ts';
import { lazyExpression } from '../core/lazy-expression.ts';
import { lowerCase } from '../core/lower-case.ts';
import type { Processor } from '../core/processor.ts';
import { invalid } from '../core/refuse.ts';
import { segmentCall } from '../core/shapes/segment-call.ts';
import type { Shape } from '../core/shapes/shape.ts';
import { fromRfc3339, iso, rfc3339 } from '../core/timestamp.ts';

const activity: Shape = {
  name: 'an activity (messageId, event)',
  matches: (json) => 'messageId' in json && ('event' in json || json.type === 'page' || json.type === 'screen'),
  partitionKey: segmentCall.partitionKey,
  toRow: ({ type = '', event = type, name = '', properties, ...json }) => {
    const [at, done] = [fromRfc3339('originalTimestamp', json.originalTimestamp ?? json.timestamp), spelled(event)];
    const [title = name, seconds, ms] = ['title', 'seconds', 'milliseconds'].map((key) => fieldOf(properties, key));
    const spent = isNumber(ms) ? Number(ms) / 1_000 : isNumber(seconds) && Number(seconds);
    return {
      Username: keyOfId('anonymousId', json.userId, json.anonymousId),
      // A Query sorts by the clock of the device, since that is the same when an activity is sent again.
      Id: `${at} ${keyOfId('messageId', json.messageId)}`,
      Timestamp: corrected(at, rfc3339(json.sentAt), rfc3339(json.receivedAt)),
      Type: done,
      Message: isText(title) ? `${done}: ${title}` : done,
      Data: { app: appIn(json), ...(spent !== false && spent >= 0 && spent <= 86_400 && { seconds: spent }) },
      Attributes: { consent: isConsented(json) },
    };
  },
};

/** Teams write songPlayed, song_played and "Song Played". Only a capital parts the words of PDFOpened, openedURLs and mp3Played. */
const JOINT = lazyExpression(String.raw`(?<=\p{Ll})(?=\p{Lu})|(?<=[\p{Lu}\p{N}])(?=\p{Lu}\p{Ll}{2})`, 'gu');
const spelled = (event: JsonValue | undefined): string =>
  (isText(event) ? lowerCase(event.replace(JOINT(), ' ')).match(/[^\s_-]+/g) : null)?.join(' ') ??
  invalid('event', event, 'the name of an activity');

/** The clock of a device may be wrong by years. What it showed when it sent tells by how much. */
const corrected = (at: string, sentAt = '', receivedAt = ''): string => {
  const wrongBy = Date.parse(sentAt) - Date.parse(receivedAt);
  return (Math.abs(wrongBy) > 60_000 && iso(Date.parse(at) - wrongBy)) || at;
};

type Done = { app: string; seconds?: number };
const secondsOf = ({ seconds }: Done) => defined({ seconds });

export default {
  shapes: [activity, segmentCall], // Other calls of Segment tell who people are: without a consent they are dropped.
  process: ({ Attributes, ...row }) => (Attributes?.consent && row.Type !== 'heartbeat' ? row : undefined),
  rollups: [
    { name: 'activities', every: 'minute', of: ({ Type, Data }) => ({ group: Type, values: secondsOf(Data as Done) }) },
    { name: 'apps', every: 'day', of: ({ Data }) => ({ group: (Data as Done).app }) },
  ],
} satisfies Processor;

import { isObject, isPresent, isText, type JsonObject, type JsonValue } from '../json.ts';
import { iso } from '../timestamp.ts';
import type { Envelope } from './envelope.ts';
import { writtenEvents } from './written-events.ts';

/** The type of the events. */
const LOG_EVENT = 'aws.logs.event';

/**
 * What CloudWatch Logs puts on a stream for a subscription, inside of gzip: the log events of a log stream, each of which becomes a
 * CloudEvent, or a control message, which is a notice. So is one of which somebody took all of them out.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
 */
export const logSubscription: Envelope = (bytes) => {
  const message = bytes.object;
  if (!message || !Array.isArray(message.logEvents)) return undefined;
  if (message.messageType === 'CONTROL_MESSAGE') return { events: [], notices: 1 };
  if (message.messageType !== 'DATA_MESSAGE') return undefined;
  if (message.logEvents.length === 0) return { events: [], notices: 1 };
  return { events: writtenEvents([{ parts: message.logEvents, write: ownOf, shared: sharedOf(message) }]), notices: 0 };
};

/** Attributes of a CloudEvent that the message has for all of its log events. */
const sharedOf = ({ owner = null, logGroup = null, logStream = null }: JsonObject): JsonObject => ({
  specversion: '1.0',
  source: [logGroup, logStream].filter(isText).join('/'),
  type: LOG_EVENT,
  account: owner,
  loggroup: logGroup,
  logstream: logStream,
});

/** Those of one log event. */
const ownOf = (logEvent: JsonValue): JsonObject => {
  const { id = null, timestamp = null, message = null, ...others }: JsonObject = isObject(logEvent) ? logEvent : {};
  return {
    id,
    // What is not a time is for the shape to refuse.
    ...(isPresent(timestamp) && { time: (typeof timestamp === 'number' && iso(timestamp)) || timestamp }),
    ...others,
    data: message,
  };
};

import { isText, type JsonObject } from '../json.ts';
import { idText, keyText } from '../key-text.ts';
import { timeIn } from '../timestamp.ts';
import type { Shape } from './shape.ts';

/**
 * A call of Segment, or of another service with the same calls, such as RudderStack: what a person did, saw, or is.
 * https://www.twilio.com/docs/segment/connections/spec/common
 */
export const segmentCall: Shape = {
  name: 'a call of Segment (messageId, type)',
  matches: (json) =>
    isText(json.messageId) &&
    (json.type === 'track' ? isText(json.event) : CALLS.has(json.type)) &&
    userOf(json) !== undefined,
  partitionKey: (json) => userOf(json),
  toRow: (json, { arrivedAt }) => ({
    Username: keyText('userId', userOf(json)),
    // The same each time that it is sent, unlike `sentAt` and `receivedAt`.
    Id: keyText('messageId', json.messageId),
    // The first is corrected for a wrong clock.
    Timestamp: timeIn(json.timestamp) ?? timeIn(json.originalTimestamp) ?? arrivedAt,
    Type: `segment.${json.type}`,
    Data: json,
  }),
};

const CALLS: ReadonlySet<unknown> = new Set(['identify', 'page', 'screen', 'group', 'alias']);

/** Anyone who signed in is a user, anyone else a device. */
const userOf = ({ userId, anonymousId }: JsonObject): string | undefined =>
  [userId, anonymousId].map(idText).find(isText);

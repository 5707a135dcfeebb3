import { isPresent, isText } from '../json.ts';
import { keyText } from '../key-text.ts';
import { invalid } from '../refuse.ts';
import { fromRfc3339 } from '../timestamp.ts';
import type { Shape } from './shape.ts';

/**
 * An event of EventBridge, as a rule or a pipe puts it on a stream.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
 */
export const eventBridgeEvent: Shape = {
  name: 'an event of EventBridge (detail-type)',
  matches: (json) => 'detail-type' in json && 'detail' in json && 'source' in json,
  partitionKey: ({ id }) => (isText(id) ? id : undefined),
  toRow: (json, { arrivedAt, hash }) => {
    const { id, source, 'detail-type': type, time, detail, ...others } = json;
    if (!isText(type)) invalid('detail-type', type, 'a text that is not empty');
    return {
      Username: keyText('source', source),
      // An input template of a rule may leave it out.
      Id: isPresent(id) ? keyText('id', id) : hash(),
      Timestamp: isPresent(time) ? fromRfc3339('time', time) : arrivedAt,
      Type: type,
      ...(isPresent(detail) && { Data: detail }),
      Attributes: others,
    };
  },
};

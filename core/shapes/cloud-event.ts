import type { EventData } from '../event-data.ts';
import { isPresent, isText, type JsonObject } from '../json.ts';
import { keyText } from '../key-text.ts';
import { invalid } from '../refuse.ts';
import { fromRfc3339 } from '../timestamp.ts';
import type { Shape } from './shape.ts';

/**
 * CloudEvents 1.0, the neutral envelope for events of any kind, and 0.3, which differs in how it holds bytes.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 * https://github.com/cloudevents/spec/blob/v0.3/spec.md#datacontentencoding
 */
export const cloudEvent: Shape = {
  name: 'a CloudEvent (specversion)',
  matches: (json) => 'specversion' in json,
  partitionKey: ({ partitionkey, subject, id }) => [partitionkey, subject, id].find(isText),
  toRow: (json, { arrivedAt }) => {
    const { specversion, id, source, type, subject, time, data, data_base64, ...others } = json;
    if (specversion !== '1.0' && specversion !== '0.3') invalid('specversion', specversion, 'the text 1.0 or 0.3');
    const identity = { id: keyText('id', id), source: keyText('source', source) };
    if (!isText(type)) invalid('type', type, 'a text that is not empty');
    const username = isText(subject) ? subject : identity.source;
    const isEncoded = specversion === '0.3' && others.datacontentencoding === 'base64';
    const attributes: JsonObject = { ...(username !== identity.source && { source: identity.source }), ...others };
    return {
      Username: username,
      Id: idIn(username, identity),
      Timestamp: isPresent(time) ? fromRfc3339('time', time) : arrivedAt,
      Type: type,
      ...(isEncoded && isPresent(data) ? { Data: bytesOf('data', data) } : bodyOf(data, data_base64)),
      ...(Object.keys(attributes).length > 0 && { Attributes: attributes }),
    };
  },
};

/**
 * An event is named by its source and its id together. Below a Username that is the source, the id is enough. Otherwise the source
 * comes first, and a space ends it, since a URI has none. So an Id with a space always begins with a source.
 */
const idIn = (username: string, { source, id }: { source: string; id: string }): string =>
  username === source && !id.includes(' ') ? id : `${source.replaceAll(' ', '%20')} ${id}`;

/** Text is the message, anything else is data; `data_base64` is bytes. */
const bodyOf = (data: JsonObject[string] | undefined, base64: unknown): Pick<EventData, 'Message' | 'Data'> => {
  if (typeof data === 'string') return { Message: data };
  if (isPresent(data)) return { Data: data };
  return isPresent(base64) ? { Data: bytesOf('data_base64', base64) } : {};
};

const bytesOf = (field: string, base64: unknown): Uint8Array => {
  if (typeof base64 !== 'string' || base64.length % 4 !== 0) return invalid(field, base64, 'base64');
  const bytes = Buffer.from(base64, 'base64');
  // Node skips what is not base64, and takes the alphabet of URLs as well.
  if (bytes.length !== Buffer.byteLength(base64, 'base64') || /[-_]/.test(base64)) invalid(field, base64, 'base64');
  return bytes;
};

import { parseJson } from '../../../core/event-bytes.ts';
import { isObject, isText, type JsonValue } from '../../../core/json.ts';

/** Characters of an answer that a message repeats. */
const MAX_SAID = 300;

/** The JSON value in `data`; nothing where it is none. */
export const parsed = (data: Uint8Array): JsonValue | undefined => {
  try {
    return parseJson(data);
  } catch {
    return undefined;
  }
};

/** What an error of Wikimedia says about itself, in brackets and quotes; '' where it says nothing, or is a page for people. */
export const saidIn = (data: Uint8Array): string => {
  const json = parsed(data);
  if (!isObject(json)) return '';
  const said = [json.title, json.detail, json.message].filter(isText).join(': ');
  // In quotes, as what another machine sent may hold anything that a terminal obeys.
  return said === '' ? '' : ` (${JSON.stringify(said.slice(0, MAX_SAID).toWellFormed())})`;
};

import type { EventData } from './event-data.ts';
import { InvalidEventError } from './invalid-event.ts';
import { isText, type JsonValue, kindOf } from './json.ts';

/**
 * The first of the candidates that can be a part of a row's key.
 *
 * @param field the name of the last of them, for the message
 * @throws {InvalidEventError} KeyMissing
 */
export const keyText = (field: string, ...candidates: (JsonValue | undefined)[]): string => {
  const found = candidates.find(isText);
  if (found !== undefined) return found;
  throw new InvalidEventError(
    'KeyMissing',
    `${field} is ${kindOf(candidates.at(-1))}; expected a text that is not empty`,
  );
};

/** Whose a row is. A wrapped line has its own id as its Username; it is of its source, the host and the path of the log. */
export const ownerOf = ({ Username, Id, Attributes }: EventData): string =>
  isText(Attributes?.source) && Id === `${Attributes.source} ${Username}` ? Attributes.source : Username;

import type { EventData } from './event-data.ts';
import { isNumber, isText, type JsonValue } from './json.ts';
import { missing } from './refuse.ts';

/**
 * The first of the candidates that can be a part of a row's key.
 *
 * @param field the name of the last of them, for the message
 * @throws {InvalidEventError} KeyMissing
 */
export const keyText = (field: string, ...candidates: (JsonValue | undefined)[]): string =>
  candidates.find(isText) ?? missing(field, candidates.at(-1), 'a text that is not empty');

/** The same of ids, which may be numbers as well: the first that is a text or a number. @throws as {@link keyText} */
export const keyOfId = (field: string, ...ids: (JsonValue | undefined)[]): string =>
  ids.map(idText).find(isText) ?? missing(field, ids.at(-1), 'a text that is not empty, or a number');

/** The text of an id that is a text or a number, with all of its digits; `undefined` for everything else. */
export const idText = (id: JsonValue | undefined): string | undefined =>
  isText(id) || isNumber(id) ? String(id) : undefined;

/** A text as one word of several, in quotes where it has a space: "a" and "b c" are not "a b" and "c". */
export const oneWord = (text: string): string => (/[ "]/.test(text) ? JSON.stringify(text) : text);

/** Whose a row is. A wrapped line has its own id as its Username; it is of its source, the host and the path of the log. */
export const ownerOf = ({ Username, Id, Attributes }: EventData): string =>
  isText(Attributes?.source) && Id === `${Attributes.source} ${Username}` ? Attributes.source : Username;

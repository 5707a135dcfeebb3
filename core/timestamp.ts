import { InvalidEventError } from './invalid-event.ts';
import { shown } from './json.ts';

const V1 = /^[A-Z][a-z]{2} [A-Z][a-z]{2} \d{2} \d{2}:\d{2}:\d{2} [+-]\d{4} \d{4}$/;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const MILLISECONDS = /^\d{1,16}$/;

const iso = (field: string, found: unknown, expected: string, millis: number): string => {
  if (Number.isNaN(new Date(millis).getTime()))
    throw new InvalidEventError('FieldInvalid', `${field} is ${shown(found)}; expected ${expected}`);
  return new Date(millis).toISOString();
};

/** ISO 8601 in UTC from the date of the v1.1 API, as in `Sun Aug 31 00:29:15 +0000 2014`. */
export const fromV1Date = (field: string, found: unknown): string =>
  iso(
    field,
    found,
    'a date like "Sun Aug 31 00:29:15 +0000 2014"',
    V1.test(String(found)) ? Date.parse(String(found)) : Number.NaN,
  );

/** ISO 8601 in UTC from milliseconds since 1970, a number or a string of digits. */
export const fromMilliseconds = (field: string, found: unknown): string =>
  iso(field, found, 'milliseconds since 1970', MILLISECONDS.test(String(found)) ? Number(found) : Number.NaN);

/** ISO 8601 in UTC from an RFC 3339 timestamp. */
export const fromRfc3339 = (field: string, found: unknown): string =>
  iso(
    field,
    found,
    'an RFC 3339 time like "2026-11-20T12:00:00Z"',
    RFC_3339.test(String(found)) ? Date.parse(String(found).toUpperCase().replace(' ', 'T')) : Number.NaN,
  );

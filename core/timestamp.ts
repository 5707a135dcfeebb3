import { type JsonValue, scalarText } from './json.ts';
import { invalid } from './refuse.ts';

/**
 * Many loggers write an offset without its colon, or a comma before the fraction, as ISO 8601 allows. Databases write ` UTC`, or the hours
 * of an offset only. Java leaves out seconds that are 0, and writes the name of the zone behind: https://www.rfc-editor.org/rfc/rfc9557
 */
const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,30}))?)?(?:[Zz]| (?:UTC|GMT)| ?([+-])(\d\d)(?::?(\d\d))?)(?:\[[\w!+/=-]{1,64}\]){0,9}$/;
const V1 = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d) (\d{4})$/;
const WEB_SERVER = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4})[: ](.+)$/;
const DIGITS = /^\d{1,16}$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Years have four digits, so that times sort as text. Milliseconds since 1970. */
export const TIME_RANGE = { from: Date.parse('0000-01-01T00:00:00Z'), to: Date.parse('9999-12-31T23:59:59.999Z') };

/** ISO 8601 in UTC from an RFC 3339 timestamp. @throws {InvalidEventError} FieldInvalid */
export const fromRfc3339 = (field: string, found: unknown): string =>
  rfc3339(found) ?? invalid(field, found, 'an RFC 3339 time like "2026-11-20T12:00:00Z"');

/** ISO 8601 in UTC from an RFC 3339 timestamp; `undefined` for everything else. */
export const rfc3339 = (found: unknown): string | undefined => {
  const parts = typeof found === 'string' ? RFC_3339.exec(found) : null;
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second = '00', fraction = '', sign = '+', hours = '00', minutes = '00'] =
    parts;
  return fromParts({ year, month, day, hour, minute, second, fraction, sign, hours, minutes });
};

/** ISO 8601 in UTC from the date of the v1.1 API, as in `Sun Aug 31 00:29:15 +0000 2014`. @throws as {@link fromRfc3339} */
export const fromV1Date = (field: string, found: unknown): string => {
  const parts = typeof found === 'string' ? V1.exec(found) : null;
  const [, name = '', day, hour, minute, second, sign, hours, minutes, year] = parts ?? [];
  const month = monthOf(name);
  const time = parts && fromParts({ year, month, day, hour, minute, second, fraction: '', sign, hours, minutes });
  return time ?? invalid(field, found, 'a date like "Sun Aug 31 00:29:15 +0000 2014"');
};

/** `01` of `Jan`. Of what is no month it is `00`, which no date has. */
const monthOf = (name: string): string => String(MONTHS.indexOf(name) + 1).padStart(2, '0');

/** ISO 8601 in UTC from the time of a web server, such as `20/Nov/2026:12:00:00 +0000`; `undefined` for everything else. */
export const fromWebServer = (found: string): string | undefined => {
  const [, day, month = '', year, clock] = WEB_SERVER.exec(found) ?? [];
  return day && rfc3339(`${year}-${monthOf(month)}-${day}T${clock}`);
};

/** ISO 8601 in UTC from milliseconds since 1970, a number or a string of digits. @throws as {@link fromRfc3339} */
export const fromMilliseconds = (field: string, found: unknown): string => {
  const digits = typeof found === 'string' ? found : typeof found === 'number' ? String(found) : '';
  return (DIGITS.test(digits) && iso(Number(digits))) || invalid(field, found, 'milliseconds since 1970');
};

/** ISO 8601 in UTC from what {@link timeIn} takes. @throws as {@link fromRfc3339} */
export const fromTime = (field: string, found: JsonValue | undefined): string =>
  timeIn(found) ?? invalid(field, found, 'an RFC 3339 time like "2026-11-20T12:00:00Z", or one such as 1795176000');

/**
 * ISO 8601 in UTC from an RFC 3339 timestamp, or from a number or a text that counts seconds, milliseconds, microseconds or nanoseconds
 * from 1970. How many digits it has says which, for times from 1973 to 2286, and of nanoseconds from 2001: what has 18 digits are the ticks of
 * Windows or .NET, from other years on. Nine digits and a fraction are seconds from 2001, as Swift writes a Date where nobody says otherwise:
 * https://developer.apple.com/documentation/foundation/jsonencoder/dateencodingstrategy. `undefined` for everything else, such as
 * `20261120120000`.
 */
export const timeIn = (found: JsonValue | undefined): string | undefined => {
  const [, whole = '', fraction = ''] = EPOCH.exec(scalarText(found) ?? '') ?? [];
  if (whole === '') return rfc3339(found);
  // Milliseconds have three digits more than seconds: 12, or 13 since 2001.
  const milliseconds = Number(`${whole}${fraction}000`.slice(0, 12 + (whole.length % 3)));
  return iso(whole.length === 9 && Number(fraction) > 0 ? milliseconds + IN_2001 : milliseconds);
};

const IN_2001 = Date.parse('2001-01-01T00:00:00Z');

const EPOCH = /^(\d{9,10}|\d{12,13}|\d{15,16}|\d{19})(?:\.(\d+))?$/;

/** ISO 8601 in UTC from microseconds since 1970, a number. @throws as {@link fromRfc3339} */
export const fromMicroseconds = (field: string, found: unknown): string =>
  (typeof found === 'number' && found >= 0 && iso(Math.floor(found / 1_000))) ||
  invalid(field, found, 'microseconds since 1970');

/** Whether it is ISO 8601 in UTC with milliseconds, as {@link iso} writes it. */
export const isIso = (found: unknown): found is string =>
  // A Date takes 30 February for 2 March, and 24:00 for the next day.
  typeof found === 'string' && (ON_A_DAY_OF_EVERY_MONTH.test(found) || iso(Date.parse(found)) === found);

/** Most times are told without a Date, which takes ten times as long. */
const ON_A_DAY_OF_EVERY_MONTH =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** ISO 8601 in UTC, where its year has four digits. */
export const iso = (milliseconds: number): string | undefined =>
  milliseconds >= TIME_RANGE.from && milliseconds <= TIME_RANGE.to ? new Date(milliseconds).toISOString() : undefined;

type Parts = Record<
  'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | 'sign' | 'hours' | 'minutes',
  string | undefined
>;

const fromParts = ({
  year,
  month,
  day,
  hour,
  minute,
  second,
  fraction,
  sign,
  hours,
  minutes,
}: Parts): string | undefined => {
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60 || Number(hours) > 23 || Number(minutes) > 59)
    return undefined;
  const milliseconds = `${fraction}000`.slice(0, 3);
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}Z`;
  if (hours === '00' && minutes === '00' && ON_A_DAY_OF_EVERY_MONTH.test(written)) return written;
  const local = new Date(`${year}-${month}-${day}T00:00:00.${milliseconds}Z`);
  // A Date takes 30 February for 2 March.
  if (local.getUTCDate() !== Number(day)) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60 : 60);
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second) - offset;
  const time = local.getTime() + seconds * 1_000;
  return second === '60' && !isAfterLeapSecond(new Date(time)) ? undefined : iso(time);
};

/** A leap second is the last of a month, in UTC. It is kept as the first second of the next. */
const isAfterLeapSecond = (time: Date): boolean =>
  time.getUTCDate() === 1 && time.getUTCHours() === 0 && time.getUTCMinutes() === 0 && time.getUTCSeconds() === 0;

/** A wait further away than this comes from a wrong clock. Milliseconds. */
const MAX_RETRY_AFTER_MS = 60 * 60_000;

/**
 * Milliseconds to wait as the header Retry-After has it, in seconds or as a date; nothing where it has neither.
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 *
 * @param now milliseconds since 1970
 */
export const retryAfter = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
};

/** `1,234,567`, in every locale. */
export const number = (value: number): string => value.toLocaleString('en-US');

/** The same for a decimal of any length, of which every digit stays: `-1,234.5678`. */
export const withCommas = (decimal: string): string =>
  decimal.replace(/\d+/, (whole) => BigInt(whole).toLocaleString('en-US'));

/** `1 event`, `2 events`. */
export const count = (value: number, one: string): string => `${number(value)} ${one}${value === 1 ? '' : 's'}`;

/** `0.4 s`, `12 s`, `3 min`, `5 h`. A negative duration, from clocks that disagree, counts as 0. */
export const duration = (ms: number): string => {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 119.5) return `${Math.round(seconds)} s`;
  const minutes = seconds / 60;
  return minutes < 119.5 ? `${Math.round(minutes)} min` : `${number(Math.round(minutes / 60))} h`;
};

/** Events a second, rounded to a tenth. */
export const rateOf = (events: number, seconds: number): number =>
  seconds > 0 ? Math.round((events / seconds) * 10) / 10 : 0;

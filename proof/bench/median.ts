/** The middle one of the values. */
export const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** `0.93`, the first as a share of the second. */
export const ratio = (value: number, of: number): string => (value / of).toFixed(2);

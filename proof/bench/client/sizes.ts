/** The events that clients are measured with. */
export const SIZES = [
  { size: 'tweet', name: 'tweets of 2 to 4 KB' },
  { size: 'small', name: 'events of 200 bytes' },
] as const;

export type ClientSize = (typeof SIZES)[number]['size'];

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * A value of DynamoDB as JSON can hold it. Bytes become text where they are UTF-8, as most payloads are, and base64 otherwise.
 * Sets become lists, large integers become texts of digits.
 */
export const asShown = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return textOf(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Set) return [...value].map(asShown);
  if (Array.isArray(value)) return value.map(asShown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asShown(inner)]));
};

const textOf = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('base64');
  }
};

/** A number for people: whole from 100 on, otherwise with the digits that matter. */
export const amount = (value: number): string =>
  Math.abs(value) >= 100
    ? value.toLocaleString('en-US', { maximumFractionDigits: 2 })
    : value.toLocaleString('en-US', { maximumSignificantDigits: 6 });

export const dollars = (value: number): string =>
  `$${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

/** A word with its number: `1 shard`, `2 shards`. */
export const count = (value: number, word: string): string => `${amount(value)} ${word}${value === 1 ? '' : 's'}`;

/** Rows in aligned columns. Columns whose names begin with `>` are aligned to the right. */
export const columns = (names: readonly string[], rows: readonly (readonly string[])[]): string[] => {
  const headings = names.map((name) => name.replace('>', ''));
  const widths = headings.map((name, index) => Math.max(name.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((text, index) =>
        names[index]?.startsWith('>') ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [...(headings.some((name) => name !== '') ? [line(headings)] : []), ...rows.map(line)];
};

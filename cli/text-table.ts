import stringWidth from 'string-width';

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The text on one line and in at most so many columns of a terminal, where emoji and CJK take two. */
export const clipped = (text: string, columns: number): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  if (stringWidth(line) <= columns) return line;
  let cut = '';
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(line)) {
    width += stringWidth(segment);
    if (width > columns - 1) break;
    cut += segment;
  }
  return `${cut}…`;
};

/** First strong isolate and its end: a right-to-left text must not turn the columns beside it around. */
const isolated = (text: string): string => `\u2068${text}\u2069`;

const RIGHT_TO_LEFT = /\p{Script=Arabic}|\p{Script=Hebrew}|\p{Script=Thaana}|\p{Script=Syriac}/u;

/** Rows in aligned columns under their headings. Columns are as wide as their widest text, at most as wide as given. */
export const textTable = (
  headings: readonly { name: string; columns: number }[],
  rows: readonly (readonly string[])[],
): string[] => {
  const cells = rows.map((row) => row.map((text, index) => clipped(text, headings[index]?.columns ?? 0)));
  const widths = headings.map(({ name }, index) =>
    Math.max(stringWidth(name), ...cells.map((row) => stringWidth(row[index] ?? ''))),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((text, index) => {
        const padding = ' '.repeat((widths[index] ?? 0) - stringWidth(text));
        return (RIGHT_TO_LEFT.test(text) ? isolated(text) : text) + padding;
      })
      .join('  ')
      .trimEnd();
  return [line(headings.map(({ name }) => name)), line(widths.map((width) => '─'.repeat(width))), ...cells.map(line)];
};

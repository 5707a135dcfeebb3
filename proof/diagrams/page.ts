/**
 * A page of Markdown, with other content in its first block of a language.
 *
 * @param content ends with a line end
 * @throws where the page has no such block
 */
export const withBlock = (page: string, language: string, content: string): string => {
  const block = new RegExp(`\\n\`\`\`${language}\\n[\\s\\S]*?\`\`\`\\n`);
  if (!block.test(page)) throw new Error(`the page has no block of ${language}; expected one`);
  return page.replace(block, () => `\n\`\`\`${language}\n${content}\`\`\`\n`);
};

/** The counts of a run, from what `npm start` prints: its headline until the last outcome of an event. */
export const countsIn = (output: string): string => {
  const lines = output.split('\n');
  const first = lines.findIndex((line) => /^[\d,]{1,20} events through /.test(line));
  const end = lines.findIndex((line, at) => at > first + 1 && !/^ {2}\w/.test(line));
  const counts = `${lines.slice(first, end).join('\n')}\n`;
  if (first === -1 || end === -1) throw new Error(`expected the report of a run; found ${JSON.stringify(output)}`);
  return counts;
};

/** How long a run takes is another figure each time. */
export const withoutSeconds = (report: string): string => report.replace(/(?<![\d.])[\d.]{1,20} s\b/, '… s');

import { createReadStream } from 'node:fs';
import { relative } from 'node:path';
import { systemClocks } from '../../aws/command-clocks.ts';
import { type Call, command } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit-code.ts';
import { linesIn } from '../../client/sources/file/file.ts';
import { type LineEvent, linesSource } from '../../client/sources/file/lines.ts';
import { defined } from '../../core/defined.ts';
import { printable } from '../../core/printable.ts';
import { toSourceEvent } from '../../core/source-event.ts';
import { expectedOf } from '../../local/expected.ts';
import { asStored } from './stored.ts';
import { tellingOf } from './telling-processor.ts';
import { readTryOptions, TRY_HELP, type TryOptions } from './try-options.ts';
import { TryReport, toJson, toLines } from './try-report.ts';

/** The events of the file, each with the number of its line. */
async function* linesOf(
  { file, key, processor: { shapes } }: TryOptions,
  name: string,
  stdin: Call['stdin'],
): AsyncGenerator<{ line: number; event: LineEvent }> {
  const { signal } = new AbortController();
  const numbers: number[] = [];
  const events = linesSource(
    linesIn(
      file === '-' ? stdin() : createReadStream(file),
      signal,
      defined({ path: file === '-' ? undefined : file }),
    ),
    signal,
    {
      name,
      toEvent: (data, { number }) => {
        numbers.push(number);
        return toSourceEvent(data, undefined, { shapes, ...defined({ key }) });
      },
    },
  );
  for await (const batch of events) for (const event of batch) yield { line: numbers.shift()!, event };
}

const main = async ({ argv, stdin, stdout, stderr, clocks = systemClocks }: Call): Promise<number> => {
  const report = new TryReport();
  const given = readTryOptions(argv);
  const options = { ...given, processor: tellingOf(given.processor, report) };
  const arrivedAt = new Date(clocks.calendar.now());
  const from = options.file === '-' ? 'standard input' : relative(process.cwd(), options.file) || '.';
  for await (const { line, event } of linesOf(options, from, stdin)) {
    report.line(event);
    for (const { index, fate, isSteady } of expectedOf([event], arrivedAt, options.processor)) {
      const expected = { index, fate: asStored(fate), isSteady };
      report.add(line, expected);
      // In JSON, too, only texts hold what is escaped.
      const shown = options.json ? [printable(toJson(line, expected))] : toLines(line, expected);
      for (const each of shown) stdout.write(`${each}\n`);
    }
  }
  const output = options.json ? stderr : stdout;
  output.write(`\n${report.summary(options.name, printable(from)).join('\n')}\n`);
  return EXIT.ok;
};

export default command(main, 'npm run try -- --help', TRY_HELP, import.meta.url);

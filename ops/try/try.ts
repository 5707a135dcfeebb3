import { createReadStream, statSync } from 'node:fs';
import { relative } from 'node:path';
import { systemClocks } from '../../aws/command-clocks.ts';
import { type Call, command } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit-code.ts';
import { linesIn } from '../../client/sources/file/file.ts';
import { type LineEvent, linesSource } from '../../client/sources/file/lines.ts';
import { eventsOf } from '../../client/sources/open.ts';
import type { SourceContext } from '../../client/sources/source.ts';
import { printable } from '../../core/printable.ts';
import { expectedOf } from '../../local/expected.ts';
import { asStored } from './stored.ts';
import { tellingOf } from './telling-processor.ts';
import { readTryOptions, TRY_HELP, type TryOptions } from './try-options.ts';
import { TryReport, toJson, toLines } from './try-report.ts';

/** The events of the file, each with the number of its line. */
async function* linesOf(
  { file, fields, processor: { shapes } }: TryOptions,
  name: string,
  { stdin, calendar, note }: Pick<Call, 'stdin'> & Pick<SourceContext, 'calendar' | 'note'>,
): AsyncGenerator<{ line: number; event: LineEvent }> {
  const { signal } = new AbortController();
  const numbers: number[] = [];
  const { isWrapped, ofFile, ofPipe } = eventsOf(fields, { shapes, calendar, note });
  const [lines, toEvent] =
    file === '-'
      ? [linesIn(stdin(), signal, { isWrapped, note }), ofPipe(undefined)]
      : [
          linesIn(createReadStream(file), signal, { path: file, isWrapped, note }),
          ofFile(file, String(statSync(file, { bigint: true }).ino)),
        ];
  const events = linesSource(lines, signal, {
    name,
    toEvent: (data, place) => {
      numbers.push(place.number);
      return toEvent(data, place);
    },
  });
  for await (const batch of events) for (const event of batch) yield { line: numbers.shift()!, event };
}

const main = async ({ argv, stdin, stdout, stderr, clocks = systemClocks }: Call): Promise<number> => {
  const arrivedAt = new Date(clocks.calendar.now());
  // All of them come at that moment, also the lines of a pipe.
  const calendar = { now: () => arrivedAt.getTime() };
  const report = new TryReport(arrivedAt.toISOString());
  const given = readTryOptions(argv);
  const options = { ...given, processor: tellingOf(given.processor, report) };
  const note: SourceContext['note'] = ({ kind, message }) => {
    if (kind === 'problem') stderr.write(`${printable(message)}\n`);
  };
  const from = options.file === '-' ? 'standard input' : relative(process.cwd(), options.file) || '.';
  for await (const { line, event } of linesOf(options, from, { stdin, calendar, note })) {
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
  output.write(`\n${report.summary(options.name, printable(from), options.fields).join('\n')}\n`);
  return EXIT.ok;
};

export default command(main, 'npm run try -- --help', TRY_HELP, import.meta.url);

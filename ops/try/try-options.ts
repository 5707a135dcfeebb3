import { readFlags, switches, values } from '../../cli/flags.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { problemsOfFile } from '../../client/sources/file/file.ts';
import type { SourceSettings } from '../../client/sources/source-settings.ts';
import { defined } from '../../core/defined.ts';
import type { Processor } from '../../core/processor.ts';
import { bundledEventsOf } from '../../local/start-options.ts';
import { readProcessor } from '../../processors/index.ts';

export const TRY_HELP = `Prints what a processor makes of each event of a file. It starts nothing and stores nothing.

  npm run try -- --processor NAME [options]

  --processor NAME   the processor, a file of processors/                 [default default]
  --file PATH        the events, one JSON a line; - is standard input
                     [default events/NAME.ndjson of the processor NAME, or else events/tweets.ndjson]
  --key FIELD, --id FIELD, --time FIELD, --type FIELD, --wrap TYPE
                     make events of the lines, as for the client
  --json             prints one JSON object for each event; npm run --silent try -- … prints nothing else
  -h, --help         this text

The exit code is 0 whatever becomes of the events, 1 where the file cannot be read as lines, and 2 if the command was called
wrongly.
`;

export interface TryOptions {
  name: string;
  processor: Processor;
  /** A path, or `-`. */
  file: string;
  /** How lines become events. */
  fields: Pick<SourceSettings, (typeof FIELDS)[number]>;
  json: boolean;
}

const FIELDS = ['key', 'id', 'time', 'type', 'wrap'] as const;

/** @throws {UsageError} with every problem at once */
export const readTryOptions = (argv: readonly string[]): TryOptions => {
  const flags = readFlags(argv, {
    ...values('processor', 'file', ...FIELDS),
    ...switches('json'),
  });
  const { processor: name = 'default', key, id, time, type, wrap } = flags;
  const problems = (['file', ...FIELDS] as const).flatMap((flag) => (flags[flag] === '' ? [`--${flag} is empty`] : []));
  const processor = readProcessor(name, problems);
  if (flags.file && flags.file !== '-') problems.push(...problemsOfFile(flags.file));
  if (!processor || problems.length > 0) throw new UsageError(problems);
  return {
    name,
    processor,
    file: flags.file ?? bundledEventsOf(name),
    json: flags.json ?? false,
    fields: defined({ key, id, time, type, wrap }),
  };
};

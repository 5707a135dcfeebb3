import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LOCAL_PORTS } from '../aws/local-stack.ts';
import type { Environment } from '../cli/environment.ts';
import { readCount, readFlags, readWhole, switches, values } from '../cli/flags.ts';
import { quoted } from '../cli/shown.ts';
import { UsageError } from '../cli/usage-error.ts';
import { problemsOfFile } from '../client/sources/file/file.ts';
import {
  problemsOfSize,
  readSourceSettings,
  SOURCE_FLAGS,
  SOURCES,
  type SourceSettings,
} from '../client/sources/source-settings.ts';
import { defined } from '../core/defined.ts';
import { RECORD_BYTES } from '../core/limits.ts';
import { ROOT } from './stack.ts';
import { PARAMETER_FLAGS, PARAMETER_HELP, readParameters } from './stack-parameters.ts';
import type { StackParameters } from './template/parameters.ts';

export const START_HELP = `Runs the whole pipeline on this machine: client, Kinesis, function, DynamoDB.
It needs no AWS account.

  npm start -- [options]

Source
  --source NAME   one of ${SOURCES.join(', ')}
  --file PATH     the events to send, one JSON a line; - is stdin
                  [default events/NAME.ndjson of the processor NAME, or else events/tweets.ndjson]
  --key FIELD     file, stdin: takes the partition key from this field, such as user.id
  --id FIELD, --time FIELD, --type FIELD
                  file, stdin: takes id, time or type of plain JSON from this field
  --follow        file: waits for more lines at its end
  --wrap TYPE     file, stdin: makes of each line a CloudEvent of this type
  --track WORDS   twitter, bluesky: words of which a post holds one   [twitter: TRACK, default yolo]
  --sample P      twitter: about P percent of what matches, from 1 to 100
  --url URL       bluesky, wikimedia: a server other than the public one
  --contact A     wikimedia: whom its operators may write to                    [WIKIMEDIA_CONTACT]
  --rate N, --size BYTES, --keys N, --skew S, --seed N
                  synthetic: what its events are like; npm run client -- --help says more
  --max N         stop after N events

Pipeline
${PARAMETER_HELP}
  --ordered               keep the events of a partition key in order
  --aggregate             let small events share records
  --open                  serve a live page of the run, and keep it until Ctrl-C
  --watch-port N          where that page listens; 0 is any free port    [default ${LOCAL_PORTS.watch}, or any free]
  --json                  the last line of standard output is one JSON object with the counts
  -h, --help              this text

Ctrl-C stops reading, finishes what was read and reports; a second one gives up at once.

Exit codes
  0    every event is where it belongs, and not all of them were rejected
  1    an event was lost, all were rejected, a rollup is wrong, or the source failed or was empty
  2    the command was called wrongly
  130  Ctrl-C before the pipeline was up

Examples
  npm start
  npm start -- --source synthetic --max 10000 --shards 4
  npm start -- --source bluesky --max 500
  npm start -- --file readings.ndjson --key meter
`;

export interface StartOptions extends SourceSettings {
  parameters: StackParameters;
  max?: number;
  ordered: boolean;
  aggregate: boolean;
  json: boolean;
  /** Where the live page listens. Without it there is none. */
  page?: { port: number; orAnyPort: boolean };
}

/** The bundled events of a processor, where there are some; else tweets. */
export const bundledEventsOf = (processor: string): string => {
  const fileOf = (name: string): string => fileURLToPath(new URL(`events/${name}.ndjson`, ROOT));
  return fileOf(/^[\w-]+$/.test(processor) && existsSync(fileOf(processor)) ? processor : 'tweets');
};

/** @throws {UsageError} with every problem at once */
export const readStartOptions = (argv: readonly string[], env: Environment): StartOptions => {
  const flags = readFlags(argv, {
    ...SOURCE_FLAGS,
    ...PARAMETER_FLAGS,
    ...values('max', 'watch-port'),
    ...switches('ordered', 'aggregate', 'json', 'open'),
  });
  const problems: string[] = [];
  const parameters = readParameters(flags, problems);
  const isBundled = flags.file === undefined && (flags.source === undefined || flags.source === 'file');
  const source = readSourceSettings(
    isBundled ? { ...flags, file: bundledEventsOf(String(parameters.Processor)) } : flags,
    env,
    problems,
  );
  const watchPort = readWhole('watch-port', flags['watch-port'], 0, 65_535, problems);
  const page = { port: watchPort ?? LOCAL_PORTS.watch, orAnyPort: watchPort === undefined };
  if (flags['watch-port'] !== undefined && !flags.open) problems.push('--watch-port needs --open');
  const max = readCount('max', flags.max, problems);
  problems.push(...problemsOfSize(source, RECORD_BYTES.byDefault));
  if (source.source === 'file' && source.file !== undefined) problems.push(...problemsOfFile(source.file));
  if (problems.length > 0) throw new UsageError(problems);
  return {
    ...source,
    parameters,
    ...defined({ max, page: flags.open ? page : undefined }),
    ordered: flags.ordered ?? false,
    aggregate: flags.aggregate ?? false,
    json: flags.json ?? false,
  };
};

/** The command that runs the pipeline in the same way, for another source. */
export const commandToRun = ({ parameters, ordered, aggregate }: StartOptions): string =>
  [
    'npm start --',
    ...Object.entries(parameters).map(([name, value]) => `--parameter ${name}=${quoted(String(value))}`),
    ...(ordered ? ['--ordered'] : []),
    ...(aggregate ? ['--aggregate'] : []),
  ].join(' ');

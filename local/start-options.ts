import {
  type Environment,
  readCount,
  readFlags,
  readSourceSettings,
  SOURCE_FLAGS,
  type SourceSettings,
} from '../client/settings.ts';
import { UsageError } from '../client/usage-error.ts';

export const START_HELP = `Runs the whole pipeline on this machine: client, Kinesis, function, DynamoDB. It needs no AWS account.

  npm start -- [options]

  --file PATH     the events to send, one JSON a line; - is standard input   [default events/tweets.ndjson]
  --source NAME   any source of the client: twitter, file or stdin
  --track WORDS   for twitter: words to track, with commas between them      [TRACK, default yolo]
  --max N         stop after N events
  --shards N      shards of the stream                                       [default: as template.yaml says]
  --json          the last line of standard output is one JSON object with the counts
  -h, --help      this text

Ctrl-C stops reading, finishes what was read and reports; a second one gives up at once.
The exit code is 0 if nothing was lost, 1 if something was, 2 if the command was called wrongly.
`;

export interface StartOptions extends SourceSettings {
  shards?: number;
  max?: number;
  json: boolean;
  help: boolean;
}

/** @throws {UsageError} with every problem at once */
export const readStartOptions = (argv: readonly string[], env: Environment, bundledFile: string): StartOptions => {
  const flags = readFlags(argv, {
    ...SOURCE_FLAGS,
    shards: { type: 'string' },
    max: { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const);
  const problems: string[] = [];
  const isBundled = flags.file === undefined && (flags.source === undefined || flags.source === 'file');
  const source = readSourceSettings(isBundled ? { ...flags, file: bundledFile } : flags, env, problems);
  const shards = readCount('shards', flags.shards, problems);
  const max = readCount('max', flags.max, problems);
  if (problems.length > 0) throw new UsageError(problems);
  return {
    ...source,
    ...(shards === undefined ? {} : { shards }),
    ...(max === undefined ? {} : { max }),
    json: flags.json ?? false,
    help: flags.help ?? false,
  };
};

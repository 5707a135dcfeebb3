import { isLoopback } from '../../aws/endpoint.ts';
import { readCount, readFlags, switches, values } from '../../cli/flags.ts';
import { UsageError } from '../../cli/usage-error.ts';
import type { Endpoints } from '../../local/emulators/ports.ts';
import { readProcessor } from '../../processors/index.ts';
import { FAULT_NAMES, FAULTS, type FaultName } from './faults.ts';

const widest = Math.max(...FAULT_NAMES.map((name) => name.length));

export const SOAK_HELP = `Proves that nothing is lost: sends events through the whole pipeline while everything fails, and accounts for each.

  npm run soak -- [options]

  --events N        how many events                            [default 10000]
  --seed N          which events and which faults; the same seed gives the same   [default 1]
  --faults NAMES    all, none, or some of them with commas between   [default all]
  --processor NAME  what the function does with events, most of which are then of events/NAME.ndjson   [default default]
  --endpoint URL, --dynamodb-endpoint URL
                    other emulators of Kinesis and DynamoDB, which run already; without rollups
  --soaks N         so many soaks one after the other, each with the next seed    [default 1]
  --json            the last line of standard output is one JSON object with the counts
  -h, --help        this text

Faults
${FAULT_NAMES.map((name) => `  ${name.padEnd(widest)}   ${FAULTS[name]}`).join('\n')}

The exit code is 0 if every event is where it has to be, 1 if one is not, 2 if the command was called wrongly, and 130 if it was
interrupted.
`;

export interface SoakOptions {
  events: number;
  seed: number;
  faults: ReadonlySet<FaultName>;
  processor: string;
  emulators?: Endpoints | undefined;
  soaks: number;
  json: boolean;
}

/** @throws {UsageError} with every problem at once */
export const readSoakOptions = (argv: readonly string[]): SoakOptions => {
  const flags = readFlags(argv, {
    ...values('events', 'seed', 'faults', 'processor', 'endpoint', 'dynamodb-endpoint', 'soaks'),
    ...switches('json'),
  });
  const problems: string[] = [];
  const { processor = 'default' } = flags;
  readProcessor(processor, problems);
  const options = {
    events: readCount('events', flags.events, problems) ?? 10_000,
    seed: readCount('seed', flags.seed, problems) ?? 1,
    soaks: readCount('soaks', flags.soaks, problems) ?? 1,
    processor,
    emulators: readEmulators(flags.endpoint, flags['dynamodb-endpoint'], problems),
    faults: readFaults(flags.faults ?? 'all', problems),
    json: flags.json ?? false,
  };
  if (problems.length > 0) throw new UsageError(problems);
  return options;
};

const readEmulators = (
  kinesis: string | undefined,
  dynamoDb: string | undefined,
  problems: string[],
): Endpoints | undefined => {
  if (kinesis === undefined && dynamoDb === undefined) return undefined;
  for (const [flag, url] of Object.entries({ endpoint: kinesis, 'dynamodb-endpoint': dynamoDb }))
    if (!isLoopback(url))
      problems.push(`--${flag} is ${url === undefined ? 'missing' : `"${url}"`}; expected a URL of this machine`);
  return { kinesis: kinesis ?? '', dynamoDb: dynamoDb ?? '' };
};

const readFaults = (value: string, problems: string[]): Set<FaultName> => {
  if (value === 'all') return new Set(FAULT_NAMES);
  if (value === 'none') return new Set();
  const names = value.split(',').map((name) => name.trim());
  const known = FAULT_NAMES.filter((name) => names.includes(name));
  const unknown = names.filter((name) => !(FAULT_NAMES as string[]).includes(name));
  if (unknown.length > 0)
    problems.push(
      `there is no fault "${unknown.join('", "')}"; expected all, none or some of ${FAULT_NAMES.join(', ')}`,
    );
  return new Set(known);
};

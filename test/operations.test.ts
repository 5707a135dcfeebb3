import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { progressLine } from '../client/progress-line.ts';
import { report } from '../functions/ddb-event-processor/batch-report.ts';
import { report as reportChanges } from '../functions/event-rollups/changes-report.ts';
import { REBUILD_ROWS } from '../functions/event-rollups/rebuild-store.ts';
import { jsonLog } from '../functions/log.ts';
import { changeRecord, shardId } from './support/change-event.ts';
import { batchCounts, clientCounts } from './support/counts.ts';
import { kinesisEvent } from './support/kinesis-event.ts';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const OPERATIONS = read('docs/operations.md');

/** The lines of a call in which everything happened. */
const lines = (): Record<string, unknown>[] => {
  const found: Record<string, unknown>[] = [];
  const log = jsonLog('INFO', (line) => found.push(JSON.parse(line)), { now: () => 0 });
  report(
    log,
    {
      counts: batchCounts({ records: 7, events: 9, written: 3, superseded: 1, rejected: 3, unwritten: 2 }),
      reasons: { NotJson: 2, UnknownShape: 1 },
      retries: 4,
      unprocessed: 11,
      eventToTableMilliseconds: [300],
      errors: ['ThrottlingException: slow down'],
    },
    {
      requestId: 'r',
      functionName: 'f',
      records: kinesisEvent(['{}']).Records,
      started: new Date(0),
      ended: new Date(1),
      metricsNamespace: 'n',
    },
  );
  return found;
};
const FIELDS = new Set(lines().flatMap((line) => Object.keys(line)));

/** The line of a call of the other function in which everything happened. */
const lineOfRollups = (): Record<string, unknown> => {
  const found: Record<string, unknown>[] = [];
  const log = jsonLog('INFO', (line) => found.push(JSON.parse(line)), { now: () => 0 });
  const counts = { changes: 9, partsWritten: 4, skipped: 1, conflicts: 1, refused: 1, unfinished: 2 };
  const errors = ['ThrottlingException: slow down'];
  const call = { requestId: 'r', functionName: 'f', shard: shardId(0), started: new Date(0), ended: new Date(1) };
  const records = [changeRecord({ after: { Username: 'a', Id: '1', Type: 't', Timestamp: '', Message: '' } })];
  reportChanges(log, { counts, errors }, { ...call, records, retries: 3, metricsNamespace: 'n' });
  return found[0]!;
};

/** What Logs Insights itself adds to a line. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html */
const OF_INSIGHTS = ['@timestamp', '@message'];

/** Of Lambda's own lines, in JSON. https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html */
const OF_LAMBDA = ['type', 'record.status', 'record.requestId'].concat(
  ['durationMs', 'initDurationMs', 'maxMemoryUsedMB'].map((name) => `record.metrics.${name}`),
);

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html */
const COMMANDS = ['fields', 'filter', 'limit', 'parse', 'sort', 'stats'];
const WORDS = ['and', 'as', 'asc', 'by', 'desc', 'not', 'or'];
const FUNCTIONS = ['bin', 'count', 'ispresent', 'max', 'min', 'pct', 'sum'];

const QUERIES = [...OPERATIONS.matchAll(/```insights\n([\s\S]*?)```/g)].map(([, query]) => query!.trim());

/** What a query names, without its strings, its expressions, its numbers and the language's own words. */
const namesIn = (query: string): { fields: string[]; made: Set<string> } => {
  const made = new Set([...query.matchAll(/\bas (\w+)|\(\?<(\w+)>/g)].map(([, alias, group]) => alias ?? group!));
  const bare = query
    .replace(/"[^"]*"/g, ' ')
    .replace(/ \/\S+\/(?=\n|$)/g, ' ')
    .replace(/\b\d+[smhd]?\b/g, ' ');
  const names = [...bare.matchAll(/@?[A-Za-z_][\w.]*\(?/g)].map(([name]) => name);
  const fields = names.filter((name) => {
    if (name.endsWith('(')) return !FUNCTIONS.includes(name.slice(0, -1)) && !WORDS.includes(name.slice(0, -1));
    return !COMMANDS.includes(name) && !WORDS.includes(name);
  });
  return { fields, made };
};

describe('docs/operations.md', () => {
  it('has a query for each question that is asked at night', () => {
    const [, section = ''] = OPERATIONS.split('\n## Questions at night\n');
    const questions = section.split('\n## ')[0]!.split('\n### ').slice(1);
    expect(questions.length).to.be.above(8);
    for (const question of questions) expect(question).to.contain('```insights\n');
  });

  for (const query of QUERIES)
    it(`asks for nothing that no line has: ${query.split('\n').slice(0, 2).join(' ')}`, () => {
      for (const command of query.split(/\n\s+\| /)) expect(COMMANDS, command).to.include(/^\w+/.exec(command)?.[0]);
      const { fields, made } = namesIn(query);
      const known = [...OF_INSIGHTS, ...OF_LAMBDA, ...made];
      // An element of an array is found below its field: errors.0.
      const unknown = fields.filter((field) => !known.includes(field) && !FIELDS.has(field.split('.')[0]!));
      expect(fields).to.not.be.empty;
      expect(unknown).to.deep.equal([]);
    });

  for (const [heading, fields] of [
    ['The log line', [...FIELDS]],
    ['The log line of the rollups', Object.keys(lineOfRollups())],
  ] as const)
    it(`says what each field is, and of no other: ${heading}`, () => {
      const [, section = ''] = OPERATIONS.split(`\n### ${heading}\n`);
      // A bullet may go on in lines that are indented.
      const bullets = section.split('\n#')[0]!.match(/^- .*(\n {2}.*)*$/gm) ?? [];
      const explained = bullets.flatMap((bullet) => [...bullet.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
      expect(explained).to.have.members(fields.filter((name) => name !== '_aws'));
    });

  // Each row of an answer is a list itself, and `[]` would make one list of them all, whose fields have no rows any more.
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
  it('prints a line for each row that a query finds, in a terminal too', () => {
    const paths = [...OPERATIONS.matchAll(/get-query-results .* --query '(.+?)'/g)].map(([, path]) => path);
    expect(paths).to.deep.equal(['results[*][*].value']);
  });

  it('shows whole the keys that the next command takes: as a table a query cuts them, and DynamoDB deletes nothing without a word', () => {
    const queries = OPERATIONS.match(/^npm run query .*/gm) ?? [];
    expect(queries).to.have.lengthOf(2);
    for (const query of queries) expect(query).to.contain('--json');
  });

  it('has in quotes what strangers may have written, which a shell would run', () => {
    const commands = [...OPERATIONS.matchAll(/```bash\n(.*?)```/gs)].map(([, block]) => block!).join('');
    const foreign = /USERNAME|GROUP/;
    expect(commands).to.match(foreign);
    expect(commands.replace(/'[^']*'/g, '')).to.not.match(foreign);
  });

  it('ends a rebuild by the key of the row that says it is on', () => {
    expect(OPERATIONS).to.contain(
      `delete-item --table-name STACK-Rollups --key '${JSON.stringify(REBUILD_ROWS.control)}'`,
    );
  });

  it('has the words of the client from the client', () => {
    const [, words = ''] = /The client has words[^:]*: (.*?)\s+are\s/s.exec(OPERATIONS) ?? [];
    const said = [...progressLine(clientCounts({ failed: 1 }), 0).matchAll(/\d ([a-z]+)(?=,|$)/g)].map(
      ([, word]) => word!,
    );
    expect([...words.matchAll(/`(\w+)`/g)].map(([, name]) => name!)).to.deep.equal(said);
  });
});

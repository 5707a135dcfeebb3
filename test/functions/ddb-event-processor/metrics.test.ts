import { expect } from 'chai';
import fc from 'fast-check';
import { METRIC_VALUES } from '../../../core/limits.ts';
import { report } from '../../../functions/ddb-event-processor/batch-report.ts';
import { METRICS, REJECTED_FOR_REASON } from '../../../functions/ddb-event-processor/metrics.ts';
import { spread } from '../../../functions/embedded-metrics.ts';
import { jsonLog, LOG_LEVELS, type LogLevel } from '../../../functions/log.ts';
import { DIMENSIONS } from '../../support/aws-metrics.ts';
import { batchCounts } from '../../support/counts.ts';
import { extract, formatErrors } from '../../support/embedded-metric-format.ts';
import { cloudEvent } from '../../support/events.ts';
import { kinesisEvent } from '../../support/kinesis-event.ts';

/** Ten seconds after the first record arrived. */
const STARTED = new Date(1_795_178_106_123);
const ENDED = new Date(STARTED.getTime() + 40);

/** What the log says of a batch. */
type Logged = Parameters<typeof report>[1];

/** A batch in which everything happened. */
const EVENTFUL: Logged = {
  counts: batchCounts({
    records: 7,
    events: 12,
    derived: 5,
    written: 3,
    superseded: 1,
    stale: 2,
    dropped: 1,
    rejected: 3,
    unwritten: 2,
  }),
  reasons: { NotJson: 2, UnknownShape: 1 },
  retries: 4,
  unprocessed: 11,
  eventToTableMilliseconds: [300, 100, 200],
  errors: ['ThrottlingException: slow down'],
};
/** One in which nothing did but what should. */
const QUIET: Logged = {
  ...EVENTFUL,
  counts: batchCounts({ records: 3, events: 3, written: 3, superseded: 0, rejected: 0, unwritten: 0 }),
  reasons: {},
  retries: 0,
  unprocessed: 0,
  errors: [],
};

const linesOf = (
  processed: Logged,
  {
    level = 'INFO',
    namespace = 'demo',
    started = STARTED,
  }: { level?: LogLevel; namespace?: string | undefined; started?: Date } = {},
): string[] => {
  const lines: string[] = [];
  const log = jsonLog(level, (line) => lines.push(line), { now: () => ENDED.getTime() });
  const records = kinesisEvent(Array.from({ length: processed.counts.records }, () => cloudEvent())).Records;
  // The last came seven seconds after all others.
  if (records.length > 1) records.at(-1)!.kinesis.approximateArrivalTimestamp += 7;
  report(log, processed, {
    requestId: 'the-request',
    functionName: 'demo-DDBEventProcessor',
    records,
    started,
    ended: ENDED,
    metricsNamespace: namespace || undefined,
  });
  return lines;
};
const namesIn = (lines: readonly string[]): string[] => [...new Set(lines.flatMap(extract).map(({ name }) => name))];

describe('the metrics of the function', () => {
  it('are in the line of the invocation, next to what the log says', () => {
    const [line = '', ...others] = linesOf(QUIET);
    expect(others).to.deep.equal([]);
    expect(JSON.parse(line)).to.deep.equal({
      timestamp: ENDED.toISOString(),
      level: 'INFO',
      message: 'batch processed',
      requestId: 'the-request',
      shardId: 'shardId-000000000000',
      records: 3,
      events: 3,
      derived: 0,
      written: 3,
      superseded: 0,
      stale: 0,
      dropped: 0,
      rejected: 0,
      unwritten: 0,
      retries: 0,
      unprocessed: 0,
      oldestRecordMilliseconds: 10_000,
      newestRecordMilliseconds: 3_000,
      milliseconds: 40,
      FunctionName: 'demo-DDBEventProcessor',
      eventToTableMilliseconds: [100, 200, 300],
      _aws: {
        Timestamp: ENDED.getTime(),
        CloudWatchMetrics: [
          {
            Namespace: 'demo',
            Dimensions: [['FunctionName']],
            Metrics: [
              { Name: 'records', Unit: 'Count' },
              { Name: 'events', Unit: 'Count' },
              { Name: 'written', Unit: 'Count' },
              { Name: 'oldestRecordMilliseconds', Unit: 'Milliseconds' },
              { Name: 'newestRecordMilliseconds', Unit: 'Milliseconds' },
              { Name: 'eventToTableMilliseconds', Unit: 'Milliseconds' },
            ],
          },
        ],
      },
    });
  });

  it('tell no age below 0, where the clock of Kinesis is ahead', () => {
    const [line = ''] = linesOf(QUIET, { started: new Date(STARTED.getTime() - 10_004) });
    expect(JSON.parse(line)).to.include({ oldestRecordMilliseconds: 0, newestRecordMilliseconds: 0 });
  });

  it('are all in the list of the code, and all of the list are written where everything happens', () => {
    expect(namesIn(linesOf(EVENTFUL))).to.have.members([...Object.keys(METRICS), REJECTED_FOR_REASON]);
  });

  it('have the units of the list, and the dimensions of the list and no other', () => {
    for (const { name, unit, dimensions } of linesOf(EVENTFUL).flatMap(extract)) {
      const isForReason = name === REJECTED_FOR_REASON;
      expect(unit, name).to.equal(isForReason ? 'Count' : METRICS[name as keyof typeof METRICS].unit);
      expect(Object.keys(dimensions), name).to.deep.equal([...DIMENSIONS[isForReason ? REJECTED_FOR_REASON : 'all']]);
    }
  });

  it('say for each reason how many events were rejected for it', () => {
    const found = linesOf(EVENTFUL)
      .flatMap(extract)
      .filter(({ name }) => name === REJECTED_FOR_REASON);
    expect(found.map(({ dimensions, value }) => [dimensions.Reason, value])).to.deep.equal([
      ['NotJson', 2],
      ['UnknownShape', 1],
    ]);
  });

  for (const level of LOG_LEVELS)
    it(`are the same where LogLevel is ${level}`, () => {
      for (const processed of [QUIET, EVENTFUL])
        expect(linesOf(processed, { level }).flatMap(extract)).to.deep.equal(linesOf(processed).flatMap(extract));
    });

  it('are all that is left of a line below LogLevel', () => {
    const [line = ''] = linesOf(QUIET, { level: 'WARN' });
    expect(JSON.parse(line)).to.not.have.any.keys('message', 'requestId', 'retries', 'milliseconds');
  });

  it('are left out where nobody wants them, and the log line is as it was', () => {
    const lines = linesOf(EVENTFUL, { namespace: '' });
    expect(lines).to.have.length(1);
    expect(lines.flatMap(extract)).to.deep.equal([]);
    expect(JSON.parse(lines[0]!)).to.include({ level: 'ERROR', rejected: 3, unwritten: 2 });
    expect(linesOf(QUIET, { namespace: '', level: 'WARN' })).to.deep.equal([]);
  });

  it('hold no value that does not exist, and no zero that would only be billed', () => {
    const none = { ...QUIET.counts, records: 0, events: 0, written: 0 };
    const [line = ''] = linesOf({ ...QUIET, counts: none, eventToTableMilliseconds: [] });
    expect(namesIn([line])).to.deep.equal(['records', 'events', 'written']);
    expect(formatErrors(line)).to.deep.equal([]);
  });

  it('keep the format, and to what Logs Insights finds in a line, whatever happens', () => {
    const count = fc.nat({ max: 10_000 });
    const reasons = fc.constantFrom('NotJson', 'TooDeep', 'TableRefused');
    fc.assert(
      fc.property(
        fc.record({
          records: count,
          events: count,
          written: count,
          superseded: count,
          rejected: count,
          unwritten: count,
        }),
        fc.array(fc.nat(), { maxLength: 1_000 }),
        fc.dictionary(reasons, fc.integer({ min: 1, max: 10_000 })),
        fc.constantFrom(...LOG_LEVELS),
        (counts, eventToTableMilliseconds, byReason, level) => {
          const processed = {
            ...EVENTFUL,
            counts: batchCounts({ ...counts, records: 1 }),
            reasons: byReason,
            eventToTableMilliseconds,
          };
          for (const line of linesOf(processed, { level })) {
            expect(formatErrors(line)).to.deep.equal([]);
            expect(leavesOf(JSON.parse(line))).to.be.at.most(200);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('are checked by something that finds what is wrong with a line', () => {
    const good = JSON.parse(linesOf(QUIET)[0]!);
    const [directive] = good._aws.CloudWatchMetrics;
    const withDirective = (members: object): object => ({
      ...good,
      _aws: { ...good._aws, CloudWatchMetrics: [{ ...directive, ...members }] },
    });
    const broken: object[] = [
      { ...good, _aws: undefined },
      { ...good, _aws: { ...good._aws, Timestamp: ENDED.toISOString() } },
      { ...good, FunctionName: 7 },
      { ...good, records: '3' },
      { ...good, eventToTableMilliseconds: [] },
      { ...good, eventToTableMilliseconds: Array(101).fill(1) },
      withDirective({ Namespace: '' }),
      withDirective({ Dimensions: ['FunctionName'] }),
      withDirective({ Dimensions: [['NotThere']] }),
      withDirective({ Metrics: [{ Name: 'notThere' }] }),
      withDirective({ Metrics: [{ Name: 'records', Unit: 'Pieces' }] }),
      withDirective({ Metrics: [{ name: 'records' }] }),
    ];
    expect(formatErrors(JSON.stringify(good))).to.deep.equal([]);
    for (const document of broken)
      expect(formatErrors(JSON.stringify(document)), JSON.stringify(document)).to.not.be.empty;
  });
});

describe('spread', () => {
  it('keeps all values where they fit, ascending', () => {
    expect(spread([3, 1, 2])).to.deep.equal([1, 2, 3]);
    expect(spread([])).to.deep.equal([]);
  });

  it('keeps the least, the greatest and what lies at even distances between them', () => {
    const values = Array.from({ length: 991 }, (_, index) => 990 - index);
    expect(spread(values)).to.deep.equal(Array.from({ length: METRIC_VALUES }, (_, index) => index * 10));
  });

  it('is off by no more than a hundredth of the values at any percentile', () => {
    const at = (values: readonly number[], share: number): number =>
      values[Math.min(values.length - 1, Math.max(0, Math.round(share * (values.length - 1))))]!;
    fc.assert(
      fc.property(
        fc.array(fc.nat(), { minLength: 101, maxLength: 2_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const sorted = values.toSorted((a, b) => a - b);
          expect(at(spread(values), share)).to.be.within(at(sorted, share - 0.01), at(sorted, share + 0.01));
        },
      ),
    );
  });
});

/** Logs Insights finds the first 200 of them in a line. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html */
const leavesOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce((sum: number, member) => sum + leavesOf(member), 0)
    : 1;

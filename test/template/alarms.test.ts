import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { report } from '../../functions/ddb-event-processor/batch-report.ts';
import type { Processed } from '../../functions/ddb-event-processor/process-batch.ts';
import { jsonLog } from '../../functions/log.ts';
import { readMappingSettings } from '../../local/template/mapping-settings.ts';
import { type AlarmProperties, type Datapoint, type MetricId, statesOf, watchedBy } from '../support/alarm.ts';
import { hasStatistic, isWritten } from '../support/aws-metrics.ts';
import { batchCounts } from '../support/counts.ts';
import { extract } from '../support/embedded-metric-format.ts';
import { kinesisEvent } from '../support/kinesis-event.ts';
import { stackWith, TEMPLATE } from './stack.ts';

const OPERATIONS = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

const stack = stackWith({});
const alarms = stack.ofType('AWS::CloudWatch::Alarm').map(([name, { properties }]) => ({
  name,
  properties: properties as unknown as AlarmProperties & {
    AlarmName: string;
    AlarmDescription: string;
    AlarmActions: string[];
    OKActions: string[];
  },
}));

const HOUR = 60;
const DAY = 24 * HOUR;

/** Seconds that an attempt may take at most. */
const MOST_OF_TIMEOUT = TEMPLATE.Parameters.Timeout!.MaxValue!;

/** A value in each of these minutes, the last not included. */
const each = (from: number, to: number, metric: MetricId, value: (minute: number) => number): Datapoint[] =>
  Array.from({ length: to - from }, (_, index) => ({ ...metric, minute: from + index, value: value(from + index) }));

const lambda = (name: string): MetricId => ({
  namespace: 'AWS/Lambda',
  name,
  dimensions: { FunctionName: 'demo-DDBEventProcessor' },
});
const rollups = (name: string): MetricId => ({
  namespace: 'AWS/Lambda',
  name,
  dimensions: { FunctionName: 'demo-EventRollups' },
});
const table = (name: string): MetricId => ({
  namespace: 'AWS/DynamoDB',
  name,
  dimensions: { TableName: 'demo-EventData' },
});
const stream = (name: string): MetricId => ({
  namespace: 'AWS/Kinesis',
  name,
  dimensions: { StreamName: stack.nameOf('EventStream') },
});
const bucket = (name: string, dimension: string, value: string): MetricId => ({
  namespace: 'AWS/S3',
  name,
  dimensions: { BucketName: stack.nameOf('FailedBatches'), [dimension]: value },
});
const incoming = stream('IncomingRecords');
const calls = lambda('Invocations');
const errors = lambda('Errors');
const age = lambda('IteratorAge');
const throttles = lambda('Throttles');
const rollupCalls = rollups('Invocations');
const rollupAge = rollups('IteratorAge');
const tableThrottles = table('WriteThrottleEvents');
const streamThrottles = stream('WriteProvisionedThroughputExceeded');
const puts = bucket('PutRequests', 'FilterId', 'EntireBucket');
const objects = bucket('NumberOfObjects', 'StorageType', 'AllStorageTypes');

/** What the function itself writes about batches at these minutes, as CloudWatch takes it out of its log at LogLevel ERROR. */
const batches = (minutes: readonly number[], counts: Partial<Processed['counts']>): Datapoint[] =>
  minutes.flatMap((minute) => {
    const lines: string[] = [];
    const log = jsonLog('ERROR', (line) => lines.push(line), { now: () => 0 });
    const all = batchCounts({
      records: 500,
      events: 500,
      written: 500,
      superseded: 0,
      rejected: 0,
      unwritten: 0,
      ...counts,
    });
    const processed: Omit<Processed, 'unwritten'> = {
      counts: all,
      reasons: all.rejected > 0 ? { NotJson: all.rejected } : {},
      retries: 0,
      unprocessed: 0,
      eventToTableMilliseconds: [900],
      errors: [],
    };
    report(log, processed, {
      requestId: 'r',
      functionName: 'demo-DDBEventProcessor',
      records: kinesisEvent(['{}']).Records,
      started: new Date(0),
      ended: new Date(0),
      metricsNamespace: 'demo',
    });
    return lines.flatMap(extract).map((found) => ({ ...found, minute }));
  });

/** A day on which all goes well, which takes a slip here and there. */
const GOOD_DAY = [
  ...batches([0, 1, 2, 700, 1_439], {}),
  // Records of the evening, and one at noon that Lambda reads in the next half hour.
  ...each(0, 300, incoming, () => 500),
  ...each(0, 301, calls, () => 1),
  ...each(0, 302, rollupCalls, () => 1),
  ...each(700, 701, rollupCalls, () => 1),
  ...each(1_440, 1_441, rollupCalls, () => 1),
  ...each(0, DAY, rollupAge, (minute) => (minute >= 600 && minute < 605 ? (minute - 599) * 60_000 : 900)),
  ...each(0, DAY, rollups('Errors'), (minute) => (minute === 100 || minute === 102 ? 1 : 0)),
  ...each(0, DAY, rollups('Throttles'), (minute) => (minute >= 300 && minute < 305 ? 20 : 0)),
  ...each(719, 720, incoming, () => 1),
  ...each(720, 721, calls, () => 1),
  ...batches([60], { written: 490, superseded: 10 }),
  // A deployment holds everything up for five minutes.
  ...each(0, DAY, age, (minute) => (minute >= 600 && minute < 605 ? (minute - 599) * 60_000 : 900)),
  // An environment dies now and then, and a retry is enough.
  ...each(0, DAY, errors, (minute) => (minute === 100 || minute === 102 || minute === 800 ? 1 : 0)),
  ...each(0, DAY, throttles, (minute) => (minute >= 300 && minute < 305 ? 20 : 0)),
  // The table takes more than ever, and needs some minutes for that.
  ...each(400, 408, tableThrottles, () => 300),
  ...each(0, DAY, streamThrottles, (minute) => (minute >= 500 && minute < 509 ? 1_000 : 0)),
  ...each(0, 1, objects, () => 0),
];

/** What happens, and which alarms it must raise: these and no other. */
const INCIDENTS: [what: string, datapoints: Datapoint[], raised: string[]][] = [
  ['nothing at all happens', [], []],
  ['all goes well', GOOD_DAY, []],
  ['one event is malformed', [...GOOD_DAY, ...batches([30], { written: 499, rejected: 1 })], ['RejectedEventsAlarm']],
  [
    'the stream is faster than the function',
    each(0, 8 * HOUR, age, (minute) => Math.min(55, minute) * 60_000),
    ['IteratorAgeAlarm'],
  ],
  [
    'nobody fixes that for thirteen hours, and MaximumRecordAgeInSeconds lets it wait',
    each(0, 13 * HOUR, age, (minute) => minute * 60_000),
    ['IteratorAgeAlarm', 'ExpiringEventsAlarm'],
  ],
  [
    'DynamoDB is away for an hour',
    [
      // An attempt takes a minute, and after the last one the batch goes to the bucket.
      ...batches([1, 3, 5, 9, 20, 31], { written: 0, unwritten: 500 }),
      ...[1, 3, 5, 9, 20, 31, 60].flatMap((at) => each(at, at + 1, calls, () => 1)),
      ...each(0, 90, incoming, () => 500),
      ...[1, 3, 5, 9, 20, 31, 60].flatMap((at) => each(at, at + 1, age, (minute) => minute * 60_000)),
      ...each(45, 46, puts, () => 1),
      ...each(DAY, DAY + 1, objects, () => 1),
    ],
    ['FailedBatchesAlarm', 'FailedBatchesWaitingAlarm', 'IteratorAgeAlarm'],
  ],
  [
    'a record crashes the function',
    [
      // Halved until only it is left, then tried again.
      ...each(0, 1, errors, () => 9),
      ...each(1, 9, errors, () => 3),
      ...each(9, 10, puts, () => 1),
      ...each(DAY, DAY + 1, objects, () => 1),
      ...each(0, 10, age, (minute) => minute * 60_000),
    ],
    ['FailedBatchesAlarm', 'FailedBatchesWaitingAlarm', 'FunctionErrorsAlarm'],
  ],
  ['each call runs out of time', each(0, 5, errors, (minute) => (minute < 4 ? 1 : 0)), ['FunctionErrorsAlarm']],
  [
    'the account has no concurrency left',
    [...each(0, 20, throttles, () => 40), ...each(20, 21, age, () => 20 * 60_000)],
    ['FunctionThrottlesAlarm', 'IteratorAgeAlarm'],
  ],
  [
    'somebody disabled the mapping, so the function has no metrics at all',
    each(0, 3 * HOUR, incoming, () => 500),
    ['StreamNotReadAlarm'],
  ],
  [
    'the role lost a permission in the middle of the day',
    [...each(0, DAY, incoming, () => 500), ...each(0, 700, calls, () => 1), ...each(0, 700, age, () => 900)],
    ['StreamNotReadAlarm'],
  ],
  [
    'the stream gets a record now and then, each read a second later',
    Array.from({ length: 24 }, (_, hour) => hour * HOUR + 29).flatMap((minute) => [
      ...each(minute, minute + 1, incoming, () => 1),
      ...each(minute + 1, minute + 2, calls, () => 1),
    ]),
    [],
  ],
  [
    'all events have the same key, and DynamoDB throttles it',
    each(5, 30, tableThrottles, () => 800),
    ['TableThrottlesAlarm'],
  ],
  ['producers outrun the shards', each(5, 30, streamThrottles, () => 2_000), ['StreamThrottlesAlarm']],
  [
    'the bucket refuses a failed batch',
    each(10, 11, lambda('DestinationDeliveryFailures'), () => 1),
    ['LostBatchesAlarm'],
  ],
  [
    'somebody disabled the mapping of the rollups, and rows are written',
    [...each(0, 3 * HOUR, incoming, () => 500), ...each(0, 3 * HOUR, calls, () => 1)].concat(
      batches([0, 20, 50, 100, 140, 170], {}),
    ),
    ['RollupsNotUpdatedAlarm'],
  ],
  [
    'each row is read from the change stream in the next half hour',
    [29, 89, 149].flatMap((minute) => [
      ...batches([minute], {}),
      ...each(minute + 1, minute + 2, rollupCalls, () => 1),
    ]),
    [],
  ],
  [
    'a change crashes the function of the rollups until somebody fixes it an hour later',
    [
      ...each(0, HOUR, rollups('Errors'), () => 2),
      ...each(0, HOUR, rollupAge, (minute) => minute * 60_000),
      ...each(0, 2 * HOUR, rollupCalls, () => 2),
    ],
    ['RollupsErrorsAlarm', 'RollupsIteratorAgeAlarm'],
  ],
  [
    'nobody does for half a day, so that its batch is given up',
    [
      ...each(0, 12 * HOUR, rollups('Errors'), () => 2),
      ...each(0, 12 * HOUR, rollupAge, (minute) => minute * 60_000),
      ...each(12 * HOUR, 12 * HOUR + 1, puts, () => 1),
      ...each(DAY, DAY + 1, objects, () => 1),
    ],
    ['RollupsErrorsAlarm', 'RollupsIteratorAgeAlarm', 'FailedBatchesAlarm', 'FailedBatchesWaitingAlarm'],
  ],
  [
    'the account has no concurrency left for the rollups',
    [...each(0, 20, rollups('Throttles'), () => 40), ...each(20, 21, rollupAge, () => 20 * 60_000)],
    ['RollupsThrottlesAlarm', 'RollupsIteratorAgeAlarm'],
  ],
  [
    'the bucket refuses a failed batch of changes',
    each(10, 11, rollups('DestinationDeliveryFailures'), () => 1),
    ['RollupsLostBatchesAlarm'],
  ],
  ['S3 leaves out the minute of a failed batch', each(DAY, DAY + 1, objects, () => 3), ['FailedBatchesWaitingAlarm']],
];

/** How often each alarm rings, of those that do. */
const ringsIn = (datapoints: readonly Datapoint[], minutes: number): [name: string, times: number][] =>
  alarms.flatMap(({ name, properties }) => {
    const states = statesOf(properties, datapoints, minutes);
    const times = states.filter((state, index) => state === 'ALARM' && states[index - 1] !== 'ALARM').length;
    return times > 0 ? [[name, times]] : [];
  });

describe('the alarms', () => {
  for (const [what, datapoints, expected] of INCIDENTS)
    it(`${expected.length === 0 ? 'are quiet' : `ring as ${expected.join(', ')}`} where ${what}`, () => {
      const raised = alarms
        .filter(({ properties }) => statesOf(properties, datapoints, 3 * DAY).includes('ALARM'))
        .map(({ name }) => name);
      expect(raised).to.have.members(expected);
    });

  it('each ring in one of these', () => {
    const raised = new Set(INCIDENTS.flatMap(([, , names]) => names));
    expect(alarms.map(({ name }) => name)).to.have.members([...raised]);
  });

  it('are quiet again when it is over, those for what waits in a bucket when somebody put it back', () => {
    for (const [what, datapoints] of INCIDENTS) {
      const later = [...datapoints, ...each(2 * DAY, 2 * DAY + 1, objects, () => 0)];
      for (const { name, properties } of alarms)
        expect(statesOf(properties, later, 5 * DAY).at(-1), `${name}: ${what}`).to.equal('OK');
    }
  });

  for (const { name, properties } of alarms) {
    it(`watch metrics that there are, by a statistic that they have: ${name}`, () => {
      for (const { namespace, name: metric, dimensions, statistic } of watchedBy(properties)) {
        expect(isWritten(namespace, metric, Object.keys(dimensions)), `${namespace} ${metric}`).to.equal(true);
        expect(hasStatistic(metric, statistic), `${statistic} of ${metric}`).to.equal(true);
      }
    });

    it(`say what to do, and where that is written: ${name}`, () => {
      expect(properties.AlarmName).to.equal(`demo-${name.replace(/Alarm$/, '')}`);
      expect(properties.AlarmDescription).to.contain(`docs/operations.md#${name.toLowerCase()}.`);
      expect(OPERATIONS).to.match(new RegExp(`^#+ ${name}$`, 'm'));
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
      expect(properties.AlarmDescription.length).to.be.at.most(1_024);
    });

    it(`treat missing data as a good sign, within what CloudWatch looks back: ${name}`, () => {
      expect(properties.TreatMissingData).to.equal('notBreaching');
      expect(properties.ComparisonOperator).to.equal('GreaterThanThreshold');
      for (const { period } of watchedBy(properties))
        expect(period * properties.EvaluationPeriods).to.be.at.most(period < HOUR ? DAY : 7 * DAY);
    });
  }

  it('are all that the guide has sections for', () => {
    const sections = [...OPERATIONS.matchAll(/^#+ (\w+Alarm)$/gm)].map(([, name]) => name);
    expect(sections).to.have.members(alarms.map(({ name }) => name));
  });

  it('are as many as the parameter for them says, and watch as many metrics', () => {
    const text = readFileSync(new URL('../../template.yaml', import.meta.url), 'utf8').replace(/\s+/g, ' ');
    expect(text).to.contain('The sixteen alarms are there either way, five of them for the rollups');
    expect(text).to.contain('They watch eighteen metrics');
    expect(alarms).to.have.length(16);
    expect(alarms.flatMap(({ properties }) => watchedBy(properties))).to.have.length(18);
    expect(stackWith({ Rollups: 'false' }).ofType('AWS::CloudWatch::Alarm')).to.have.length(16 - 5);
  });

  it('see with a filter whether Lambda reads the stream, since it may drop all that it reads', () => {
    const filtered = stackWith({ FilterPattern: '{"data":{"type":["order"]}}' }).resource(
      'StreamNotReadAlarm',
      'AWS::CloudWatch::Alarm',
    ).properties as unknown as AlarmProperties;
    for (const { namespace, name, dimensions } of watchedBy(filtered))
      expect(isWritten(namespace, name, Object.keys(dimensions)), `${namespace} ${name}`).to.equal(true);
    const records = each(0, 2 * HOUR, incoming, () => 500);
    const reads = each(0, 2 * HOUR, stream('GetRecords.Records'), () => 500);
    expect(statesOf(filtered, [...records, ...reads], 2 * HOUR)).to.not.include('ALARM');
    expect(statesOf(filtered, records, 2 * HOUR)).to.include('ALARM');
  });

  it('see what the index by Type refuses, which the metric of the table leaves out', () => {
    const indexed = stackWith({ TypeIndex: 'true' }).resource('TableThrottlesAlarm', 'AWS::CloudWatch::Alarm')
      .properties as unknown as AlarmProperties;
    const ofIndex = {
      ...tableThrottles,
      dimensions: { ...tableThrottles.dimensions, GlobalSecondaryIndexName: 'ByType' },
    };
    for (const { namespace, name, dimensions } of watchedBy(indexed))
      expect(isWritten(namespace, name, Object.keys(dimensions)), `${namespace} ${name}`).to.equal(true);
    for (const refusing of [ofIndex, tableThrottles]) {
      const states = statesOf(
        indexed,
        each(5, 30, refusing, () => 800),
        HOUR,
      );
      expect(states).to.include('ALARM');
      expect(states.at(-1)).to.equal('OK');
    }
  });

  // Each time that an alarm rings, and each time that it is over, is a message.
  it('ring once for what happens every ten minutes, such as a bad event now and then', () => {
    const minutes = Array.from({ length: 12 }, (_, index) => index * 10);
    const bad = [
      ...batches(minutes, { written: 0, rejected: 1 }),
      ...minutes.flatMap((at) =>
        [puts, lambda('DestinationDeliveryFailures'), rollups('DestinationDeliveryFailures')].flatMap((metric) =>
          each(at, at + 1, metric, () => 1),
        ),
      ),
    ];
    expect(ringsIn(bad, 3 * HOUR)).to.have.deep.members([
      ['RejectedEventsAlarm', 1],
      ['FailedBatchesAlarm', 1],
      ['LostBatchesAlarm', 1],
      ['RollupsLostBatchesAlarm', 1],
    ]);
  });

  it('notice a failed batch that S3 reports ten minutes late', () => {
    const { properties } = alarms.find(({ name }) => name === 'FailedBatchesAlarm')!;
    expect(properties.Metrics).to.equal(undefined);
    expect(
      statesOf(
        properties,
        each(0, 1, puts, () => 1),
        20,
      ).slice(0, 16),
    ).to.deep.equal([...Array<string>(15).fill('ALARM'), 'OK']);
  });

  for (const [alarm, functionName] of [
    ['IteratorAgeAlarm', 'DDBEventProcessor'],
    ['RollupsIteratorAgeAlarm', 'EventRollups'],
  ] as const)
    it(`warn of what waits before it is moved to the bucket: ${alarm}`, () => {
      const { Threshold, Period } = stack.resource(alarm, 'AWS::CloudWatch::Alarm').properties;
      const { maximumRecordAgeInSeconds } = readMappingSettings(
        stack.resource(functionName, 'AWS::Serverless::Function'),
      );
      expect(Number(Threshold) / 1000 + Number(Period)).to.be.below(maximumRecordAgeInSeconds / 2);
    });

  it('ring once for an outage, however long an attempt may take, and though other shards go on meanwhile', () => {
    // Lambda waits a few minutes between two attempts.
    const between = MOST_OF_TIMEOUT / 60 + 4;
    const outage = 15 * HOUR;
    const attempts = Array.from({ length: Math.floor(outage / between) }, (_, index) => index * between);
    const stuck = attempts.flatMap((at) =>
      [age, rollupAge].flatMap((metric) => each(at, at + 1, metric, (minute) => minute * 60_000)),
    );
    const others = each(0, DAY, age, () => 900);
    expect(ringsIn([...others, ...stuck], DAY)).to.have.deep.members([
      ['IteratorAgeAlarm', 1],
      ['ExpiringEventsAlarm', 1],
      ['RollupsIteratorAgeAlarm', 1],
    ]);
  });

  it('warn of expiring events at half of the retention, whatever that is', () => {
    const expiring = (hours: number): AlarmProperties =>
      stackWith({ RetentionPeriodHours: hours }).resource('ExpiringEventsAlarm', 'AWS::CloudWatch::Alarm')
        .properties as unknown as AlarmProperties;
    for (const hours of [24, 48, 168]) {
      const states = (age_: number) =>
        statesOf(
          expiring(hours),
          each(0, 5, age, () => age_ * 3_600_000),
          5,
        );
      expect(states(hours / 2 - 0.1)).to.deep.equal(['OK']);
      expect(states(hours / 2 + 0.1)).to.deep.equal(['ALARM']);
    }
  });

  // The oldest record of a batch that is given up is as old as that, and the alarm rings some minutes later.
  it('say how long before a lost batch was noticed its records may have come', () => {
    const { AlarmDescription } = stackWith({ MaximumRecordAgeInSeconds: 7200 }).resource(
      'LostBatchesAlarm',
      'AWS::CloudWatch::Alarm',
    ).properties;
    expect(AlarmDescription).to.contain(
      '--since TIME, with a time that is 7200 seconds and an hour before this alarm.',
    );
  });

  it('tell nobody by default', () => {
    for (const { name, properties } of alarms)
      expect([properties.AlarmActions, properties.OKActions], name).to.deep.equal([[], []]);
    expect(stack.ofType('AWS::SNS::Topic')).to.deep.equal([]);
    expect(stack.ofType('AWS::SNS::Subscription')).to.deep.equal([]);
  });

  const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:pager';
  for (const [to, parameters, hear] of [
    ['an address', { AlarmEmail: 'ops@example.org' }, ['demo-AlarmTopic']],
    ['another topic', { AlarmTopicArn: TOPIC }, [TOPIC]],
    ['both', { AlarmEmail: 'ops@example.org', AlarmTopicArn: TOPIC }, ['demo-AlarmTopic', TOPIC]],
  ] as const)
    it(`tell ${to} when they ring and when it is over`, () => {
      const heard = stackWith(parameters);
      for (const [name, { properties }] of heard.ofType('AWS::CloudWatch::Alarm'))
        expect([properties.AlarmActions, properties.OKActions], name).to.deep.equal([hear, hear]);
      const subscriptions = heard.ofType('AWS::SNS::Subscription').map(([, { properties }]) => properties);
      expect(subscriptions).to.deep.equal(
        'AlarmEmail' in parameters
          ? [{ TopicArn: heard.nameOf('AlarmTopic'), Protocol: 'email', Endpoint: 'ops@example.org' }]
          : [],
      );
    });

  it('need no metric filter, which a log level could blind', () => {
    expect(stack.ofType('AWS::Logs::MetricFilter')).to.deep.equal([]);
  });
});

import { expect } from 'chai';
import { systemClock } from '../../../aws/system-clock.ts';
import { readDelivery } from '../../../functions/ddb-event-processor/delivery.ts';
import { REJECTED_FOR_REASON } from '../../../functions/ddb-event-processor/metrics.ts';
import { bundleFunctions } from '../../../local/lambda/bundle.ts';
import { functionOptionsOf } from '../../../local/lambda/function-options.ts';
import { type LocalFunction, startFunction } from '../../../local/lambda/lambda.ts';
import { localStack } from '../../../local/stack.ts';
import { extract, formatErrors } from '../../support/embedded-metric-format.ts';
import { TestServices } from '../../support/emulators.ts';
import { tweetV1, tweetV2 } from '../../support/events.ts';
import { kinesisEvent } from '../../support/kinesis-event.ts';
import { Changes } from '../../support/until.ts';

describe('the handler, bundled and running', () => {
  const services = new TestServices();
  let tables: { events: string; rejected: string };
  let running: LocalFunction;
  let lines: string[];
  const logged = new Changes();

  before(async () => {
    await services.start();
    const stack = localStack({}, 'demo');
    const { DDBEventProcessor } = await bundleFunctions(stack);
    const { environment, ...options } = functionOptionsOf('DDBEventProcessor', stack, services.endpoints);
    tables = { events: await services.createTable(['Username', 'Id']), rejected: await services.createTable(['Id']) };
    running = await startFunction({
      bundle: DDBEventProcessor!,
      ...options,
      timeout: 900,
      environment: {
        ...environment,
        EVENT_DATA_TABLE: tables.events,
        REJECTED_EVENTS_TABLE: tables.rejected,
        LOG_LEVEL: 'ERROR',
      },
      onLog: (line) => {
        lines.push(line);
        logged.changed();
      },
      clock: systemClock,
    });
  });
  beforeEach(() => {
    lines = [];
  });
  after(async () => {
    await running.close();
    await services.stop();
  });

  it('writes as metrics what became of its events', async () => {
    const values = [tweetV1(), tweetV2(), '{"cut', tweetV1(), '["not an object"]', 'no JSON'];
    const answer = await running.invoke(JSON.stringify(kinesisEvent(values)));
    expect(answer).to.include({ payload: '{"batchItemFailures":[]}' });
    const counted = () => lines.flatMap(extract).filter(({ name }) => name === REJECTED_FOR_REASON).length;
    // The log goes its own way, besides the answer: a line for each reason, and one for the batch.
    await logged.untilEqual(() => ({ lines: lines.length, reasons: counted() }), { lines: 3, reasons: 2 });
    expect(lines.flatMap(formatErrors)).to.deep.equal([]);
    const found = lines.flatMap(extract);
    const sumOf = (wanted: string, reason?: string): number =>
      found
        .filter(({ name, dimensions }) => name === wanted && dimensions.Reason === reason)
        .reduce((sum, { value }) => sum + value, 0);
    expect(
      ['records', 'events', 'written', 'superseded', 'rejected', 'unwritten'].map((name) => sumOf(name)),
    ).to.deep.equal([6, 6, 2, 1, 3, 0]);
    expect(sumOf(REJECTED_FOR_REASON, 'NotJson')).to.equal(2);
    expect(found.filter(({ name }) => name === 'eventToTableMilliseconds')).to.have.length(2);
    for (const { namespace, dimensions } of found) {
      expect(namespace).to.equal('demo');
      expect(dimensions.FunctionName).to.equal('demo-DDBEventProcessor');
    }
  });

  it('stores what a pipe of EventBridge sends', async () => {
    // As in https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-kinesis.html
    const piped = {
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: 'shardId-000000000000:1',
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: 'arn:aws:iam::111122223333:role/pipe',
      awsRegion: 'us-east-1',
      eventSourceARN: 'arn:aws:kinesis:us-east-1:111122223333:stream/s',
      kinesisSchemaVersion: '1.0',
      partitionKey: 'k',
      sequenceNumber: '1',
      data: Buffer.from('{"specversion":"1.0","id":"piped","source":"/p","type":"t"}').toString('base64'),
      approximateArrivalTimestamp: 1_795_178_096.123,
    };
    const answer = await running.invoke(JSON.stringify([piped]));
    expect(answer).to.include({ payload: '{"batchItemFailures":[]}' });
    const rows = await services.rows(tables.events);
    expect(rows.find(({ Id }) => Id === 'piped')).to.include({ Timestamp: '2026-11-20T12:34:56.123Z' });
  });

  it('fails for what is not an event of a stream, and takes the next', async () => {
    const answer = await running.invoke(JSON.stringify({ Records: [{ messageId: '1', body: '{}' }] }));
    expect(answer).to.have.nested.property('error.errorType', 'TypeError');
    expect(await running.invoke('[]')).to.include({ payload: '{"batchItemFailures":[]}' });
  });
});

describe('readDelivery', () => {
  it('gives the records of a pipe of EventBridge as those of a mapping, and names each that is unwritten by its eventID', () => {
    const { Records } = kinesisEvent([tweetV1(), 'bad', tweetV2()]);
    const { records, answer } = readDelivery(
      Records.map(({ kinesis, ...record }) => ({ ...record, ...kinesis })),
      0,
    );
    expect(records).to.deep.equal(Records);
    const batchItemFailures = [0, 2].map((index) => ({ itemIdentifier: Records[index]!.eventID }));
    expect(answer([records[0]!, records[2]!])).to.deep.equal({ batchItemFailures });
  });

  for (const event of [undefined, null, 'text', {}, { Records: 'none' }, { Records: [{}] }, [{}], [null]])
    it(`refuses ${JSON.stringify(event)}`, () => {
      expect(() => readDelivery(event as never, 0)).to.throw(TypeError, 'expected an event of a Kinesis stream');
    });
});

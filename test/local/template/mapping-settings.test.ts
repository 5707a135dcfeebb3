import { expect } from 'chai';
import { localStack } from '../../../local/stack.ts';
import { readMappingSettings, readsStream, streamArnOf } from '../../../local/template/mapping-settings.ts';
import { type Resource, TemplateError } from '../../../local/template/template.ts';
import { DEFAULT_SETTINGS } from '../../support/default-settings.ts';

const functionWith = (Properties: object, Type = 'Kinesis'): Resource => functionOf({ Type, Properties });
const functionOf = (...events: { Type: string; Properties: object }[]): Resource =>
  ({ type: 'AWS::Serverless::Function', properties: { Events: { ...events } }, metadata: {} }) as unknown as Resource;
const STREAM = 'arn:aws:kinesis:us-east-1:000000000000:stream/local-EventStream';
const CHANGES = 'arn:aws:dynamodb:us-east-1:000000000000:table/local-EventData/stream/1970-01-01T00:00:00.000';
const read = (properties: object) => readMappingSettings(functionWith(properties));

describe('readMappingSettings', () => {
  it('takes what AWS takes where the template says nothing', () => {
    expect(read({})).to.deep.equal(DEFAULT_SETTINGS);
  });

  it('reads every property', () => {
    const settings = read({
      BatchSize: 500,
      MaximumBatchingWindowInSeconds: 5,
      ParallelizationFactor: 1,
      BisectBatchOnFunctionError: 'true',
      MaximumRetryAttempts: '3',
      MaximumRecordAgeInSeconds: 3_600,
      TumblingWindowInSeconds: 0,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      StartingPosition: 'AT_TIMESTAMP',
      StartingPositionTimestamp: 1_795_178_096.5,
      FilterCriteria: { Filters: [{ Pattern: '{"data":{"a":[1]}}' }] },
      DestinationConfig: { OnFailure: { Type: 'S3', Destination: 'arn:aws:s3:::bucket' } },
      MetricsConfig: { Metrics: ['EventCount'] },
    });
    expect(settings).to.deep.equal({
      batchSize: 500,
      maximumBatchingWindowInSeconds: 5,
      parallelizationFactor: 1,
      bisectBatchOnFunctionError: true,
      maximumRetryAttempts: 3,
      maximumRecordAgeInSeconds: 3_600,
      reportBatchItemFailures: true,
      tumblingWindowInSeconds: 0,
      filterPatterns: ['{"data":{"a":[1]}}'],
      onFailureDestination: 'arn:aws:s3:::bucket',
    });
  });

  it('reads what Lambda takes for no limit, several batches of a shard at once, and a bucket without its type', () => {
    const found = read({
      ParallelizationFactor: 10,
      MaximumRetryAttempts: '-1',
      MaximumRecordAgeInSeconds: -1,
      StartingPosition: 'AT_TIMESTAMP',
      StartingPositionTimestamp: '0',
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::bucket' } },
    });
    expect(found).to.include({
      parallelizationFactor: 10,
      maximumRetryAttempts: -1,
      maximumRecordAgeInSeconds: -1,
      onFailureDestination: 'arn:aws:s3:::bucket',
    });
  });

  it('reads the template of the project', () => {
    const lambda = localStack().template.resource('DDBEventProcessor', 'AWS::Serverless::Function');
    expect(readMappingSettings(lambda)).to.include({
      reportBatchItemFailures: true,
      bisectBatchOnFunctionError: true,
      onFailureDestination: 'arn:aws:s3:::local-FailedBatches',
    });
  });

  const wrong: [properties: object, message: string][] = [
    [{ BatchSize: 10_001 }, 'BatchSize is 10001; expected a whole number from 1 to 10000'],
    [{ BatchSize: ' ' }, 'BatchSize is " "; expected a whole number from 1 to 10000'],
    [{ BatchSize: 'many' }, 'BatchSize is "many"; expected a whole number from 1 to 10000'],
    [{ MaximumBatchingWindowInSeconds: 301 }, 'expected a whole number from 0 to 300'],
    [{ ParallelizationFactor: 11 }, 'expected a whole number from 1 to 10'],
    [{ BisectBatchOnFunctionError: 'yes' }, 'BisectBatchOnFunctionError is "yes"; expected true or false'],
    [{ MaximumRetryAttempts: -2 }, 'expected a whole number from -1 to 10000'],
    [{ MaximumRecordAgeInSeconds: 30 }, 'is 30; expected a whole number from 60 to 604800, or -1'],
    [{ TumblingWindowInSeconds: 901 }, 'expected a whole number from 0 to 900'],
    [
      { TumblingWindowInSeconds: 60 },
      'TumblingWindowInSeconds is 60; the local stack has tumbling windows for change streams only, so remove it or set it to 0',
    ],
    [{ FunctionResponseTypes: ['All'] }, 'expected [ReportBatchItemFailures]'],
    [{ StartingPosition: 'START' }, 'expected one of TRIM_HORIZON, LATEST, AT_TIMESTAMP'],
    [{ StartingPosition: 'AT_TIMESTAMP' }, 'StartingPositionTimestamp belong together'],
    [{ StartingPositionTimestamp: 5 }, 'StartingPositionTimestamp belong together'],
    [
      { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 'soon' },
      'StartingPositionTimestamp is "soon"; expected seconds since 1970',
    ],
    [{ FilterCriteria: null }, 'FilterCriteria is null; expected Filters, a list of objects with a Pattern in JSON'],
    [
      { FilterCriteria: { Filters: [{ Pattern: '{"data":{"a":[1]}}' }, {}] } },
      'a list of objects with a Pattern in JSON',
    ],
    [{ FilterCriteria: { Filters: 'x' } }, 'expected Filters, a list of objects with a Pattern in JSON'],
    [{ FilterCriteria: { Filters: [{ Pattern: 'x' }] } }, 'filter 1: the pattern x is not JSON'],
    [
      { DestinationConfig: { OnFailure: { Type: 'SQS', Destination: 'arn:aws:sqs:us-east-1:1:q' } } },
      'OnFailure is SQS "arn:aws:sqs:us-east-1:1:q"; the local stack stands in for S3 only',
    ],
    [
      { DestinationConfig: { OnFailure: { Type: 'SNS', Destination: 'arn:aws:s3:::bucket' } } },
      'OnFailure is SNS "arn:aws:s3:::bucket"; the local stack stands in for S3 only',
    ],
    [
      { DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:1:q' } } },
      'OnFailure is without a type "arn:aws:sqs:us-east-1:1:q"; the local stack stands in for S3 only',
    ],
    [{ Batchsize: 1, Other: 2 }, 'the local stack does not know Batchsize, Other of a Kinesis event'],
  ];
  for (const [properties, message] of wrong)
    it(`refuses ${JSON.stringify(properties)}`, () => {
      expect(() => read(properties)).to.throw(TemplateError, message);
    });

  it('names everything that is wrong at once', () => {
    expect(() => read({ BatchSize: 0, MaximumRetryAttempts: 1.5, What: 1 })).to.throw(
      TemplateError,
      /BatchSize is 0; .*MaximumRetryAttempts is 1\.5; .*does not know What/,
    );
  });

  it('refuses a function without a stream', () => {
    const lambda = { ...functionWith({}), properties: {} };
    expect(() => readMappingSettings(lambda)).to.throw(TemplateError, 'no event of the type Kinesis or DynamoDB');
    expect(readsStream(lambda)).to.equal(false);
  });

  it('refuses a function that reads two streams', () => {
    const lambda = functionOf({ Type: 'Kinesis', Properties: {} }, { Type: 'DynamoDB', Properties: {} });
    expect(() => readMappingSettings(lambda)).to.throw(TemplateError, 'the function reads 2 streams');
  });

  describe('of the change stream of a table', () => {
    const ofTable = (properties: object) => readMappingSettings(functionWith(properties, 'DynamoDB'));

    it('reads the same properties, with the same defaults', () => {
      expect(ofTable({ Stream: CHANGES })).to.deep.equal(DEFAULT_SETTINGS);
      const filter = JSON.stringify({ eventName: ['INSERT'], dynamodb: { NewImage: { Type: { S: ['tweet'] } } } });
      const properties = {
        BatchSize: 1_000,
        MaximumBatchingWindowInSeconds: 1,
        MaximumRetryAttempts: 5,
        TumblingWindowInSeconds: 900,
        StartingPosition: 'LATEST',
        FilterCriteria: { Filters: [{ Pattern: filter }] },
        DestinationConfig: { OnFailure: { Type: 'S3', Destination: 'arn:aws:s3:::bucket' } },
      };
      expect(ofTable(properties)).to.deep.equal({
        ...DEFAULT_SETTINGS,
        batchSize: 1_000,
        maximumBatchingWindowInSeconds: 1,
        maximumRetryAttempts: 5,
        tumblingWindowInSeconds: 900,
        filterPatterns: [filter],
        onFailureDestination: 'arn:aws:s3:::bucket',
      });
    });

    const refused: [properties: object, message: string][] = [
      [{ StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1 }, 'expected one of TRIM_HORIZON, LATEST'],
      [
        { FilterCriteria: { Filters: [{ Pattern: '{"data":{"a":[1]}}' }] } },
        'the pattern names data; of a DynamoDB record',
      ],
      [{ Batchsize: 1 }, 'the local stack does not know Batchsize of a DynamoDB event'],
      [{ TumblingWindowInSeconds: 60, ParallelizationFactor: 2 }, 'ParallelizationFactor is 2; with tumbling windows'],
    ];
    for (const [properties, message] of refused)
      it(`refuses ${JSON.stringify(properties)}`, () => {
        expect(() => ofTable(properties)).to.throw(TemplateError, message);
      });
  });
});

describe('streamArnOf', () => {
  it('is what the event names', () => {
    expect(streamArnOf(functionWith({ Stream: STREAM }))).to.equal(STREAM);
    expect(streamArnOf(functionWith({ Stream: CHANGES }, 'DynamoDB'))).to.equal(CHANGES);
  });

  for (const [type, arn] of [
    ['Kinesis', CHANGES],
    ['DynamoDB', STREAM],
    ['DynamoDB', 'arn:aws:dynamodb:us-east-1:000000000000:table/local-EventData'],
    ['Kinesis', undefined],
  ] as const)
    it(`refuses ${arn} for an event of the type ${type}`, () => {
      expect(() => streamArnOf(functionWith({ Stream: arn }, type))).to.throw(TemplateError, 'expected the ARN of');
    });
});

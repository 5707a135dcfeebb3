import { METRICS, REJECTED_FOR_REASON } from '../../functions/ddb-event-processor/metrics.ts';
import { METRICS as ROLLUP_METRICS } from '../../functions/event-rollups/changes-report.ts';

/** The dimensions of our metrics. A function has one name, and reasons are few: so are the metrics that are billed. */
export const DIMENSIONS = { all: ['FunctionName'], [REJECTED_FOR_REASON]: ['FunctionName', 'Reason'] } as const;

/** Metrics that AWS's services write by themselves: by namespace, then by name, with the dimensions that they are asked for by. */
const AWS_METRICS: Record<string, { url: string; metrics: Record<string, readonly string[]> }> = {
  'AWS/Kinesis': {
    url: 'https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html',
    metrics: {
      'GetRecords.Records': ['StreamName'],
      IncomingBytes: ['StreamName'],
      IncomingRecords: ['StreamName'],
      WriteProvisionedThroughputExceeded: ['StreamName'],
    },
  },
  'AWS/Lambda': {
    url: 'https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html',
    metrics: {
      ConcurrentExecutions: ['FunctionName'],
      DestinationDeliveryFailures: ['FunctionName'],
      Duration: ['FunctionName'],
      Errors: ['FunctionName'],
      Invocations: ['FunctionName'],
      IteratorAge: ['FunctionName'],
      Throttles: ['FunctionName'],
    },
  },
  'AWS/DynamoDB': {
    url: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html',
    metrics: {
      ConsumedReadCapacityUnits: ['TableName'],
      ConsumedWriteCapacityUnits: ['TableName'],
      ReadThrottleEvents: ['TableName'],
      WriteThrottleEvents: ['TableName'],
    },
  },
  'AWS/S3': {
    url: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html',
    metrics: { NumberOfObjects: ['BucketName', 'StorageType'], PutRequests: ['BucketName', 'FilterId'] },
  },
  'AWS/Logs': {
    url: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html',
    metrics: { IncomingBytes: ['LogGroupName'] },
  },
};

/** The only statistic that S3 documents for a metric. https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html */
const ONLY_STATISTIC: Record<string, string> = { NumberOfObjects: 'Average', PutRequests: 'Sum' };

/** Whether a metric has a value by that statistic, as far as its service says. */
export const hasStatistic = (name: string, statistic: string | undefined): boolean =>
  (ONLY_STATISTIC[name] ?? statistic) === statistic;

/** By it a metric of a table is asked for an index, which the table's own value leaves out. */
const OF_INDEX = 'GlobalSecondaryIndexName';

/**
 * Whether somebody writes a metric of that name by these dimensions.
 *
 * @param namespace AWS's, or that of a stack, whose functions write the metrics of the code
 */
export const isWritten = (namespace: string, name: string, dimensions: readonly string[]): boolean => {
  const known = namespace.startsWith('AWS/') ? AWS_METRICS[namespace]?.metrics[name] : ours(name);
  const asked = namespace === 'AWS/DynamoDB' ? dimensions.filter((dimension) => dimension !== OF_INDEX) : dimensions;
  return known !== undefined && [...known].sort().join() === [...asked].sort().join();
};

const ours = (name: string): readonly string[] | undefined => {
  if (name === REJECTED_FOR_REASON) return DIMENSIONS[REJECTED_FOR_REASON];
  return name in METRICS || name in ROLLUP_METRICS ? DIMENSIONS.all : undefined;
};

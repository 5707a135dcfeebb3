import { DIMENSIONS, METRICS, REJECTED_FOR_REASON } from '../../functions/ddb-event-processor/metrics.ts';

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
    metrics: { ConsumedWriteCapacityUnits: ['TableName'], WriteThrottleEvents: ['TableName'] },
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

/**
 * The dimensions by which a metric is asked for, sorted; nothing where nobody writes a metric of that name.
 *
 * @param namespace AWS's, or that of a stack, whose function writes the metrics of the code
 */
export const dimensionsOf = (namespace: string, name: string): string[] | undefined => {
  const known = namespace.startsWith('AWS/') ? AWS_METRICS[namespace]?.metrics[name] : ours(name);
  return known && [...known].sort();
};

const ours = (name: string): readonly string[] | undefined => {
  if (name === REJECTED_FOR_REASON) return DIMENSIONS[REJECTED_FOR_REASON];
  return name in METRICS ? DIMENSIONS.all : undefined;
};

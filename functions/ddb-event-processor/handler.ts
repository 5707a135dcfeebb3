import type { Context, KinesisStreamBatchResponse } from 'aws-lambda';
import { monotonicClock, systemClock } from '../../aws/system-clock.ts';
import { dynamoDbClient } from '../dynamodb-client.ts';
import { jsonLog } from '../log.ts';
import { BACKOFF, type RetryPolicy } from '../retry-policy.ts';
import { report } from './batch-report.ts';
import { readConfig } from './config.ts';
import { type DeliveryEvent, readDelivery } from './delivery.ts';
import { eventDataTable } from './event-data-table.ts';
import { processBatch } from './process-batch.ts';
import { putNewestRows } from './put-newest-rows.ts';
import { putRows } from './put-rows.ts';
import { rejectedEventsTable } from './rejected-events-table.ts';
import { timeBudget } from './time-budget.ts';

const config = readConfig(process.env);

const log = jsonLog(config.logLevel, (line) => process.stdout.write(`${line}\n`), systemClock);

const client = dynamoDbClient();

const policy: RetryPolicy = {
  backoff: BACKOFF,
  // All the requests of a batch of 500 at once: a request waits longer for DynamoDB than it takes here.
  concurrency: 20,
  clock: monotonicClock,
};

const { processor, retentionDays: days } = config;
const expiry = days === undefined ? undefined : { days, calendar: systemClock };
const eventData = eventDataTable(config.eventDataTable, expiry);
const putEvents = (processor.newest ? putNewestRows : putRows)(client, eventData, policy);
const putRejected = putRows(client, rejectedEventsTable(config.rejectedEventsTable), policy);

/** Lambda's entry: stores a batch of records and names those that could not be stored. */
export const handler = async (event: DeliveryEvent, context: Context): Promise<KinesisStreamBatchResponse> => {
  const started = new Date(systemClock.now());
  const { records, answer } = readDelivery(event, started.getTime());
  const budget = timeBudget(monotonicClock, context.getRemainingTimeInMillis());
  try {
    const processed = await processBatch(records, { processor, putEvents, putRejected, calendar: systemClock, budget });
    report(log, processed, {
      requestId: context.awsRequestId,
      functionName: context.functionName,
      records,
      started,
      ended: new Date(systemClock.now()),
      metricsNamespace: config.metricsNamespace,
    });
    return answer(processed.unwritten);
  } finally {
    budget.end();
  }
};

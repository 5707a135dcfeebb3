import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { report } from './batch-report.ts';
import { readConfig } from './config.ts';
import { eventDataTable } from './event-data-table.ts';
import { jsonLog } from './log.ts';
import { processBatch } from './process-batch.ts';
import { rejectedEventsTable } from './rejected-events-table.ts';
import { putRows, type RetryPolicy } from './table.ts';

const config = readConfig(process.env);

const log = jsonLog(
  config.logLevel,
  (line) => process.stdout.write(`${line}\n`),
  () => new Date(),
);

const client = new DynamoDBClient({
  // One place retries: putRows, which knows the deadline.
  maxAttempts: 1,
  // A connection that hangs costs one try, not the invocation.
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
});

const policy: RetryPolicy = {
  backoff: { baseMs: 50, capMs: 2_000 },
  // All the requests of a batch of 500 at once: a request waits longer for DynamoDB than it takes here.
  concurrency: 20,
  random: Math.random,
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
};

const putEvents = putRows(client, eventDataTable(config.eventDataTable), policy);
const putRejected = putRows(client, rejectedEventsTable(config.rejectedEventsTable), policy);

/** The time for writing: all but what the answer after the last write needs. Milliseconds. */
const budgetOf = (remainingMs: number): number =>
  Math.max(0, Math.floor(remainingMs - Math.min(1_500, remainingMs / 4)));

/** Lambda's entry: stores a batch of records and names the first that could not be stored. */
export const handler = async (event: KinesisStreamEvent, context: Context): Promise<KinesisStreamBatchResponse> => {
  const started = new Date();
  if (!Array.isArray(event?.Records))
    throw new TypeError('the event has no Records; expected an event of a Kinesis stream');
  const deadline = AbortSignal.timeout(budgetOf(context.getRemainingTimeInMillis()));
  // Every request in flight listens to it, and Node takes more than ten listeners for a leak.
  setMaxListeners(0, deadline);
  const processed = await processBatch(event.Records, { putEvents, putRejected, now: () => new Date() }, deadline);
  report(log, processed, {
    requestId: context.awsRequestId,
    functionName: context.functionName,
    records: event.Records,
    started,
    ended: new Date(),
    metricsNamespace: config.metricsNamespace,
  });
  return processed.response;
};

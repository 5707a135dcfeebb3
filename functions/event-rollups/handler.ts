import type { Context } from 'aws-lambda';
import { monotonicClock, systemClock } from '../../aws/system-clock.ts';
import { answerTime, deadlineIn } from '../deadline.ts';
import { dynamoDbClient } from '../dynamodb-client.ts';
import { jsonLog } from '../log.ts';
import { BACKOFF, type RetryPolicy } from '../retry-policy.ts';
import { applyChanges } from './apply-changes.ts';
import { report } from './changes-report.ts';
import { readConfig } from './config.ts';
import { type Answer, answer, type ChangesEvent, readDelivery } from './delivery.ts';
import { partStore } from './part-store.ts';
import { rebuildStore } from './rebuild-store.ts';
import { rollupsTable } from './rollups-table.ts';

const config = readConfig(process.env);

const log = jsonLog(config.logLevel, (line) => process.stdout.write(`${line}\n`), systemClock);

const client = dynamoDbClient();

const policy: RetryPolicy = {
  backoff: BACKOFF,
  // As many as the SDK keeps connections.
  concurrency: 50,
  clock: monotonicClock,
};

const { rollups, retentionDays: days } = config;
const expiry = days === undefined ? undefined : { days, calendar: systemClock };
const openTable = rollupsTable(client, config.rollupsTable, policy);

/** Lambda's entry: brings the rollups up to a batch of changes of EventData, and names the first change that is not in all of them. */
export const handler = async (event: ChangesEvent, context: Context): Promise<Answer> => {
  const started = new Date(systemClock.now());
  const delivery = readDelivery(event);
  const ended = new AbortController();
  const remaining = context.getRemainingTimeInMillis();
  const deadline = deadlineIn(remaining - answerTime(remaining), policy.clock, ended.signal);
  const table = openTable(deadline.signal);
  try {
    const applied = await applyChanges(delivery, {
      rollups,
      store: partStore(table, expiry),
      rebuilds: rebuildStore(table, systemClock),
      deadline,
      concurrency: policy.concurrency,
    });
    report(log, applied, {
      requestId: context.awsRequestId,
      functionName: context.functionName,
      shard: delivery.shard,
      records: delivery.records,
      retries: table.retries(),
      started,
      ended: new Date(systemClock.now()),
      metricsNamespace: config.metricsNamespace,
    });
    return answer(applied.firstUnfinished);
  } finally {
    ended.abort();
  }
};

import { type CreateTableCommandInput, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { awsClient } from '../../aws/client.ts';
import { LOCAL_REGION, localCredentials } from '../../aws/local-stack.ts';
import { seeded } from '../../core/random.ts';
import { ROLLUPS_KEY } from '../../functions/event-rollups/part-item.ts';
import { startEmulators } from '../../local/emulators/emulators.ts';
import { createTable } from '../../local/emulators/provision.ts';
import { ROLLUPS } from '../../local/stack.ts';
import { startFaultProxy } from '../fault-proxy.ts';
import { startAnsweringProcess } from './child-process.ts';
import { lambdaFlagsOf } from './lambda-flags.ts';
import type { Measured } from './measure.ts';
import { IDEMPOTENCY_TABLE, PEER_NAMES, ROLLUPS_TABLE } from './rollup-peers.ts';
import type { RollupsTask } from './rollups-process.ts';

/** Of the answers. */
export const LOST_ANSWERS = 0.05;

const GROUPS = 10;

/** Starts the function of the rollups, or a peer of it, in a process of its own. It answers once all changes are counted. */
export const startPeer = (task: RollupsTask) =>
  startAnsweringProcess<'all changes', Measured>(new URL('./rollups-process.ts', import.meta.url), task, {
    execArgv: lambdaFlagsOf(ROLLUPS.function),
  });

/** How far each of the peers is off after so many changes, on a DynamoDB of which a share of the answers gets lost. */
export const measureLosses = async (bundle: string, changes: number, share: number): Promise<number[]> => {
  const off: number[] = [];
  for (const peer of PEER_NAMES) off.push(await offAfterLosses({ peer, bundle, changes }, share));
  return off;
};

const offAfterLosses = async (
  { peer, bundle, changes }: Pick<RollupsTask, 'peer' | 'bundle' | 'changes'>,
  share: number,
): Promise<number> => {
  const { endpoints, close } = await startEmulators({ kinesis: 0, dynamoDb: 0 });
  const { dynamoDb: endpoint } = endpoints;
  const client = awsClient(DynamoDBClient, { region: LOCAL_REGION, endpoint, credentials: localCredentials() });
  const random = seeded(1);
  const proxy = await startFaultProxy(endpoint, () =>
    random() < share ? { kind: 'reset', when: 'after' } : undefined,
  );
  const task = { peer, bundle, changes, endpoint: proxy.endpoint, groups: GROUPS, batchSize: 100 };
  const { ask, stop } = startPeer(task);
  try {
    await Promise.all([
      createTable(client, tableOf(ROLLUPS_TABLE, ...ROLLUPS_KEY)),
      createTable(client, tableOf(IDEMPOTENCY_TABLE, 'id')),
    ]);
    await ask('all changes');
    let counted = 0;
    for await (const { Items = [] } of paginateScan({ client }, { TableName: ROLLUPS_TABLE }))
      for (const { Count } of Items) counted += Number(Count?.N);
    return (counted - changes) / changes;
  } finally {
    await stop();
    await proxy.close();
    client.destroy();
    await close();
  }
};

const tableOf = (TableName: string, ...key: readonly string[]): CreateTableCommandInput => ({
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: key.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: key.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
});

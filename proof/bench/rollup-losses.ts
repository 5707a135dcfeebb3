import { type CreateTableCommandInput, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { awsClient } from '../../aws/client.ts';
import { LOCAL_REGION, localCredentials } from '../../aws/local-stack.ts';
import { seeded } from '../../core/random.ts';
import { ROLLUPS_KEY } from '../../functions/event-rollups/part-item.ts';
import { startEmulators } from '../../local/emulators/emulators.ts';
import { createTable, deleteTable } from '../../local/emulators/provision.ts';
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

export const startPeer = (task: RollupsTask) =>
  startAnsweringProcess<'all changes', Measured>(new URL('./rollups-process.ts', import.meta.url), task, {
    execArgv: lambdaFlagsOf(ROLLUPS.function),
  });

/**
 * How far each is off on a DynamoDB of which answers get lost.
 *
 * @param changes that each applies, for each share
 * @param shares of the answers that are lost, by turns
 * @returns for each peer, how far it is off at each share
 */
export const measureLosses = async (
  bundle: string,
  changes: number,
  shares: readonly number[] = [LOST_ANSWERS],
): Promise<number[][]> => {
  const { endpoints, close } = await startEmulators({ kinesis: 0, dynamoDb: 0 });
  const off: number[][] = [];
  try {
    for (const peer of PEER_NAMES)
      off.push(await offAfterLosses({ peer, bundle, changes }, endpoints.dynamoDb, shares));
  } finally {
    await close();
  }
  return off;
};

const offAfterLosses = async (
  { peer, bundle, changes }: Pick<RollupsTask, 'peer' | 'bundle' | 'changes'>,
  target: string,
  shares: readonly number[],
): Promise<number[]> => {
  const client = awsClient(DynamoDBClient, { region: LOCAL_REGION, endpoint: target, credentials: localCredentials() });
  const random = seeded(1);
  const off: number[] = [];
  let lost = 0;
  const proxy = await startFaultProxy(target, () => (random() < lost ? { kind: 'reset', when: 'after' } : undefined));
  const task = { peer, bundle, changes, endpoint: proxy.endpoint, groups: GROUPS, batchSize: 100 };
  const { ask, stop } = startPeer(task);
  try {
    for (lost of shares) {
      await Promise.all([
        createTable(client, tableOf(ROLLUPS_TABLE, ...ROLLUPS_KEY)),
        createTable(client, tableOf(IDEMPOTENCY_TABLE, 'id')),
      ]);
      await ask('all changes');
      let counted = 0;
      for await (const { Items = [] } of paginateScan({ client }, { TableName: ROLLUPS_TABLE }))
        for (const { Count } of Items) counted += Number(Count?.N);
      for (const TableName of [ROLLUPS_TABLE, IDEMPOTENCY_TABLE]) await deleteTable(client, TableName);
      off.push((counted - changes) / changes);
    }
    return off;
  } finally {
    await stop();
    await proxy.close();
    client.destroy();
  }
};

const tableOf = (TableName: string, ...key: readonly string[]): CreateTableCommandInput => ({
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: key.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: key.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
});

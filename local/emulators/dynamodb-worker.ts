import { workerData } from 'node:worker_threads';
import { systemClock } from '../../aws/system-clock.ts';
import { openDynamoDb } from './dynamodb.ts';
import type { DynamoDbThread } from './emulators.ts';
import { serve } from './serve.ts';
import { streamsAt } from './streams-port.ts';
import { recordChanges } from './table-changes.ts';

const { port, host, folder, changes, changeStreamShards: shards = 1 } = workerData as DynamoDbThread;

const { server, store } = openDynamoDb(folder);
recordChanges({ dynamoDb: store, streams: streamsAt(changes), shards, clock: systemClock });
serve(server, port, host);

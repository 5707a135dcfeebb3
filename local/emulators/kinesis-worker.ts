import { workerData } from 'node:worker_threads';
import { isChangeStream } from './change-stream.ts';
import type { KinesisThread } from './emulators.ts';
import { quickenHashKeys } from './hash-keys.ts';
import { countPuts, openKinesis } from './kinesis.ts';
import { quickenSequenceNumbers } from './sequence-numbers.ts';
import { serve } from './serve.ts';
import { findShardEnds } from './shard-end.ts';
import { Streams } from './streams.ts';
import { answerCalls } from './streams-port.ts';

const { port, host, folder, changes, recordsPut } = workerData as KinesisThread;

quickenSequenceNumbers();
quickenHashKeys();
const { server, store } = openKinesis(folder);
findShardEnds(store);
countPuts(store, (stream, records) => {
  if (!isChangeStream(stream)) Atomics.add(recordsPut, 0, records);
});
answerCalls(changes, new Streams(store));
serve(server, port, host);

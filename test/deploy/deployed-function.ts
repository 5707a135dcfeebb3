import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBRecord, KinesisStreamRecord } from 'aws-lambda';
import { startBuilt } from '../bundle/handler.ts';
import { record } from '../support/kinesis-event.ts';
import type { StreamRecord } from '../support/shards.ts';
import { type Answer, type FakeAws, REGION } from './fake-aws.ts';
import { runProcess } from './processes.ts';
import { python } from './python.ts';

const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** The bundle that was uploaded for a function, unpacked. */
const fetchCode = async (bucket: string, sha256: string, folder: string, { url, ask }: FakeAws): Promise<string> => {
  const s3 = new S3Client({ region: REGION, endpoint: url, credentials: CREDENTIALS });
  const [{ Contents = [] }] = await ask(['s3', 'list_objects_v2', { Bucket: bucket }]);
  for (const { Key } of Contents as Answer[]) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
    if (createHash('sha256').update(bytes).digest('base64') !== sha256) continue;
    s3.destroy();
    const code = await mkdtemp(join(folder, 'code-'));
    const archive = join(code, 'code.zip');
    await writeFile(archive, bytes);
    const unpack = [await python('moto', 'python'), '-m', 'zipfile', '-e', archive, code];
    await runProcess(unpack, { env: process.env, limit: 60 });
    return code;
  }
  throw new Error(`the bucket ${bucket} has no object whose SHA-256 is the one of the function, ${sha256}`);
};

/** Records as Lambda hands them over. */
export const asLambdaHasThem = (records: readonly StreamRecord[], streamArn: string): KinesisStreamRecord[] =>
  records.map(({ shardId, sequenceNumber, partitionKey, data }) => {
    const { kinesis, ...envelope } = record(data);
    return {
      ...envelope,
      kinesis: { ...kinesis, partitionKey, sequenceNumber },
      eventID: `${shardId}:${sequenceNumber}`,
      eventSourceARN: streamArn,
    };
  });

/** The changes of a table, from its first one on, as Lambda hands them over; and the shard that they are from. */
export const changesOf = async (
  tableName: string,
  { ask }: FakeAws,
): Promise<{ records: DynamoDBRecord[]; shardId: string }> => {
  const [{ Table }] = await ask(['dynamodb', 'describe_table', { TableName: tableName }]);
  const StreamArn = Table.LatestStreamArn;
  const [{ StreamDescription }] = await ask(['dynamodbstreams', 'describe_stream', { StreamArn }]);
  const [{ ShardId }] = StreamDescription.Shards;
  const records: DynamoDBRecord[] = [];
  const from = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
  let [{ ShardIterator }] = await ask(['dynamodbstreams', 'get_shard_iterator', from]);
  for (;;) {
    const [{ Records, NextShardIterator }] = await ask(['dynamodbstreams', 'get_records', { ShardIterator }]);
    if (Records.length === 0) return { records, shardId: ShardId };
    for (const { dynamodb, ...envelope } of Records as Answer[]) {
      const ApproximateCreationDateTime = Math.floor(Date.parse(dynamodb.ApproximateCreationDateTime) / 1_000);
      records.push({
        ...envelope,
        eventSourceARN: StreamArn,
        dynamodb: { ...dynamodb, ApproximateCreationDateTime },
      });
    }
    ShardIterator = NextShardIterator;
  }
};

/**
 * Runs the code that was deployed, with the settings that were deployed, as Lambda would for these records: in batches as large
 * as the event source mapping says.
 *
 * @param more what else is in the event
 * @returns the function's answer for each batch, and the lines of its log
 */
export const runDeployed = async (
  functionName: string,
  records: readonly (KinesisStreamRecord | DynamoDBRecord)[],
  { bundles, folder, aws }: { bundles: string; folder: string; aws: FakeAws },
  more: object = {},
): Promise<{ answers: object[]; log: string[] }> => {
  const [settings, { EventSourceMappings }] = await aws.ask(
    ['lambda', 'get_function_configuration', { FunctionName: functionName }],
    ['lambda', 'list_event_source_mappings', { FunctionName: functionName }],
  );
  const [{ BatchSize }] = EventSourceMappings;
  const code = await fetchCode(bundles, settings.CodeSha256, folder, aws);
  const log: string[] = [];
  const deployed = await startBuilt(code, settings, {
    functionArn: settings.FunctionArn,
    environment: {
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_ENDPOINT_URL: aws.url,
    },
    onLog: (line) => log.push(line),
  });
  const answers: object[] = [];
  for (let start = 0; start < records.length; start += BatchSize) {
    const payload = JSON.stringify({ Records: records.slice(start, start + BatchSize), ...more });
    const { requestId: _, ...answer } = await deployed.invoke(payload);
    answers.push(answer);
  }
  await deployed.close();
  return { answers, log };
};

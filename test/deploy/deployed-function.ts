import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { KinesisStreamRecord } from 'aws-lambda';
import { systemClock } from '../../aws/system-clock.ts';
import { startFunction } from '../../local/lambda/lambda.ts';
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
    const archive = join(folder, 'code.zip');
    await writeFile(archive, bytes);
    const unpack = [await python('moto', 'python'), '-m', 'zipfile', '-e', archive, join(folder, 'code')];
    await runProcess(unpack, { env: process.env, limit: 60 });
    return join(folder, 'code');
  }
  throw new Error(`the bucket ${bucket} has no object whose SHA-256 is the one of the function, ${sha256}`);
};

/** Records as Lambda hands them over. */
export const asLambdaHasThem = (records: readonly StreamRecord[], streamArn: string): KinesisStreamRecord[] =>
  records.map(({ shardId, sequenceNumber, partitionKey, data }) => ({
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey,
      sequenceNumber,
      data: Buffer.from(data).toString('base64'),
      approximateArrivalTimestamp: 1_795_178_096.123,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${shardId}:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::123456789012:role/deployed',
    awsRegion: REGION,
    eventSourceARN: streamArn,
  }));

/**
 * Runs the code that was deployed, with the settings that were deployed, as Lambda would for these records: in batches as large
 * as the event source mapping says.
 *
 * @returns the function's answer for each batch, and the lines of its log
 */
export const runDeployed = async (
  functionName: string,
  records: readonly KinesisStreamRecord[],
  { bundles, folder, aws }: { bundles: string; folder: string; aws: FakeAws },
): Promise<{ answers: object[]; log: string[] }> => {
  const [settings, { EventSourceMappings }] = await aws.ask(
    ['lambda', 'get_function_configuration', { FunctionName: functionName }],
    ['lambda', 'list_event_source_mappings', { FunctionName: functionName }],
  );
  const [{ BatchSize }] = EventSourceMappings;
  const code = await fetchCode(bundles, settings.CodeSha256, folder, aws);
  const [moduleName, handlerName] = settings.Handler.split('.');
  const bundle = ['.js', '.mjs', '.cjs'].map((extension) => join(code, moduleName + extension)).find(existsSync);
  if (bundle === undefined) throw new Error(`the deployed code holds no module for the handler ${settings.Handler}`);
  const log: string[] = [];
  const deployed = await startFunction({
    bundle,
    handlerName,
    functionName,
    functionArn: settings.FunctionArn,
    timeout: settings.Timeout,
    memorySize: settings.MemorySize,
    environment: {
      ...settings.Environment.Variables,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_ENDPOINT_URL: aws.url,
      // Deployed, it runs on a newer Node than this may be.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
    onLog: (line) => log.push(line),
    clock: systemClock,
  });
  const answers: object[] = [];
  for (let start = 0; start < records.length; start += BatchSize) {
    const payload = JSON.stringify({ Records: records.slice(start, start + BatchSize) });
    const { requestId: _, ...answer } = await deployed.invoke(payload);
    answers.push(answer);
  }
  await deployed.close();
  return { answers, log };
};

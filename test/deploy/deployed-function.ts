import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { KinesisStreamRecord } from 'aws-lambda';
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
  records.map(({ shardId, sequenceNumber, partitionKey, data }) => {
    const { kinesis, ...envelope } = record(data);
    return {
      ...envelope,
      kinesis: { ...kinesis, partitionKey, sequenceNumber },
      eventID: `${shardId}:${sequenceNumber}`,
      eventSourceARN: streamArn,
    };
  });

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
    const payload = JSON.stringify({ Records: records.slice(start, start + BatchSize) });
    const { requestId: _, ...answer } = await deployed.invoke(payload);
    answers.push(answer);
  }
  await deployed.close();
  return { answers, log };
};

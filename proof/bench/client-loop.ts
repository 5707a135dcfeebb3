import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { kinesisClient } from '../../aws/kinesis.ts';
import { LOCAL_REGION, localCredentials } from '../../aws/local-stack.ts';
import { PUT_RECORDS } from '../../core/limits.ts';

/**
 * The peer of the client's command: the least code that puts the lines of a file on a stream with the SDK, 500 at a time and one request
 * after another. It looks into no line, so the partition keys are numbers, and it tries nothing twice.
 */
const [file = '', endpoint = ''] = process.argv.slice(2);
const client = kinesisClient({ region: LOCAL_REGION, endpoint, credentials: localCredentials() });
let Records: { PartitionKey: string; Data: Buffer }[] = [];
let lines = 0;

const put = async (): Promise<void> => {
  const { FailedRecordCount } = await client.send(new PutRecordsCommand({ StreamName: 'bench-stream', Records }));
  if (FailedRecordCount !== 0) throw new Error(`Kinesis refused ${FailedRecordCount} records; expected none refused`);
  Records = [];
};

for await (const line of createInterface({ input: createReadStream(file) })) {
  Records.push({ PartitionKey: String(lines++), Data: Buffer.from(line) });
  if (Records.length === PUT_RECORDS.maxItems) await put();
}
if (Records.length > 0) await put();
client.destroy();

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { awsClient } from '../../aws/client.ts';
import { isLoopback } from '../../aws/endpoint.ts';
import { kinesisClient, type PutRecords, putRecordsTo } from '../../aws/kinesis.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { statsIfAny } from '../../client/sources/file/identity.ts';
import { defined } from '../../core/defined.ts';
import { type RetryPolicy, retryFor } from '../service-retry.ts';
import { failedBatches, type ObjectStore } from './failed-batches.ts';
import { failedBatchesBucket } from './failed-batches-bucket.ts';
import { failedBatchesFolder } from './failed-batches-folder.ts';
import type { RedriveSettings } from './redrive-settings.ts';
import { rejectedEvents } from './rejected-events.ts';
import type { SetAsideStore } from './set-aside.ts';
import { payloadReader } from './stream-payload.ts';
import { type StreamStore, streamStore } from './stream-store.ts';

/** What a redrive works with. */
export interface Opened {
  putRecords: PutRecords;
  /** RejectedEvents first. */
  stores: SetAsideStore[];
  /** The only one of them, where a stream is read. */
  fromStream?: StreamStore;
  close: () => void;
}

/** Makes the clients and the stores that the settings name. @throws {UsageError} where there is no such folder */
export const openStores = async (settings: RedriveSettings, policy: RetryPolicy): Promise<Opened> => {
  const { region, endpoints, credentials } = settings;
  // The SDK makes each call once: the retries are ours.
  const config = { region, maxAttempts: 1, ...defined({ credentials }) };
  const kinesis = kinesisClient({ ...config, ...defined({ endpoint: endpoints.kinesis }) });
  const clients: { destroy: () => void }[] = [kinesis];
  const close = (): void => {
    for (const client of clients) client.destroy();
  };
  const putRecords = putRecordsTo(kinesis, settings.stream);
  const ofKinesis = { kinesis, isLocal: isLoopback(endpoints.kinesis), retry: retryFor(policy), clock: policy.clock };
  if (settings.fromStream) {
    const fromStream = streamStore({
      ...ofKinesis,
      range: settings.fromStream,
      where: endpoints.kinesis ?? region,
    });
    return { putRecords: fromStream.watch(putRecords), stores: [fromStream], fromStream, close };
  }
  const stores: SetAsideStore[] = [];
  if (settings.rejectedEvents !== undefined) {
    const client = awsClient(DynamoDBClient, { ...config, ...defined({ endpoint: endpoints.dynamoDb }) });
    clients.push(client);
    const readPayload = payloadReader(ofKinesis);
    const where = endpoints.dynamoDb ?? region;
    stores.push(
      rejectedEvents({ client, table: settings.rejectedEvents, where, readPayload, retry: retryFor(policy) }),
    );
  }
  const openStore = async (found: NonNullable<RedriveSettings['failedBatches']>): Promise<ObjectStore> => {
    if ('folder' in found) {
      if (!found.mayBeMissing && !statsIfAny(found.folder)?.isDirectory())
        throw new UsageError([`there is no folder "${found.folder}"; expected a folder of failed batches`]);
      return failedBatchesFolder(found.folder);
    }
    // Loaded here, since a folder does without.
    const { S3Client } = await import('@aws-sdk/client-s3');
    // An S3 other than AWS's does not have a host name for each bucket.
    const pathStyle = { forcePathStyle: endpoints.s3 !== undefined };
    const client = awsClient(S3Client, { ...config, ...defined({ endpoint: endpoints.s3 }), ...pathStyle });
    clients.push(client);
    return failedBatchesBucket({
      client,
      bucket: found.bucket,
      where: endpoints.s3 ?? region,
      retry: retryFor(policy),
    });
  };
  if (settings.failedBatches) stores.push(failedBatches(await openStore(settings.failedBatches)));
  return { putRecords, stores, close };
};

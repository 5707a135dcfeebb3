import { statSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { kinesisClient } from '../../aws/kinesis.ts';
import { UsageError } from '../../cli/usage-error.ts';
import type { Place } from './entry.ts';
import { failedBatches, type ObjectStore } from './failed-batches.ts';
import { failedBatchesBucket } from './failed-batches-bucket.ts';
import { failedBatchesFolder } from './failed-batches-folder.ts';
import type { RedriveSettings } from './redrive-settings.ts';
import { rejectedEvents } from './rejected-events.ts';
import { type RetryPolicy, retryFor } from './retry.ts';
import { payloadReader } from './stream-payload.ts';

/** What a redrive works with. */
export interface Opened {
  kinesis: KinesisClient;
  /** RejectedEvents first. */
  places: Place[];
  close: () => void;
}

/** Makes the clients and the places that the settings name. @throws {UsageError} where there is no such folder */
export const open = async (settings: RedriveSettings, policy: RetryPolicy): Promise<Opened> => {
  const { region, endpoints, credentials } = settings;
  // Each call is made once: whoever makes it retries.
  const config = { region, maxAttempts: 1, ...(credentials ? { credentials } : {}) };
  const endpoint = (url: string | undefined) => (url === undefined ? {} : { endpoint: url });
  const kinesis = kinesisClient({ ...config, ...endpoint(endpoints.kinesis) });
  const clients: { destroy: () => void }[] = [kinesis];
  const places: Place[] = [];
  if (settings.rejectedEvents !== undefined) {
    const client = new DynamoDBClient({ ...config, ...endpoint(endpoints.dynamoDb) });
    clients.push(client);
    const readPayload = payloadReader(kinesis, retryFor(policy));
    const where = endpoints.dynamoDb ?? region;
    places.push(
      rejectedEvents({ client, table: settings.rejectedEvents, where, readPayload, retry: retryFor(policy) }),
    );
  }
  const openStore = async (found: NonNullable<RedriveSettings['failedBatches']>): Promise<ObjectStore> => {
    if ('folder' in found) {
      if (!found.mayBeMissing && !statSync(found.folder, { throwIfNoEntry: false })?.isDirectory())
        throw new UsageError([`there is no folder "${found.folder}"; expected a folder of failed batches`]);
      return failedBatchesFolder(found.folder);
    }
    // Loaded here, since a folder does without.
    const { S3Client } = await import('@aws-sdk/client-s3');
    // Another S3 than AWS's has no name for each bucket.
    const pathStyle = { forcePathStyle: endpoints.s3 !== undefined };
    const client = new S3Client({ ...config, ...endpoint(endpoints.s3), ...pathStyle });
    clients.push(client);
    return failedBatchesBucket({
      client,
      bucket: found.bucket,
      where: endpoints.s3 ?? region,
      retry: retryFor(policy),
    });
  };
  if (settings.failedBatches) places.push(failedBatches(await openStore(settings.failedBatches)));
  return { kinesis, places, close: () => clients.map((client) => client.destroy()) };
};

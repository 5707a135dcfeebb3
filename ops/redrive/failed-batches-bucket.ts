import type { ListObjectsV2Command as ListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { isWrongChecksum } from '../../aws/service-error.ts';
import { describeError } from '../../core/describe-error.ts';
import type { ServiceRetry } from '../service-retry.ts';
import type { ObjectStore } from './failed-batches.ts';
import { EntryError } from './set-aside.ts';

/** Loaded where there is a bucket: a folder does without. */
const sdk = () => import('@aws-sdk/client-s3');

export interface BucketOptions {
  client: Pick<S3Client, 'send'>;
  bucket: string;
  where: string;
  retry: ServiceRetry;
}

/** The bucket FailedBatches, listed a page at a time. */
export const failedBatchesBucket = ({ client, bucket, where, retry }: BucketOptions): ObjectStore => ({
  name: `the bucket "${bucket}"`,
  permissions: 's3:ListBucket, s3:GetObject and s3:DeleteObject',
  where,
  option: '--s3-endpoint',
  list: async function* (signal) {
    const { ListObjectsV2Command } = await sdk();
    let next: { ContinuationToken?: string } | undefined = {};
    while (next) {
      const command: ListObjectsV2 = new ListObjectsV2Command({ Bucket: bucket, ...next });
      const { Contents = [], NextContinuationToken } = await retry(
        (abortSignal) => client.send(command, { abortSignal }),
        signal,
      );
      // The console makes empty objects whose keys end with a slash and shows them as folders.
      for (const { Key, Size = 0 } of Contents) if (Key && !Key.endsWith('/')) yield { key: Key, bytes: Size };
      next = NextContinuationToken === undefined ? undefined : { ContinuationToken: NextContinuationToken };
    }
  },
  read: (key, signal) =>
    retry(async (abortSignal) => {
      const { GetObjectCommand } = await sdk();
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal });
      return Body?.transformToByteArray();
    }, signal).catch((cause: Error) => {
      if (cause.name === 'NoSuchKey') return undefined;
      // One object may be archived, and the others not.
      if (cause.name === 'InvalidObjectState')
        throw new EntryError(key, 'it is archived and cannot be read; restore it first', { cause });
      // So may the key of KMS be disabled, or deleted, that the bucket had when the object came.
      if (cause.name.startsWith('KMS.'))
        throw new EntryError(
          key,
          `its key of KMS cannot be used (${describeError(cause)}); enable that key, or delete the object where the key is gone`,
          { cause },
        );
      if (isWrongChecksum(cause))
        throw new EntryError(
          key,
          `its bytes are not those that it was stored with (${describeError(cause)}); look at it, and store it again or delete it`,
          { cause },
        );
      throw cause;
    }),
  remove: async (key, signal) => {
    const { DeleteObjectCommand } = await sdk();
    await retry(
      (abortSignal) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), { abortSignal }),
      signal,
    );
  },
});

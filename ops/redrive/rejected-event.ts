import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { describeError } from '../../core/describe-error.ts';
import { RECORD_BYTES } from '../../core/limits.ts';
import { type Entry, EntryError } from './entry.ts';
import { partitionKeyOf } from './partition-key.ts';
import type { ReadPayload } from './stream-payload.ts';

/**
 * An item of RejectedEvents as an entry. Its payload is inflated, or read from the stream, only when it is asked for.
 *
 * @param item the attributes as plain values
 * @throws {EntryError} where the item is no rejected event
 */
export const toRejectedEntry = (item: Readonly<Record<string, unknown>>, readPayload: ReadPayload): Entry => {
  const { Reason, Detail, ArrivedAt, RejectedAt, PartitionKey } = item;
  const name = String(item.Id);
  const setAsideAt = Date.parse(String(RejectedAt));
  const problems = [
    ...(typeof Reason === 'string' ? [] : ['no Reason']),
    ...(Number.isNaN(setAsideAt) ? ['no RejectedAt in ISO 8601'] : []),
  ];
  if (problems.length > 0)
    throw new EntryError(name, `it has ${problems.join(' and ')}; expected an item as the function writes it`);
  return {
    name,
    reason: String(Reason),
    detail: String(Detail ?? ''),
    ...(typeof ArrivedAt === 'string' ? { arrivedAt: ArrivedAt } : {}),
    setAsideAt,
    size: 1,
    events: async (signal) => {
      const data = await payloadOf(name, item, readPayload, signal);
      if (data.length !== item.Bytes)
        throw new EntryError(name, `its payload has ${data.length} bytes; expected ${item.Bytes}, as Bytes says`);
      return [{ partitionKey: partitionKeyOf(PartitionKey, data), data }];
    },
  };
};

const payloadOf = async (
  name: string,
  { Encoding, Data, StreamArn, SequenceNumber, UserRecord }: Readonly<Record<string, unknown>>,
  readPayload: ReadPayload,
  signal: AbortSignal,
): Promise<Uint8Array> => {
  switch (Encoding) {
    case 'identity':
      return bytesOf(name, Data);
    case 'gzip':
      return inflate(bytesOf(name, Data), { maxOutputLength: RECORD_BYTES.most }).catch((cause: Error) => {
        throw new EntryError(name, `its payload cannot be inflated (${describeError(cause)}); expected gzip`, {
          cause,
        });
      });
    case 'stream': {
      const stream = /:stream\/([\w.-]+)$/.exec(String(StreamArn))?.[1];
      if (stream === undefined)
        throw new EntryError(name, `its StreamArn is "${StreamArn}"; expected the ARN of the stream that it lies on`);
      const position = {
        stream,
        shardId: name.slice(0, name.indexOf(':')),
        sequenceNumber: String(SequenceNumber),
        ...(typeof UserRecord === 'number' ? { userRecord: UserRecord } : {}),
      };
      const data = await readPayload(position, signal).catch((cause: Error) => {
        throw new EntryError(name, `its payload cannot be read from the stream "${stream}": ${describeError(cause)}`, {
          cause,
        });
      });
      if (data) return data;
      throw new EntryError(
        name,
        `its payload lay on the stream "${stream}" alone and is not there any more: it has expired; remove the entry by hand`,
      );
    }
  }
  throw new EntryError(name, `its Encoding is "${Encoding}"; expected identity, gzip or stream`);
};

const bytesOf = (name: string, data: unknown): Uint8Array => {
  if (data instanceof Uint8Array) return data;
  throw new EntryError(name, 'it has no Data; expected the bytes of its payload');
};

const inflate = promisify(gunzip) as (data: Uint8Array, options: object) => Promise<Buffer>;

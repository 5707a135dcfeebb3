import { DescribeStreamSummaryCommand, type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { Clock } from '../../core/clock.ts';
import { defined } from '../../core/defined.ts';

/** Who signs the requests, without the secret. */
export interface Identity {
  accessKeyId: string;
  /** When temporary keys end. */
  expiration?: Date;
  /** The parts of the credential chain that gave them, by the SDK's names, such as `CREDENTIALS_PROFILE`. */
  origins: readonly string[];
}

/** What the checks ask Kinesis for, and what its answers show. */
export interface KinesisProbe {
  identity: () => Promise<Identity>;
  /**
   * Asks whether Kinesis would take a record, without writing one.
   * https://docs.aws.amazon.com/streams/latest/dev/kds-dryrun-validation.html
   *
   * @returns whether the record was written nevertheless: a Kinesis that does not know DryRun does that
   */
  dryRun: (stream: string, signal: AbortSignal) => Promise<'not written' | 'written'>;
  describe: (stream: string, signal: AbortSignal) => Promise<{ status: string; openShards: number }>;
  /** The date of the last answer, and the time of this machine when it came. Milliseconds since 1970. */
  lastAnswer: () => { theirs: number; ours: number } | undefined;
}

/** An event that the function understands, in case it is written. */
const RECORD = JSON.stringify({
  specversion: '1.0',
  type: 'kinesis-stream-processor.doctor',
  source: 'kinesis-stream-processor',
  id: 'doctor',
  data: 'Written by a Kinesis that does not know DryRun.',
});

/** @param calendar milliseconds since 1970 */
export const kinesisProbe = (client: KinesisClient, calendar: Pick<Clock, 'now'>): KinesisProbe => {
  let answer: ReturnType<KinesisProbe['lastAnswer']>;
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const theirs = Date.parse(dateOf(result.response));
      if (!Number.isNaN(theirs)) answer = { theirs, ours: calendar.now() };
      return result;
    },
    // Before the SDK turns an answer into an error.
    { step: 'deserialize', priority: 'low', name: 'dateOfTheAnswer' },
  );
  return {
    identity: async () => {
      const found: Omit<Identity, 'origins'> & { $source?: object } = await client.config.credentials();
      const { accessKeyId, expiration, $source = {} } = found;
      return { accessKeyId, origins: Object.keys($source), ...defined({ expiration }) };
    },
    dryRun: async (stream, signal) => {
      const Records = [{ PartitionKey: 'doctor', Data: Buffer.from(RECORD) }];
      try {
        await client.send(new PutRecordsCommand({ StreamName: stream, Records, DryRun: true }), {
          abortSignal: signal,
        });
        return 'written';
      } catch (error) {
        if (error instanceof Error && error.name === 'DryRunOperationException') return 'not written';
        throw error;
      }
    },
    describe: async (stream, signal) => {
      const command = new DescribeStreamSummaryCommand({ StreamName: stream });
      const { StreamDescriptionSummary: found } = await client.send(command, { abortSignal: signal });
      return { status: found?.StreamStatus ?? 'unknown', openShards: found?.OpenShardCount ?? 0 };
    },
    lastAnswer: () => answer,
  };
};

const dateOf = (response: unknown): string => (response as { headers?: { date?: string } }).headers?.date ?? '';

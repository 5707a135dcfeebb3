import { DescribeStreamSummaryCommand, type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';

/** Who signs the requests. The secret is not a part of it. */
export interface Identity {
  accessKeyId: string;
  /** When the keys end, where they are temporary. */
  expiration?: Date;
  /** What of the credential chain gave them, as the SDK calls it: `CREDENTIALS_PROFILE`, say. */
  origins: readonly string[];
}

/** What the checks ask of Kinesis, and what they learn from its answers. */
export interface KinesisProbe {
  identity: () => Promise<Identity>;
  /**
   * Asks whether it would take a record, without giving it one.
   * https://docs.aws.amazon.com/streams/latest/dev/kds-dryrun-validation.html
   *
   * @returns whether it took the record all the same, as whatever does not know DryRun may
   */
  dryRun: (stream: string, signal: AbortSignal) => Promise<'not written' | 'written'>;
  describe: (stream: string, signal: AbortSignal) => Promise<{ status: string; openShards: number }>;
  /** The time that the last answer bore, whatever it said, and that of this machine when it came. Milliseconds since 1970. */
  lastAnswer: () => { theirs: number; ours: number } | undefined;
}

/** A text that the function understands: one that is written after all is an event like any other. */
const RECORD = JSON.stringify({
  specversion: '1.0',
  type: 'kinesis-stream-processor.doctor',
  source: 'kinesis-stream-processor',
  id: 'doctor',
  data: 'Written by a Kinesis that does not know DryRun.',
});

/** @param now milliseconds since 1970 */
export const kinesisProbe = (client: KinesisClient, now: () => number): KinesisProbe => {
  let answer: ReturnType<KinesisProbe['lastAnswer']>;
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const theirs = Date.parse(dateOf(result.response));
      if (!Number.isNaN(theirs)) answer = { theirs, ours: now() };
      return result;
    },
    // Next to the wire: what it says is read before an error is made of it.
    { step: 'deserialize', priority: 'low', name: 'dateOfTheAnswer' },
  );
  return {
    identity: async () => {
      const { accessKeyId, expiration, $source = {} } = (await client.config.credentials()) as Attributed;
      return { accessKeyId, origins: Object.keys($source), ...(expiration && { expiration }) };
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

interface Attributed {
  accessKeyId: string;
  expiration?: Date;
  $source?: Record<string, unknown>;
}

const dateOf = (response: unknown): string => (response as { headers?: { date?: string } }).headers?.date ?? '';

import { explain, inTrouble } from '../../aws/explain.ts';
import { isServiceInTrouble } from '../../aws/service-error.ts';
import { count } from '../../cli/numbers.ts';
import { retry } from '../../core/retry.ts';
import { type Check, type Finding, failed, ok, skipped, type Tools } from './check.ts';
import type { KinesisProbe } from './kinesis-probe.ts';

/** Whether the stream is there and takes the events of these credentials. */
export const streamCheck: Check = {
  name: 'stream',
  run: async ({ stream, region, endpoint }, { kinesis, clock }, signal) => {
    if (!stream || !region) return skipped('which one, and where, is not known');
    try {
      return endpoint && !isOfAws(endpoint.value)
        ? await lookAt(stream.value, endpoint.value, kinesis, signal)
        : await tryToPut(stream.value, { kinesis, clock }, signal);
    } catch (error) {
      const { name } = error as Error;
      if (/^AccessDenied/.test(name) && endpoint && !isOfAws(endpoint.value))
        return failed(`these credentials may not look at "${stream.value}"; they need kinesis:DescribeStreamSummary`);
      if (isServiceInTrouble(error as Error))
        return failed(inTrouble(`"${stream.value}"`, endpoint?.value ?? `Kinesis in ${region.value}`, error as Error));
      const target = { stream: stream.value, region: region.value, endpoint: endpoint?.value };
      return failed(explain(error as Error, target));
    }
  },
};

/**
 * A Kinesis of others may not know DryRun, and then it would write. AWS has names of its own in China and in its cloud for Europe, and
 * more of them for IPv6. https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html
 */
const isOfAws = (endpoint: string): boolean =>
  /\.(amazonaws\.(com|com\.cn|eu)|api\.(aws|amazonwebservices\.(com\.cn|eu)))$/.test(new URL(endpoint).hostname);

/**
 * A stream takes one dry run a second from all who ask, and refuses the others with this. So another doctor may be in the way.
 * https://docs.aws.amazon.com/streams/latest/dev/kds-dryrun-validation.html
 */
const TAKES_TURNS = { error: 'ThrottlingException', everyMs: 1_000, tries: 5 };

/** A dry run does not ask KMS, as the same page says, and only a description would tell whose key encrypts the stream. */
const tryToPut = async (
  stream: string,
  { kinesis, clock }: Pick<Tools, 'kinesis' | 'clock'>,
  signal: AbortSignal,
): Promise<Finding> => {
  const found = await retry(() => kinesis.dryRun(stream, signal), {
    clock,
    signal,
    waitAfter: (error, failures) => {
      if ((error as Error).name !== TAKES_TURNS.error || failures === TAKES_TURNS.tries) throw error;
      // More than its turn, so that doctors who came together do not come together again.
      return TAKES_TURNS.everyMs * (1 + clock.random());
    },
  });
  return found === 'written'
    ? ok(
        `"${stream}" takes records. It does not know DryRun: one event of the type kinesis-stream-processor.doctor is on it`,
      )
    : ok(
        `"${stream}" is there, and these credentials may put records on it; asked with DryRun: nothing was written, and a key of KmsKeyArn was not tried`,
      );
};

const lookAt = async (
  stream: string,
  endpoint: string,
  kinesis: KinesisProbe,
  signal: AbortSignal,
): Promise<Finding> => {
  const { status, openShards } = await kinesis.describe(stream, signal);
  const found = `"${stream}" at ${endpoint} is ${status} with ${count(openShards, 'open shard')}`;
  if (status !== 'ACTIVE' && status !== 'UPDATING')
    return failed(`${found}; expected it to be ACTIVE: wait until it is created, or choose another`);
  return ok(`${found}; only looked at, since a Kinesis that is not AWS's may write in a dry run`);
};

/**
 * How far the clock may differ from AWS's, and from which difference on the doctor mentions it. Milliseconds.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 */
const SKEW_MS = { refused: 5 * 60_000, notable: 60_000 };

/** Whether the clock of this machine agrees with the date of Kinesis' last answer. */
export const clockCheck: Check = {
  name: 'clock',
  run: (_, { kinesis }) => {
    const answer = kinesis.lastAnswer();
    if (!answer) return skipped('Kinesis has not answered, so its time is not known');
    const ms = answer.ours - answer.theirs;
    const skew = `${Math.round(Math.abs(ms) / 1000)} s ${ms > 0 ? 'ahead of' : 'behind'} Kinesis`;
    if (Math.abs(ms) >= SKEW_MS.refused)
      return failed(`${skew}; AWS refuses requests from 5 minutes on: set the clock of this machine`);
    if (Math.abs(ms) >= SKEW_MS.notable) return ok(`${skew}; AWS refuses requests from 5 minutes on`);
    return ok('as that of Kinesis');
  },
};

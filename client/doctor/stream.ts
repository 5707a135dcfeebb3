import { explain } from '../../aws/explain.ts';
import { count } from '../../cli/numbers.ts';
import { type Check, failed, ok, skipped } from './check.ts';
import type { KinesisProbe } from './kinesis-probe.ts';
import type { Subject } from './subject.ts';

/** Whether the stream is there and takes the events of these credentials. */
export const streamCheck: Check = {
  name: 'stream',
  run: async (subject, { kinesis }, signal) => {
    const { stream, region, endpoint } = subject;
    if (stream === undefined || !region) return skipped('which one, and where, is not known');
    try {
      return await (isOfAws(endpoint) ? tryToPut : lookAt)(stream, subject, kinesis, signal);
    } catch (error) {
      const { name } = error as Error;
      if (/^AccessDenied/.test(name) && !isOfAws(endpoint))
        return failed(`these credentials may not look at "${stream}"; they need kinesis:DescribeStreamSummary`);
      return failed(explain(error as Error, { stream, region: region.name, endpoint }));
    }
  },
};

const tryToPut = async (stream: string, _: Subject, kinesis: KinesisProbe, signal: AbortSignal) =>
  (await kinesis.dryRun(stream, signal)) === 'written'
    ? ok(
        `"${stream}" takes records. It does not know DryRun: one event of the type kinesis-stream-processor.doctor is on it`,
      )
    : ok(`"${stream}" is there, and these credentials may put records on it; asked with DryRun, nothing was written`);

const lookAt = async (stream: string, { endpoint }: Subject, kinesis: KinesisProbe, signal: AbortSignal) => {
  const { status, openShards } = await kinesis.describe(stream, signal);
  const found = `"${stream}" at ${endpoint} is ${status} with ${count(openShards, 'open shard')}`;
  if (status !== 'ACTIVE' && status !== 'UPDATING')
    return failed(`${found}; expected it to be ACTIVE: wait until it is created, or choose another`);
  return ok(`${found}; looked at only, since a Kinesis that is not of AWS may write what DryRun forbids`);
};

/** Elsewhere DryRun may be unknown, and then it would write. */
const isOfAws = (endpoint: string | undefined): boolean =>
  endpoint === undefined || /\.(amazonaws\.com(\.cn)?|api\.aws|amazonaws\.eu)$/.test(new URL(endpoint).hostname);

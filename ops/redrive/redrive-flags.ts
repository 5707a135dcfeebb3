import type { Environment } from '../../cli/environment.ts';
import { readFlags, switches, values } from '../../cli/flags.ts';

export const REDRIVE_HELP = `Puts rejected events and failed batches back on the stream, and removes each once Kinesis took it.

  npm run redrive -- --stack NAME [options]
  npm run redrive -- --local [options]
  npm run redrive -- --stack NAME --from-stream --since TIME [options]

What to put back
  --dry-run               list what would be put back, by reason, and change nothing
  --reason NAMES          only these reasons, with commas between them, such as NotJson or RetryAttemptsExhausted
  --since TIME            only what was set aside since then: 2h, 30m, 7d, or 2026-11-20T12:00:00Z
  --limit N               at most N records; a failed batch is put back whole or not at all
  --rate N                at most N records a second

Records that the stream still holds, after LostBatchesAlarm: they are put on it once more, as they are
  --from-stream           read the stream instead of the table and the bucket
  --since TIME            what arrived on the stream since then
  --until TIME            what arrived before then                                [default: when the command starts]
  --shard ID              only this shard, such as shardId-000000000003           [default: all]

Where it is
  --stack NAME            the outputs of this stack name the stream, the table and the bucket
  --local                 the stack of npm run local, on its usual ports
  --region NAME           the region                                            [AWS_REGION]
  --stream NAME           the stream to put the events on
  --rejected-events NAME  the table of rejected events
  --failed-batches PLACE  a folder of failed batches, or a bucket as s3://NAME
  --endpoint URL          a Kinesis other than AWS's                            [AWS_ENDPOINT_URL_KINESIS]
  --dynamodb-endpoint URL a DynamoDB other than AWS's                           [AWS_ENDPOINT_URL_DYNAMODB]
  --s3-endpoint URL       an S3 other than AWS's                                [AWS_ENDPOINT_URL_S3]
  --record-limit KIB      the largest record of the stream, its MaxRecordSizeInKiB        [default: the stack's, or 1024]
  --patience S            seconds for which a service may take nothing before giving up   [default 300]

Output
  --json                  the last line of standard output is one JSON object with the counts
  -h, --help              this text

It signs with your own AWS credentials, as the AWS CLI does. The keys in .env belong to the client user, who may only put
events, and are not used.

It may be stopped or killed at any time and started again: nothing is lost. Ctrl-C finishes what was read. Run one at a time: two
at once put the same events back twice.
The exit code is 0 if all that was asked for is back on the stream and removed, 1 if not, 2 if the command was called wrongly.
`;

const FLAGS = {
  ...values('stack', 'region', 'stream', 'rejected-events', 'failed-batches'),
  ...values('endpoint', 'dynamodb-endpoint', 's3-endpoint'),
  ...values('since', 'until', 'shard', 'limit', 'rate', 'record-limit', 'patience'),
  ...switches('local', 'from-stream', 'dry-run', 'json'),
  reason: { type: 'string', multiple: true },
} as const;

export type RedriveFlags = ReturnType<typeof readFlags<typeof FLAGS>>;

/** What the command line says, before the stack's outputs are known. @throws {UsageError} */
export const readRedriveFlags = (argv: readonly string[], env: Environment = process.env): RedriveFlags =>
  readFlags(argv, FLAGS, env);

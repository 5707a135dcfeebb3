import { type Check, failed, ok, skipped } from './check.ts';

/**
 * By how much the clock may differ from AWS's, and from when on somebody should look. Milliseconds.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 */
const SKEW_MS = { refused: 5 * 60_000, notable: 60_000 };

/** Whether the clock of this machine is right, by the time that the answer of Kinesis bore. */
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

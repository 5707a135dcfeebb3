import { messageOf } from '../../cli/message-of.ts';
import { UsageError } from '../../cli/usage-error.ts';
import type { Check, Finding, Tools } from './check.ts';
import { failed } from './check.ts';
import type { Subject } from './subject.ts';

export type Checked = Finding & { name: string };

/** How long one check may take. Milliseconds. */
const CHECK_MS = 15_000;

/**
 * Runs the checks one after another: some of them look at what an earlier one learned.
 *
 * @param onChecked called with each finding as soon as it is there
 */
export const runChecks = async (
  checks: readonly Check[],
  subject: Subject,
  tools: Tools,
  onChecked: (checked: Checked) => void,
  checkMs = CHECK_MS,
): Promise<Checked[]> => {
  const all: Checked[] = [];
  for (const { name, run } of checks) {
    const checked = { name, ...(await find(run, subject, tools, checkMs)) };
    all.push(checked);
    onChecked(checked);
  }
  return all;
};

const find = async (run: Check['run'], subject: Subject, tools: Tools, checkMs: number): Promise<Finding> => {
  const ended = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => {
      resolve(failed(`no answer within ${checkMs / 1000} s; check the network, or try again later`));
      ended.abort();
    }, checkMs);
  });
  try {
    return await Promise.race([attempt(run, subject, tools, ended.signal), late]);
  } finally {
    clearTimeout(timer);
  }
};

const attempt = async (...[run, subject, tools, signal]: [Check['run'], Subject, Tools, AbortSignal]) => {
  try {
    return await run(subject, tools, signal);
  } catch (error) {
    return error instanceof UsageError ? failed(...error.problems) : failed(messageOf(error));
  }
};

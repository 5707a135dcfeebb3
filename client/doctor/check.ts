import type { Agent } from 'node:https';
import type { StackOutputs } from '../../aws/stack-outputs.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { messageOf } from '../../cli/user-error.ts';
import type { Clock } from '../../core/clock.ts';
import type { FoundSettings } from '../settings.ts';
import type { Source, SourceContext } from '../sources/source.ts';
import type { SourceSettings } from '../sources/source-settings.ts';
import { startTimeout } from '../timeout.ts';
import type { KinesisProbe } from './kinesis-probe.ts';

/** What is checked: the settings, and the stack of --stack. */
export interface Subject extends FoundSettings {
  stack?: StackFound;
}

/** The outputs of a stack, or why they cannot be read. */
export type StackFound = { name: string } & ({ outputs: StackOutputs } | { error: string });

/** What a check found: a sentence or more, without secrets. A failure says what to do. */
export interface Finding {
  status: 'ok' | 'failed' | 'skipped';
  messages: readonly string[];
}

/** How the checks reach the outside. */
export interface Tools {
  kinesis: KinesisProbe;
  /** As the client does. */
  openSource: (settings: SourceSettings, context: SourceContext) => Promise<Source>;
  /** For the source. */
  agent: Agent;
  /** For waits. */
  clock: Clock;
  /** Milliseconds since 1970. */
  calendar: Pick<Clock, 'now'>;
}

export interface Check {
  name: string;
  /** A check that throws has failed, for the reason that the error gives. */
  run: (subject: Subject, tools: Tools, signal: AbortSignal) => Finding | Promise<Finding>;
}

/** What a check found where all is well, a sentence each. */
export const ok = (...messages: string[]): Finding => ({ status: 'ok', messages });
/** What is wrong, and what to do about it. */
export const failed = (...messages: string[]): Finding => ({ status: 'failed', messages });
/** Why there was nothing to look at. */
export const skipped = (...messages: string[]): Finding => ({ status: 'skipped', messages });

export type Checked = Finding & { name: string };

/** How long one check may take. Milliseconds. */
const CHECK_MS = 15_000;

/**
 * Runs the checks one after another: some of them use what an earlier one found.
 *
 * @param onChecked called with each finding as soon as it is there
 */
export const runChecks = async (
  checks: readonly Check[],
  subject: Subject,
  tools: Tools,
  onChecked: (checked: Checked) => void,
): Promise<Checked[]> => {
  const all: Checked[] = [];
  for (const { name, run } of checks) {
    const checked = { name, ...(await runCheck(run, subject, tools)) };
    all.push(checked);
    onChecked(checked);
  }
  return all;
};

const runCheck = (run: Check['run'], subject: Subject, tools: Tools): Promise<Finding> =>
  new Promise((resolve) => {
    const late = new AbortController();
    const endTimeout = startTimeout(tools.clock, CHECK_MS, () => {
      resolve(failed(`no answer within ${CHECK_MS / 1000} s; check the network, or try again later`));
      late.abort();
    });
    const attempt = async (): Promise<Finding> => {
      try {
        return await run(subject, tools, late.signal);
      } catch (error) {
        return error instanceof UsageError ? failed(...error.problems) : failed(messageOf(error));
      }
    };
    void attempt().finally(endTimeout).then(resolve);
  });

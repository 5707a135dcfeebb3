import { count } from '../../cli/numbers.ts';
import type { Paint } from '../../cli/terminal.ts';
import type { Finding } from './check.ts';
import type { Checked } from './run-checks.ts';

const MEANING = { ok: 'good', failed: 'bad', skipped: 'minor' } as const satisfies Record<Finding['status'], string>;

/** The widest names: of a status, and of a check. */
const WIDTH = { status: 7, name: 11 };

/** A line for each thing that a check says. */
export const linesOf = ({ name, status, messages }: Checked, paint: Paint): string[] =>
  messages.map((message, index) => {
    const [shownStatus, shownName] = index === 0 ? [status, name] : ['', ''];
    return `${paint(MEANING[status], shownStatus.padEnd(WIDTH.status))}  ${shownName.padEnd(WIDTH.name)}  ${message}`;
  });

/** How it all ended. */
export const conclusionOf = (all: readonly Checked[], paint: Paint): string => {
  const bad = all.filter(({ status }) => status === 'failed').length;
  if (bad === 0) return paint('good', 'All is well.');
  return paint('bad', `${bad} of ${count(all.length, 'check')} failed.`);
};

/** The same for a machine. */
export const jsonOf = (all: readonly Checked[]): object => ({
  ok: all.every(({ status }) => status !== 'failed'),
  checks: all,
});

import type { FakeAws } from './fake-aws.ts';
import { runProcess } from './processes.ts';

/** Runs a command of SAM, and gives what it wrote to standard output. */
export type Sam = (command: readonly string[], input?: string) => Promise<string>;

/**
 * SAM's commands in a folder of the project, with an AWS on this machine.
 *
 * @param home a folder in place of the user's own, since SAM keeps settings there
 */
export const samWith = (sam: string, cwd: string, home: string, aws: FakeAws): Sam => {
  // SAM finds the template only where S3's host is a name and not an address.
  const AWS_ENDPOINT_URL = aws.url.replace('127.0.0.1', 'localhost');
  // Seconds between two looks at a stack, which is five by default.
  const env = { ...aws.envOf(home), AWS_ENDPOINT_URL, SAM_CLI_POLL_DELAY: '0.2' };
  return (command, input = '') =>
    runProcess([sam, ...command], { cwd, env, input, limit: 120 }).catch((error: Error) => {
      const whys = aws
        .log()
        .split('\n')
        .filter((line) => !/" [23]\d\d -$/.test(line));
      throw new Error(`${error.message}\n${whys.join('\n')}`, { cause: error });
    });
};

import { type FakeAws, withoutAws } from './fake-aws.ts';
import { runProcess } from './processes.ts';

/** Runs a command of SAM, and gives what it wrote to standard output. */
export type Sam = (command: string, input?: string) => Promise<string>;

/** `sam build`, which makes no call of AWS but has npm fetch packages. */
export const samBuild = (sam: string, cwd: string): Promise<string> =>
  runProcess([sam, 'build'], { cwd, env: withoutAws(process.env), limit: 200 });

/**
 * SAM's commands in a folder of the project, with an AWS on this machine.
 *
 * @param home a folder in place of the user's own, since SAM keeps settings there
 */
export const samWith = (sam: string, cwd: string, home: string, aws: FakeAws): Sam => {
  // A host that is an address would be taken for no host of S3, and then the template not be found.
  const env = { ...aws.envOf(home), AWS_ENDPOINT_URL: aws.url.replace('127.0.0.1', 'localhost') };
  return (command, input = '') =>
    runProcess([sam, ...command.split(' ')], { cwd, env, input, limit: 120 }).catch((error: Error) => {
      const whys = aws
        .log()
        .split('\n')
        .filter((line) => !/" [23]\d\d -$/.test(line));
      throw new Error(`${error.message}\n${whys.join('\n')}`, { cause: error });
    });
};

import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { run, start } from '../support/run.ts';
import { until } from '../support/until.ts';

/** The URLs of a local stack. */
export interface StackUrls {
  kinesis: string;
  dynamoDb: string;
  watch: string;
}

export interface BrowsedStack extends StackUrls {
  /** Sends the events of a file, one a line. */
  send: (file: string) => Promise<void>;
  /** Resolves when the function has answered for so many records. */
  processed: (count: number) => Promise<void>;
  stop: () => Promise<void>;
}

/** Sample events of the project. */
export const sample = (name: string): string => fileURLToPath(new URL(`../../events/${name}.ndjson`, import.meta.url));

/** The local stack as a user starts it, on ports that are free. */
export const startStack = async (folder: string, args: readonly string[] = []): Promise<BrowsedStack> => {
  const ports = ['--kinesis-port', '0', '--dynamodb-port', '0', '--watch-port', '0'];
  const { child, saw, finished } = start('local/local.ts', [...ports, '--failed-batches', folder, ...args]);
  let output = '';
  child.stdout?.on('data', (text: string) => {
    output += text;
  });
  await saw('Ctrl-C ends the stack.');
  const urlOf = (name: string): string => {
    const url = new RegExp(`^ *${name} +(http://127\\.0\\.0\\.1:\\d+/?) `, 'm').exec(output)?.[1];
    if (url === undefined) throw new Error(`the welcome names no URL of ${name}: ${output}`);
    return url;
  };
  const records = (): number =>
    [...output.matchAll(/"records":(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  const kinesis = urlOf('Kinesis');
  return {
    kinesis,
    dynamoDb: urlOf('DynamoDB'),
    watch: urlOf('Watch'),
    send: async (file) => {
      const to = ['--endpoint', kinesis, '--stream', 'local-EventStream'];
      const { code, stdout, stderr } = await run('client/twitter2kinesis.ts', [...to, '--file', file]);
      expect(code, stdout + stderr).to.equal(0);
    },
    processed: (count) => until(() => records() >= count, `that the function processes ${count} records`),
    stop: async () => {
      child.kill('SIGINT');
      const { code, stderr } = await finished;
      expect({ code, stderr }, 'the end of the stack').to.deep.equal({ code: 0, stderr: '' });
    },
  };
};

import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CommandFailed, endProcess, runProcess, startProcess } from './processes.ts';
import { Unavailable } from './unavailable.ts';

/** It is compiled to JavaScript: it needs neither Java nor Docker. */
const PACKAGE = 'kinesis-local@0.6.2';

/** Lets it listen on 127.0.0.1 only, which it has no setting for, and tell the port without TLS. */
const ON_LOOPBACK = fileURLToPath(new URL('./on-loopback.cjs', import.meta.url));

/**
 * Starts kinesis-mock on a free port of 127.0.0.1.
 *
 * @throws {Unavailable} where npm cannot install it here
 */
export const startKinesisMock = async (): Promise<{ url: string; close: () => Promise<void> }> => {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const home = join(cache, 'kinesis-stream-processor', PACKAGE);
  const folder = join(home, 'node_modules', 'kinesis-local');
  const install = ['npm', 'install', '--prefix', home, '--no-audit', '--no-fund', '--ignore-scripts', PACKAGE];
  await access(join(folder, 'main.js')).catch(() =>
    runProcess(install, { env: process.env, limit: 240 }).catch((error) => {
      throw error instanceof CommandFailed ? new Unavailable(`npm cannot install ${PACKAGE} here`) : error;
    }),
  );
  const env = {
    ...process.env,
    ...{ KINESIS_MOCK_PLAIN_PORT: '0', KINESIS_MOCK_TLS_PORT: '1', LOG_LEVEL: 'ERROR', AWS_REGION: 'us-east-1' },
    ...Object.fromEntries(['CREATE_STREAM', 'SPLIT_SHARD'].map((name) => [`${name}_DURATION`, '0ms'])),
  };
  // Its certificate lies in its folder.
  const server = startProcess([process.execPath, '--require', ON_LOOPBACK, 'main.js'], { env, cwd: folder });
  let log = '';
  server.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: server.stdout! }).on('line', (line) => {
      if (line.startsWith('http://')) resolve(line);
      else log += `${line}\n`;
    });
    server.once('close', () => reject(new Error(`kinesis-mock ended: ${log}`)));
  });
  return { url, close: () => endProcess(server) };
};

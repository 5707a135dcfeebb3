import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleInTemporaryFolder } from '../../../local/lambda/bundle.ts';
import { localStack } from '../../../local/stack.ts';
import { eventsOf } from '../events.ts';
import { invocationsOf } from '../handler/invocations.ts';
import { environmentOf } from '../handler/peers.ts';
import { medianOf } from '../median.ts';
import { startNullServer } from '../null-server/start.ts';

export interface ColdStartExtent {
  rounds: number;
}

/** One bundle. Times are medians, in milliseconds. */
export interface ColdStart {
  /** Of the bundle without its source map. */
  bytes: number;
  /** What loading it takes. */
  init: number;
  /** The first invocation, with one event, and the one after it. */
  first: number;
  second: number;
}

export interface ColdStartResult extends ColdStartExtent {
  alone: ColdStart;
  ours: ColdStart;
}

const FRESH = fileURLToPath(new URL('./fresh.cjs', import.meta.url));
const execute = promisify(execFile);

/**
 * What the function adds to the DynamoDB client that it cannot do without: the part of a cold start that is ours. Both are
 * bundled by the properties of the template and loaded by a fresh Node, one after the other in each round, so that a noisy
 * machine is as noisy for both.
 */
export const runColdStart = async ({ rounds }: ColdStartExtent): Promise<ColdStartResult> => {
  const ending: (() => Promise<void>)[] = [];
  try {
    const alone = await bundleInTemporaryFolder(localStack(), 'proof/bench/cold-start/dynamodb-client.ts');
    ending.push(alone.remove);
    const ours = await bundleInTemporaryFolder(localStack());
    ending.push(ours.remove);
    const server = await startNullServer();
    ending.push(server.stop);
    const folder = await mkdtemp(join(tmpdir(), 'bench-'));
    ending.push(() => rm(folder, { recursive: true }));
    const invocation = join(folder, 'invocation.json');
    await writeFile(invocation, JSON.stringify(invocationsOf(eventsOf('tweet', 1), 1)[0]));

    const start = async (bundle: string): Promise<Omit<ColdStart, 'bytes'>> => {
      const env = { ...process.env, ...environmentOf(server.endpoint) };
      const { stdout } = await execute(process.execPath, [FRESH, bundle, invocation], { env });
      // Before it stands what the function logs.
      return JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
    };
    const starts: Record<'alone' | 'ours', Omit<ColdStart, 'bytes'>[]> = { alone: [], ours: [] };
    for (let round = 0; round < rounds; round += 1) {
      starts.alone.push(await start(alone.path));
      starts.ours.push(await start(ours.path));
    }
    const { items } = await server.counters();
    if (items !== rounds * 4) throw new Error(`${items} items arrived; expected ${rounds * 4}`);
    const medians = async (path: string, all: readonly Omit<ColdStart, 'bytes'>[]): Promise<ColdStart> => ({
      bytes: (await stat(path)).size,
      init: medianOf(all.map(({ init }) => init)),
      first: medianOf(all.map(({ first }) => first)),
      second: medianOf(all.map(({ second }) => second)),
    });
    return { rounds, alone: await medians(alone.path, starts.alone), ours: await medians(ours.path, starts.ours) };
  } finally {
    for (const end of ending.reverse()) await end();
  }
};

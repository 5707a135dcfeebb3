import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runNode } from './child-process.ts';
import { eventsOf, invocationsOf } from './events.ts';
import { withBundle } from './handler.ts';
import { environmentOf } from './handler-peers.ts';
import { byTurns } from './measure.ts';
import { withNullServer } from './null-server/start.ts';
import { count, figure, type Section, table } from './section.ts';

export interface ColdStartExtent {
  rounds: number;
}

/** Of one bundle. Times are medians, in milliseconds. */
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
  /** The least that writes with the DynamoDB client. */
  alone: ColdStart;
  ours: ColdStart;
}

const PROCESS = fileURLToPath(new URL('./cold-start-process.cjs', import.meta.url));
const PEER = 'proof/bench/cold-start-peer.ts';

/** Loads and invokes the bundles by turns, each time in a fresh Node. @returns their figures in the order of the paths */
const startAll = (paths: readonly string[], rounds: number, folder: string): Promise<ColdStart[]> =>
  withNullServer({}, async ({ endpoint, counters }) => {
    const invocation = join(folder, 'invocation.json');
    await writeFile(invocation, JSON.stringify(invocationsOf(eventsOf('tweet', 1), 1)[0]));
    const env = { ...process.env, ...environmentOf(endpoint) };
    const medians = await byTurns(paths, { rounds }, async (path): Promise<ColdStart> => {
      const times = await runNode<Omit<ColdStart, 'bytes'>>([PROCESS, path, invocation], env);
      return { bytes: (await stat(path)).size, ...times };
    });
    const { items } = await counters();
    const expected = rounds * paths.length * 2;
    if (items !== expected) throw new Error(`${items} items arrived; expected ${expected}`);
    return medians;
  });

/** What the function adds to the DynamoDB client that it needs anyway. Both are bundled by the properties of the template. */
export const coldStart: Section<ColdStartExtent, ColdStartResult> = {
  title: 'Cold start',
  full: { rounds: 21 },
  quick: { rounds: 3 },
  measure: async ({ rounds }) => {
    const folder = await mkdtemp(join(tmpdir(), 'bench-'));
    try {
      const [alone, ours] = await withBundle(
        (peer) => withBundle((ours) => startAll([peer, ours], rounds, folder)),
        PEER,
      );
      return { rounds, alone: alone!, ours: ours! };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  show: ({ rounds, alone, ours }) => {
    const row = (name: string, { bytes, init, first, second }: ColdStart): string[] => [
      name,
      `${count(bytes / 1024)} KB`,
      ...[init, first, second].map((milliseconds) => `${figure(milliseconds)} ms`),
    ];
    return [
      `A fresh process, median of ${rounds}`,
      ...table(
        ['', 'bundle', 'loaded in', 'first invocation', 'second'],
        [row('the bare DynamoDB client', alone), row('ours', ours)],
      ),
    ];
  },
  aims: ({ alone, ours }) => [
    { name: 'cold start: the bundle without its source map, KB', found: ours.bytes / 1024, atMost: 400 },
    { name: 'cold start: loading it, to the bare DynamoDB client', found: ours.init / alone.init, atMost: 1.2 },
  ],
};

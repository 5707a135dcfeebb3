import { answerOf } from './child-process.ts';
import type { ClientMemory } from './client-memory-process.ts';
import { withNullServer } from './null-server/start.ts';
import { type Aim, cell, count, megabytes, type Row, type Table } from './section.ts';

/** The same client twice. */
export interface ClientMemories {
  /** With as much space for new objects as V8 takes where there is enough memory. */
  byDefault: ClientMemory;
  /** With {@link NEW_OBJECTS_MB}. */
  limited: ClientMemory;
}

/**
 * For each half of the space for new objects. So much is V8's choice on Node 20. Newer ones take four times as much, and fill it
 * before they look what of it is garbage.
 */
const NEW_OBJECTS_MB = 16;

/** With it, the requests in flight carry about 66,000 events a second: fewer than the source could give. */
const SLOW_MS = 60;

/** The memory of a client in processes of their own, with a source that is faster than the stream. */
export const memoryOf = async (events: number): Promise<ClientMemories> => {
  const held = (execArgv: readonly string[]): Promise<ClientMemory> =>
    withNullServer({ latencyMs: SLOW_MS }, ({ endpoint }) =>
      answerOf(new URL('./client-memory-process.ts', import.meta.url), { endpoint, events }, { execArgv }),
    );
  const [byDefault, limited] = await Promise.all([held([]), held([`--max-semi-space-size=${NEW_OBJECTS_MB}`])]);
  return { byDefault, limited };
};

export const tableOfMemory = (name: string, { byDefault, limited }: ClientMemories): Table => {
  const row = (when: string, of: (memory: ClientMemory) => number): Row => [
    when,
    cell(of(byDefault), megabytes),
    cell(of(limited), megabytes),
  ];
  const { events, seconds, after } = byDefault;
  return {
    name,
    title: `The memory of a client with ${count(events)} events of 200 bytes and a slow stream, ${count(seconds)} s`,
    headings: ['', 'RSS', `RSS with --max-semi-space-size=${NEW_OBJECTS_MB}`],
    rows: [
      row('before the first event', ({ atStart }) => atStart),
      ...after.map((_, index) =>
        row(`after ${((index + 1) * 100) / after.length} %`, (memory) => memory.after[index]!),
      ),
      row('at the most', ({ max }) => max),
    ],
  };
};

export const aimsOfMemory = (who: string, { byDefault: { after }, limited }: ClientMemories): Aim[] => [
  {
    name: `${who}, memory: largest RSS, MB, with --max-semi-space-size=${NEW_OBJECTS_MB}`,
    found: limited.max / 1e6,
    atMost: 200,
  },
  { name: `${who}, memory: after 100 % to after 25 %`, found: after.at(-1)! / after[0]!, atMost: 1.25 },
];

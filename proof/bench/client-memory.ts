import { answerOf } from './child-process.ts';
import { CLIENT_FLAGS } from './client-flags.ts';
import type { ClientMemory } from './client-memory-process.ts';
import { withNullServer } from './null-server/start.ts';
import { type Aim, cell, count, megabytes, type Row, type Table } from './section.ts';

/** With it, the requests in flight carry about 66,000 events a second: fewer than the source could give. */
const SLOW_MS = 60;

/** The memory of a client in a process of its own, with a source that is faster than the stream. */
export const memoryOf = (events: number): Promise<ClientMemory> =>
  withNullServer({ latencyMs: SLOW_MS }, ({ endpoint }) =>
    answerOf(new URL('./client-memory-process.ts', import.meta.url), { endpoint, events }, { execArgv: CLIENT_FLAGS }),
  );

/** What was measured, for people. */
export const tableOfMemory = (name: string, { events, seconds, atStart, after, max }: ClientMemory): Table => {
  const row = (when: string, bytes: number): Row => [when, cell(bytes, megabytes)];
  return {
    name,
    title: `The memory of a client with ${count(events)} events of 200 bytes and a slow stream, ${count(seconds)} s`,
    headings: ['', 'RSS'],
    rows: [
      row('before the first event', atStart),
      row(`after ${100 / after.length} %`, after[0]!),
      row('after 100 %', after.at(-1)!),
      row('at the most', max),
    ],
  };
};

/** That it stays flat. */
export const aimsOfMemory = (who: string, { after, max }: ClientMemory): Aim[] => [
  { name: `${who}, memory: largest RSS, MB`, found: max / 1e6, atMost: 200 },
  { name: `${who}, memory: after 100 % to after 25 %`, found: after.at(-1)! / after[0]!, atMost: 1.25 },
];

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RUN, runNode } from './child-process.ts';
import { CLIENT_FLAGS } from './client-flags.ts';
import { type EventSize, eventsOf } from './events.ts';
import { byTurns, expectArrived, type Measured } from './measure.ts';
import { withNullServer } from './null-server/start.ts';
import { type Aim, cell, count, type Table } from './section.ts';
import { withFolder } from './with-folder.ts';

/** The command of the client, also where Kinesis fails a tenth of the records, next to a bare loop. All of a process, from its start on. */
export type ComparedCommands = Record<'loop' | 'command' | 'failing', Measured>;

const CPU_AT_EXIT = fileURLToPath(new URL('./cpu-at-exit.cjs', import.meta.url));

/** Which share of the records fails, and goes again. */
const FAILING = 0.1;

/** Runs a file of the project, compiled as it is used. @param args of Node and of the file @throws where not every event arrived */
const run = (args: (endpoint: string) => string[], events: number, server: object): Promise<Measured> =>
  withNullServer(server, async ({ endpoint, counters }) => {
    const started = performance.now();
    const { cpuMicros } = await runNode<{ cpuMicros: number }>(['-r', CPU_AT_EXIT, ...args(endpoint)], {
      env: { ...process.env, AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' },
    });
    const seconds = (performance.now() - started) / 1000;
    const { records } = await counters();
    expectArrived(records, events, 'records');
    return { eventsPerSecond: events / seconds, cpuPerEvent: cpuMicros / events, seconds };
  });

/** The command and its peer by turns, with the same file. @param latencyMs how far away Kinesis is */
export const compareCommands = (
  size: EventSize,
  events: number,
  { rounds, latencyMs }: { rounds: number; latencyMs: number },
): Promise<ComparedCommands> =>
  withFolder(async (folder) => {
    const file = join(folder, 'events.ndjson');
    writeFileSync(file, Buffer.concat(eventsOf(size, events).flatMap(({ data }) => [data, Buffer.from('\n')])));
    const loop = (): Promise<Measured> =>
      run((endpoint) => [RUN, 'proof/bench/client-loop.ts', file, endpoint], events, { latencyMs });
    const client = (failing?: number) => (): Promise<Measured> =>
      run(
        (endpoint) => [
          ...CLIENT_FLAGS,
          ...[RUN, 'client/twitter2kinesis.ts', '--file', file],
          ...['--stream', 'bench-stream', '--region', 'us-east-1', '--endpoint', endpoint],
        ],
        events,
        { latencyMs, ...(failing !== undefined && { failing }) },
      );
    const peers = [loop, client(), client(FAILING)];
    const [bare, command, failed] = await byTurns(peers, { rounds }, (measured) => measured());
    return { loop: bare!, command: command!, failing: failed! };
  });

const COMMANDS: Record<keyof ComparedCommands, string> = {
  loop: 'a bare loop: the lines of the file, 500 at a time (SDK)',
  command: 'ours: the command',
  failing: 'ours: the command, Kinesis fails 10 %',
};

/** @param events how many, and what they are */
export const tableOfCommands = (name: string, events: string, commands: ComparedCommands): Table => ({
  name,
  title: `${events}, a process from its start to its end`,
  headings: ['', 'µs CPU/event', 'to the bare loop', 'events/s'],
  rows: Object.entries(commands).map(([peer, { cpuPerEvent, eventsPerSecond }]) => [
    COMMANDS[peer as keyof ComparedCommands],
    cell(cpuPerEvent),
    cell(cpuPerEvent / commands.loop.cpuPerEvent),
    cell(eventsPerSecond, count),
  ]),
});

/** The ratios of the command. @param single `PutRecord`, one at a time */
export const aimsOfCommand = (size: string, { loop, command, failing }: ComparedCommands, single: Measured): Aim[] => [
  {
    name: `client's command, ${size}: CPU to the bare loop`,
    found: command.cpuPerEvent / loop.cpuPerEvent,
    atMost: 1.5,
  },
  {
    name: `client's command, ${size}: events/s to one at a time`,
    found: command.eventsPerSecond / single.eventsPerSecond,
    atLeast: 500,
  },
  {
    name: `client's command, ${size}: events/s to one at a time, Kinesis fails 10 %`,
    found: failing.eventsPerSecond / single.eventsPerSecond,
    atLeast: 200,
  },
];

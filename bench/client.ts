import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { textTable } from '../local/text-table.ts';
import { type Aim, aimsOfMemory, aimsOfPeers, aimsOfShard, isMet } from './client/aims.ts';
import { type Compared, comparePeers } from './client/compare.ts';
import { type Memory, memoryOf } from './client/memory.ts';
import { type OneShard, throughOneShard } from './client/one-shard.ts';
import { serverMaximum } from './client/server-maximum.ts';
import type { EventSize } from './events.ts';

/**
 * The client beside its peers: how many events a second it puts on a stream and what processor time each costs, how much of one
 * shard it uses, and how much memory it takes. Everything goes to a null server with 10 ms of latency in a process of its own,
 * so that nothing but the client is measured. Figures mean something as ratios alone; those are medians of rounds.
 */
const HELP = `The client's benchmark.

  node --import tsx bench/client.ts [options]

  --quick      all of it in less than 20 s, with less certain figures
  --json FILE  writes all figures there, as one JSON object
  -h, --help   this text
`;

const LATENCY_MS = 10;

const SIZES: Record<EventSize, string> = { tweet: 'tweets of 2 to 4 KB', small: 'events of 200 bytes' };

/** How much of everything; the quick mode is for a look in between. */
const EXTENT = {
  full: { events: { tweet: 20_000, small: 60_000 }, rounds: 7, shardSeconds: 5, memoryEvents: 1_000_000 },
  quick: { events: { tweet: 4_000, small: 8_000 }, rounds: 2, shardSeconds: 1, memoryEvents: 40_000 },
};

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const figure = (value: number): string =>
  value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : count(value);
const megabytes = (bytes: number): string => `${count(bytes / 1e6)} MB`;
const say = (...lines: readonly string[]): void => console.log(['', ...lines].join('\n'));
const columns = (...names: readonly string[]): { name: string; columns: number }[] =>
  names.map((name) => ({ name, columns: 60 }));

const peersTable = (compared: Compared): string[] =>
  textTable(
    columns('', 'events/s', 'µs CPU/event', 'server busy'),
    Object.values(compared).map(({ name, eventsPerSecond, cpuPerEvent, serverBusy }) => [
      name,
      count(eventsPerSecond),
      figure(cpuPerEvent),
      `${count(serverBusy * 100)} %`,
    ]),
  );

const shardTable = (shards: Record<string, OneShard>): string[] =>
  textTable(
    columns('', 'events/s', 'of the shard', 'records', 'refused'),
    Object.entries(shards).map(([name, { eventsPerSecond, used, records, refused }]) => [
      name,
      count(eventsPerSecond),
      `${count(used * 100)} %`,
      count(records),
      count(refused),
    ]),
  );

const memoryTable = ({ atStart, after, max }: Memory): string[] =>
  textTable(columns('', 'RSS'), [
    ['before the first event', megabytes(atStart)],
    ...after.map((bytes, index) => [`after ${((index + 1) * 100) / after.length} %`, megabytes(bytes)]),
    ['at the most', megabytes(max)],
  ]);

const aimsTable = (aims: readonly Aim[]): string[] =>
  textTable(
    columns('', 'found', 'aim', ''),
    aims.map((aim) => [
      aim.name,
      figure(aim.found),
      aim.atLeast === undefined ? `at most ${aim.atMost}` : `at least ${aim.atLeast}`,
      isMet(aim) ? 'met' : 'not met',
    ]),
  );

const runBenchmark = async ({ events, rounds, shardSeconds, memoryEvents }: (typeof EXTENT)['full']): Promise<void> => {
  const peers: Partial<Record<EventSize, Compared>> = {};
  const serverMaxima: Partial<Record<EventSize, number>> = {};
  const aims: Aim[] = [];
  for (const [size, name] of Object.entries(SIZES) as [EventSize, string][]) {
    const maximum = await serverMaximum(size, events[size]);
    const compared = await comparePeers({ size, events: events[size], rounds, latencyMs: LATENCY_MS });
    peers[size] = compared;
    serverMaxima[size] = maximum;
    aims.push(...aimsOfPeers(name, compared));
    say(
      `${name}, ${LATENCY_MS} ms of latency, median of ${rounds} rounds of ${count(events[size])}`,
      ...peersTable(compared),
      `The null server itself could take ${count(maximum)} a second.`,
    );
  }

  const shard = {
    plain: await throughOneShard(false, shardSeconds),
    aggregated: await throughOneShard(true, shardSeconds),
  };
  aims.push(...aimsOfShard(shard));
  say('One shard, which takes 1,000 records and 1 MiB a second, events of 200 bytes', ...shardTable(shard));

  const memory = await memoryOf(memoryEvents);
  aims.push(...aimsOfMemory(memory));
  say(
    `The memory of a client with ${count(memory.events)} events of 200 bytes and a slow stream, ${count(memory.seconds)} s`,
    ...memoryTable(memory),
  );

  say('Aims', ...aimsTable(aims));
  if (flags.json === undefined) return;
  const machine = { node: process.version, cpu: cpus()[0]?.model.trim(), cpus: cpus().length };
  const result = { machine, quick: flags.quick, serverMaxima, peers, shard, memory };
  const aimed = aims.map((aim) => ({ ...aim, isMet: isMet(aim) }));
  writeFileSync(flags.json, `${JSON.stringify({ ...result, aims: aimed }, null, 2)}\n`);
};

if (flags.help) process.stdout.write(HELP);
else await runBenchmark(flags.quick ? EXTENT.quick : EXTENT.full);

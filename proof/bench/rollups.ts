import { ROLLUPS_KEY } from '../../functions/event-rollups/part-item.ts';
import { ROLLUPS } from '../../local/stack.ts';
import { bundleOf, DYNAMODB_LATENCY_MS } from './handler.ts';
import { byTurns, expectArrived } from './measure.ts';
import { withNullServer } from './null-server/start.ts';
import { throughPipeline, WITHOUT_ROLLUPS, withEventFile } from './pipeline.ts';
import { LOST_ANSWERS, measureLosses, startPeer } from './rollup-losses.ts';
import { PEER_NAMES, ROLLUP_PEERS, type RollupPeerName } from './rollup-peers.ts';
import type { RollupsTask } from './rollups-process.ts';
import { cell, count, figure, NOT_MEASURED, type Row, type Section, type Table } from './section.ts';

export interface RollupsExtent {
  /** That ours applies in a round; its peers apply fewer. */
  changes: number;
  rounds: number;
  /** That each applies while answers get lost. */
  withLosses: number;
  /** Events through `npm start`, with rollups and without, and how often. */
  events: number;
  starts: number;
}

/** What one of the ways costs, and how far it is off. */
export interface RollupPeer {
  name: string;
  requestsPerThousand: number;
  /** Microseconds a change. */
  cpu: number;
  changesPerSecond: number;
  /** How much more it counted than there was, after answers were lost. A share; below 0 where it counted less. */
  off: number;
}

export interface RollupsResult {
  rounds: number;
  groups: number;
  batchSize: number;
  latencyMs: number;
  lostAnswers: number;
  peers: Record<RollupPeerName, RollupPeer>;
  /** Ours where the changes have many groups. */
  manyGroups: Omit<RollupPeer, 'off' | 'name'> & { groups: number };
  /** Events a second through `npm start`. */
  start: { events: number; starts: number; with: number; without: number };
}

/** The template's default. */
const BATCH_SIZE = 1_000;
/** Groups of a batch of changes, all in one minute: a few, and many. */
const GROUPS = 10;
const MANY_GROUPS = 200;
/** The peers that make a request for each change need fewer of them to be measured. */
const SHARE: Record<RollupPeerName, number> = { add: 0.05, atOnce: 0.2, idempotent: 0.1, ours: 1 };

type Speed = Pick<RollupPeer, 'requestsPerThousand' | 'cpu' | 'changesPerSecond'>;

/** How many items a peer writes for its changes: ours one for each group of a batch, and Powertools two more around each change. */
const itemsOf = ({ peer, changes, groups, batchSize }: Omit<RollupsTask, 'endpoint'>): number =>
  peer === 'ours'
    ? Math.ceil(changes / batchSize) * Math.min(groups, batchSize)
    : changes * (peer === 'idempotent' ? 3 : 1);

/** Measures functions by turns, with a DynamoDB that keeps parts and takes its time. @throws where not every change was counted */
export const measurePeers = async (
  tasks: readonly Omit<RollupsTask, 'endpoint'>[],
  rounds: number,
  latencyMs: number,
): Promise<Speed[]> =>
  withNullServer({ latencyMs, keeps: ROLLUPS_KEY }, async ({ endpoint, counters }) => {
    const started = tasks.map((task) => ({ task, ...startPeer({ ...task, endpoint }) }));
    try {
      return await byTurns(started, { rounds, warmUp: Math.min(rounds - 1, 1) }, async ({ task, ask }) => {
        const before = await counters();
        const { cpuPerEvent, eventsPerSecond } = await ask('all changes');
        const { requests, items } = await counters();
        expectArrived(items - before.items, itemsOf(task), 'items');
        return {
          requestsPerThousand: ((requests - before.requests) / task.changes) * 1_000,
          cpu: cpuPerEvent,
          changesPerSecond: eventsPerSecond,
        };
      });
    } finally {
      await Promise.all(started.map(({ stop }) => stop()));
    }
  });

/** Ours along a number of groups. Every group beyond the changes of a batch is one more part that a batch may touch. */
export const measureGroups = async (groups: readonly number[], rounds: number) => {
  const bundle = await bundleOf(ROLLUPS.function);
  const base = { peer: 'ours', bundle, changes: 4 * BATCH_SIZE, batchSize: BATCH_SIZE } as const;
  const tasks = groups.map((some) => ({ ...base, groups: some }));
  const speeds = await measurePeers(tasks, rounds, DYNAMODB_LATENCY_MS);
  return speeds.map(({ cpu, changesPerSecond }, index) => ({
    at: groups[index]!,
    cpuPerEvent: cpu,
    eventsPerSecond: changesPerSecond,
  }));
};

/** `npm start` with rollups and without, by turns. */
const measureStarts = ({ events, starts }: RollupsExtent): Promise<RollupsResult['start']> =>
  withEventFile(events, async (file) => {
    const ways = [[], WITHOUT_ROLLUPS];
    const [withRollups, without] = await byTurns(ways, { rounds: starts }, async (args) => ({
      rate: await throughPipeline(file, events, { args }),
    }));
    return { events, starts, with: withRollups!.rate, without: without!.rate };
  });

const measureAll = async (extent: RollupsExtent): Promise<RollupsResult> => {
  const bundle = await bundleOf(ROLLUPS.function);
  const { changes, rounds } = extent;
  const tasks = PEER_NAMES.map((peer) => {
    const some = Math.ceil((changes * SHARE[peer]) / BATCH_SIZE) * BATCH_SIZE;
    return { peer, bundle, changes: some, groups: GROUPS, batchSize: BATCH_SIZE };
  });
  const many = { ...tasks.at(-1)!, groups: MANY_GROUPS };
  const speeds = await measurePeers([...tasks, many], rounds, DYNAMODB_LATENCY_MS);
  const off = await measureLosses(bundle, extent.withLosses, LOST_ANSWERS);
  const peers = PEER_NAMES.map((peer, index) => [
    peer,
    { name: ROLLUP_PEERS[peer], ...speeds[index]!, off: off[index]! },
  ]);
  return {
    rounds,
    groups: GROUPS,
    batchSize: BATCH_SIZE,
    latencyMs: DYNAMODB_LATENCY_MS,
    lostAnswers: LOST_ANSWERS,
    peers: Object.fromEntries(peers) as RollupsResult['peers'],
    manyGroups: { groups: MANY_GROUPS, ...speeds.at(-1)! },
    start: await measureStarts(extent),
  };
};

const signed = (share: number): string =>
  share === 0 ? '0' : `${share > 0 ? '+' : '−'}${figure(Math.abs(share) * 100)} %`;

const tables = ({
  rounds,
  groups,
  batchSize,
  latencyMs,
  lostAnswers,
  peers,
  manyGroups,
  start,
}: RollupsResult): Table[] => [
  {
    name: 'rollups',
    title: `Changes in batches of ${count(batchSize)}, ${groups} groups, DynamoDB ${latencyMs} ms away, median of ${rounds} rounds`,
    headings: ['', 'requests/1,000', 'µs CPU/change', 'changes/s', `off after ${lostAnswers * 100} % lost answers`],
    rows: [
      ...Object.values(peers).map((peer): Row => [...rowOf(peer.name, peer), cell(peer.off, signed)]),
      [...rowOf(`ours, ${manyGroups.groups} groups`, manyGroups), NOT_MEASURED],
    ],
  },
  {
    name: 'rollups-start',
    title: `npm start, ${count(start.events)} events, median of ${start.starts}`,
    headings: ['', 'with rollups', 'without', 'ratio'],
    rows: [['events/s', cell(start.with, count), cell(start.without, count), cell(start.with / start.without)]],
  },
];

const rowOf = (name: string, { requestsPerThousand, cpu, changesPerSecond }: Speed): Row => [
  name,
  cell(requestsPerThousand),
  cell(cpu),
  cell(changesPerSecond, count),
];

/** The function of rollups next to the two usual ways to count. */
export const rollups: Section<RollupsExtent, RollupsResult> = {
  title: 'Rollups: counts of the rows of a table',
  full: { changes: 6_000, rounds: 3, withLosses: 300, events: 10_000, starts: 3 },
  quick: { changes: 4_000, rounds: 1, withLosses: 300, events: 2_000, starts: 1 },
  measure: measureAll,
  tables,
  aims: ({ peers: { add, atOnce, ours: own }, start }) => [
    {
      name: 'rollups: requests, a request for each change to ours',
      found: add.requestsPerThousand / own.requestsPerThousand,
      atLeast: 20,
    },
    {
      name: 'rollups: changes/s, ours to one request after another',
      found: own.changesPerSecond / add.changesPerSecond,
      atLeast: 10,
    },
    {
      name: 'rollups: changes/s, ours to all requests of a batch at once',
      found: own.changesPerSecond / atOnce.changesPerSecond,
      atLeast: 10,
    },
    { name: 'rollups: how far ours is off after lost answers', found: Math.abs(own.off), atMost: 0 },
    {
      name: `rollups: events/s of npm start, ${count(start.events)} events, with them to without`,
      found: start.with / start.without,
      atLeast: 0.6,
    },
  ],
};

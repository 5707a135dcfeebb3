import { bundleFunctions } from '../../local/lambda/bundle.ts';
import { EVENT_PROCESSOR, localStack } from '../../local/stack.ts';
import { startAnsweringProcess } from './child-process.ts';
import { PEERS, type PeerName } from './handler-peers.ts';
import type { HandlerAnswer, HandlerQuestion, HandlerTask, HeldMemory } from './handler-process.ts';
import { lambdaFlagsOf } from './lambda-flags.ts';
import { byTurns, expectArrived, type Measured } from './measure.ts';
import { withNullServer } from './null-server/start.ts';
import { type Aim, cell, count, megabytes, type Row, type Section, type Table } from './section.ts';

export interface HandlerExtent {
  events: number;
  rounds: number;
  /** Rounds before them, which are not counted. */
  warmUp: number;
  /** After which memory is looked at, and again after ten times as many. */
  invocations: number;
}

export type ComparedHandlers = Record<PeerName, Measured & { name: string }>;

export interface HandlerResult extends Pick<HandlerExtent, 'events' | 'rounds'> {
  batchSize: number;
  latencyMs: number;
  /** With a DynamoDB that answers at once, and with one that takes its time. */
  atOnce: ComparedHandlers;
  withLatency: ComparedHandlers;
  memory: HandlerMemory;
}

/** What the process of our function holds. */
export interface HandlerMemory {
  invocations: number;
  after: HeldMemory;
  afterTenTimes: HeldMemory;
}

/** The template's default. */
const BATCH_SIZE = 500;
/** What a BatchWriteItem of 25 rows takes at the least, within a region. Milliseconds. */
export const DYNAMODB_LATENCY_MS = 5;
/** Of the measurement of memory: events of a batch, and batches before they repeat. */
const MEMORY_BATCH = 50;
const DIFFERENT_BATCHES = 100;
/** Peers that take long need fewer events to be measured. */
const SHARE: Partial<Record<PeerName, number>> = { powertools: 0.1 };

/** The path of the bundle of one of our functions. @param logicalName by default that which stores events */
export const bundleOf = async (logicalName: string = EVENT_PROCESSOR.function): Promise<string> => {
  const bundles = await bundleFunctions(localStack());
  return bundles[logicalName]!;
};

/** Starts a function, or a peer of it, in a process of its own with the flags that Lambda starts Node with. */
export const startHandler = (task: HandlerTask) =>
  startAnsweringProcess<HandlerQuestion, HandlerAnswer>(new URL('./handler-process.ts', import.meta.url), task, {
    execArgv: lambdaFlagsOf(EVENT_PROCESSOR.function),
  });

/**
 * Measures functions by turns, each in a process of its own, with all their events.
 *
 * @returns the medians of the rounds @throws where not every event arrived
 */
export const measureHandlers = (
  tasks: readonly Omit<HandlerTask, 'endpoint'>[],
  rounds: Pick<HandlerExtent, 'rounds' | 'warmUp'>,
  latencyMs: number,
): Promise<Measured[]> =>
  withNullServer({ latencyMs }, async ({ endpoint, counters }) => {
    const handlers = tasks.map((task) => startHandler({ ...task, endpoint }));
    try {
      return await byTurns(handlers, rounds, async (handler) => {
        const before = await counters();
        const { events, measured } = await handler.ask('all events');
        const rows = tasks[handlers.indexOf(handler)]!.rows ?? 1;
        expectArrived((await counters()).items - before.items, events * rows, 'items');
        return measured;
      });
    } finally {
      await Promise.all(handlers.map(({ stop }) => stop()));
    }
  });

const compare = async (
  bundle: string,
  { events, ...rounds }: HandlerExtent,
  latencyMs: number,
): Promise<ComparedHandlers> => {
  const peers = Object.keys(PEERS) as PeerName[];
  const tasks = peers.map((peer) => {
    const some = Math.ceil((events * (SHARE[peer] ?? 1)) / BATCH_SIZE) * BATCH_SIZE;
    return { peer, bundle, size: 'tweet' as const, events: some, batchSize: BATCH_SIZE };
  });
  const medians = await measureHandlers(tasks, rounds, latencyMs);
  return Object.fromEntries(
    peers.map((peer, index) => [peer, { name: PEERS[peer], ...medians[index]! }]),
  ) as ComparedHandlers;
};

/** The memory of our function after a number of invocations, and ten times as many. @throws where not every event arrived */
export const memoryOfHandler = (bundle: string, invocations: number): Promise<HandlerMemory> =>
  withNullServer({}, async ({ endpoint, counters }) => {
    const { ask, stop } = startHandler({
      peer: 'ours',
      endpoint,
      bundle,
      size: 'tweet',
      events: MEMORY_BATCH * DIFFERENT_BATCHES,
      batchSize: MEMORY_BATCH,
    });
    try {
      const { held: after } = await ask({ invocations });
      const { held: afterTenTimes } = await ask({ invocations: 9 * invocations });
      expectArrived((await counters()).items, 10 * invocations * MEMORY_BATCH, 'items');
      return { invocations, after: after!, afterTenTimes: afterTenTimes! };
    } finally {
      await stop();
    }
  });

/** What was measured, for people. */
export const tableOfHeld = (name: string, { invocations, after, afterTenTimes }: HandlerMemory): Table => {
  const held = (when: number, { heap, rss }: HeldMemory): Row => [
    `after ${count(when)} invocations`,
    cell(heap, megabytes),
    cell(rss, megabytes),
  ];
  return {
    name,
    title: `The memory of the function, invoked with ${MEMORY_BATCH} tweets, after its garbage is collected`,
    headings: ['', 'heap', 'RSS'],
    rows: [held(invocations, after), held(invocations * 10, afterTenTimes)],
  };
};

/** That it stays flat. */
export const aimsOfHeld = (who: string, { after, afterTenTimes }: HandlerMemory): Aim[] => [
  { name: `${who}: heap, after 10 times as many invocations`, found: afterTenTimes.heap / after.heap, atMost: 1.1 },
  { name: `${who}: RSS, after 10 times as many invocations`, found: afterTenTimes.rss / after.rss, atMost: 1.25 },
];

const tables = ({ events, rounds, batchSize, latencyMs, atOnce, withLatency, memory }: HandlerResult): Table[] => [
  {
    name: 'handler',
    title: `Tweets of 2 to 4 KB in batches of ${batchSize}, median of ${rounds} rounds of ${count(events)}`,
    headings: ['', 'µs CPU/event', 'to the floor', 'events/s', `events/s, ${latencyMs} ms away`],
    rows: Object.entries(atOnce).map(([peer, { name, cpuPerEvent, eventsPerSecond }]) => [
      name,
      cell(cpuPerEvent),
      cell(cpuPerEvent / atOnce.floor.cpuPerEvent),
      cell(eventsPerSecond, count),
      cell(withLatency[peer as PeerName].eventsPerSecond, count),
    ]),
  },
  tableOfHeld('handler-memory', memory),
];

/** The function next to its peers. */
export const handler: Section<HandlerExtent, HandlerResult> = {
  title: 'Handler: from Kinesis into DynamoDB',
  // V8 compiles on for a few hundred invocations.
  full: { events: 5_000, rounds: 5, warmUp: 20, invocations: 200 },
  quick: { events: 1_000, rounds: 3, warmUp: 8, invocations: 5 },
  measure: async (extent) => {
    const bundle = await bundleOf();
    return {
      events: extent.events,
      rounds: extent.rounds,
      batchSize: BATCH_SIZE,
      latencyMs: DYNAMODB_LATENCY_MS,
      atOnce: await compare(bundle, extent, 0),
      withLatency: await compare(bundle, extent, DYNAMODB_LATENCY_MS),
      memory: await memoryOfHandler(bundle, extent.invocations),
    };
  },
  tables,
  aims: ({ atOnce, withLatency, memory }) => [
    {
      name: 'handler: CPU, ours to the floor',
      found: atOnce.ours.cpuPerEvent / atOnce.floor.cpuPerEvent,
      atMost: 2,
    },
    {
      name: 'handler: events/s, ours to one batch after another',
      found: withLatency.ours.eventsPerSecond / withLatency.batch.eventsPerSecond,
      atLeast: 5,
    },
    ...aimsOfHeld('handler', memory),
  ],
};

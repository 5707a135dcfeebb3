import { type Asked, startAsked } from '../ask.ts';
import type { Measured } from '../measure.ts';
import { medianOf } from '../median.ts';
import { type NullServer, startNullServer } from '../null-server/start.ts';
import { PEERS, type PeerName } from './peers.ts';
import type { HandlerAnswer, HandlerQuestion, HandlerTask } from './process.ts';

export type HandlerProcess = Asked<HandlerQuestion, HandlerAnswer>;

export const startHandler = (task: HandlerTask): HandlerProcess =>
  startAsked(new URL('./process.ts', import.meta.url), task);

export interface ComparedHandler extends Measured {
  name: string;
}

export type ComparedHandlers = Record<PeerName, ComparedHandler>;

export interface HandlerComparison {
  bundle: string;
  events: number;
  batchSize: number;
  rounds: number;
  /** How long DynamoDB takes for each answer. Milliseconds. */
  latencyMs: number;
}

/** The peer that makes a request for each record gets as many events as it is measured by, and no more. */
const SHARE: Partial<Record<PeerName, number>> = { powertools: 0.2 };

/**
 * The functions with the same events, each in a process of its own, by turns in each round, so that a noisy machine is as noisy
 * for all of them. The first two rounds warm them up and are not counted.
 *
 * @returns the medians of the rounds
 * @throws where not every event arrived
 */
export const compareHandlers = async (options: HandlerComparison): Promise<ComparedHandlers> => {
  const { bundle, events, batchSize, rounds, latencyMs } = options;
  const server = await startNullServer({ latencyMs });
  const { endpoint } = server;
  const running = (Object.keys(PEERS) as PeerName[]).map((peer) => {
    const some = Math.ceil((events * (SHARE[peer] ?? 1)) / batchSize) * batchSize;
    const task: HandlerTask = { peer, endpoint, bundle, size: 'tweet', events: some, batchSize };
    return { peer, handler: startHandler(task), results: [] as Measured[] };
  });
  try {
    for (let round = -WARM_UP; round < rounds; round += 1)
      for (const { handler, results } of running) {
        const result = await roundOf(handler, server);
        if (round >= 0) results.push(result);
      }
    return Object.fromEntries(
      running.map(({ peer, results }) => [peer, { name: PEERS[peer], ...medians(results) }]),
    ) as ComparedHandlers;
  } finally {
    await Promise.all(running.map(({ handler }) => handler.stop()));
    await server.stop();
  }
};

const WARM_UP = 2;

/** One round of one function. @throws where not every event arrived */
export const roundOf = async (handler: HandlerProcess, server: NullServer): Promise<HandlerAnswer> => {
  const before = await server.counters();
  const answer = await handler.ask({ rounds: 1 });
  const { items } = await server.counters();
  if (items - before.items !== answer.events)
    throw new Error(`${items - before.items} items arrived; expected ${answer.events}`);
  return answer;
};

export const medians = (results: readonly Measured[]): Measured => ({
  eventsPerSecond: medianOf(results.map(({ eventsPerSecond }) => eventsPerSecond)),
  cpuPerEvent: medianOf(results.map(({ cpuPerEvent }) => cpuPerEvent)),
  seconds: medianOf(results.map(({ seconds }) => seconds)),
});

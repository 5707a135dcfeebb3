import type { SourceEvent } from '../../../core/source-event.ts';
import { type EventSize, eventsOf } from '../events.ts';
import { type Measured, measure } from '../measure.ts';
import { medianOf } from '../median.ts';
import { startNullServer } from '../null-server/start.ts';
import { type Peer, peersAt } from './peers.ts';

export interface ComparedPeer extends Measured {
  name: string;
  /** Which share of the time the null server's process was busy: where it is near 1, the server was measured. */
  serverBusy: number;
}

export type Compared = Record<keyof ReturnType<typeof peersAt>, ComparedPeer>;

export interface ComparisonOptions {
  size: EventSize;
  events: number;
  rounds: number;
  /** How long each answer takes. Milliseconds. */
  latencyMs: number;
}

/**
 * The peers with the same events, by turns in each round, so that a noisy machine is as noisy for all of them. The first round
 * warms them up and is not counted.
 *
 * @returns the medians of the rounds
 */
export const comparePeers = async ({ size, events, rounds, latencyMs }: ComparisonOptions): Promise<Compared> => {
  const all = eventsOf(size, events);
  const server = await startNullServer({ latencyMs });
  const peers = peersAt(server.endpoint);
  try {
    const measured = new Map<Peer, ComparedPeer[]>(Object.values(peers).map((peer) => [peer, []]));
    for (let round = 0; round <= rounds; round += 1)
      for (const [peer, results] of measured) {
        const some: SourceEvent[] = all.slice(0, Math.ceil(events * peer.share));
        const before = await server.counters();
        const result = await measure(some.length, () => peer.put(some));
        const { records, cpuMicros } = await server.counters();
        if (records - before.records !== some.length)
          throw new Error(`${peer.name}: ${records - before.records} records arrived; expected ${some.length}`);
        const serverBusy = (cpuMicros - before.cpuMicros) / 1e6 / result.seconds;
        if (round > 0) results.push({ name: peer.name, ...result, serverBusy });
      }
    return Object.fromEntries(
      Object.entries(peers).map(([name, peer]) => [name, medianPeer(peer.name, measured.get(peer)!)]),
    ) as Compared;
  } finally {
    for (const peer of Object.values(peers)) peer.close();
    await server.stop();
  }
};

const medianPeer = (name: string, rounds: readonly ComparedPeer[]): ComparedPeer => {
  const median = (of: keyof Measured | 'serverBusy'): number => medianOf(rounds.map((round) => round[of]));
  return {
    name,
    eventsPerSecond: median('eventsPerSecond'),
    cpuPerEvent: median('cpuPerEvent'),
    seconds: median('seconds'),
    serverBusy: median('serverBusy'),
  };
};

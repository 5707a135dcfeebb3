import { answerQuestions, taskOfThisProcess } from './child-process.ts';
import { eventsOf, invocationsOf } from './events.ts';
import { environmentOf, openPeer, type PeerName } from './handler-peers.ts';
import { collectGarbage, type Measured, measure } from './measure.ts';

/** What the process of one function is told. */
export interface HandlerTask {
  peer: PeerName;
  endpoint: string;
  /** Path of the bundle of ours. */
  bundle: string;
  /** Of each event: a tweet, or this many bytes. */
  size: 'tweet' | number;
  events: number;
  batchSize: number;
  /** Requests at once, for the floor only. */
  inFlight?: number;
}

/** All events once, or a number of invocations, one after the other. */
export type HandlerQuestion = 'all events' | { invocations: number };

/** Bytes that the process holds when its garbage is collected. */
export interface HeldMemory {
  heap: number;
  rss: number;
}

export interface HandlerAnswer {
  events: number;
  measured: Measured;
  held: HeldMemory;
}

/** The process of one function. As in Lambda, it gets the next batch only after it answered the last. */
const { peer, endpoint, bundle, size, events, batchSize, inFlight } = taskOfThisProcess<HandlerTask>();
Object.assign(process.env, environmentOf(endpoint));
const write = openPeer(peer, endpoint, bundle, inFlight);
const invocations = invocationsOf(eventsOf(size, events), batchSize);

answerQuestions(async (question: HandlerQuestion): Promise<HandlerAnswer> => {
  const length = question === 'all events' ? invocations.length : question.invocations;
  const chosen = Array.from({ length }, (_, index) => invocations[index % invocations.length]!);
  const written = chosen.reduce((sum, { Records }) => sum + Records.length, 0);
  const measured = await measure(written, async () => {
    for (const invocation of chosen) await write(invocation);
  });
  collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  return { events: written, measured, held: { heap: heapUsed, rss } };
});

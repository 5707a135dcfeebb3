import { answerQuestions } from '../ask.ts';
import { eventsOf } from '../events.ts';
import { collectGarbage, type Measured, measure } from '../measure.ts';
import { invocationsOf } from './invocations.ts';
import { environmentOf, openPeer, type PeerName } from './peers.ts';

/** What the process of one function is told. */
export interface HandlerTask {
  peer: PeerName;
  endpoint: string;
  /** Path of the bundle of ours. */
  bundle: string;
  /** Of each event: a tweet, or so many bytes. */
  size: 'tweet' | number;
  events: number;
  batchSize: number;
  /** Of the floor alone. */
  inFlight?: number;
}

/** A round with all events, or so many invocations, one after the other. */
export type HandlerQuestion = { rounds: number } | { invocations: number };

/** Bytes that the process holds when its garbage is collected. */
export interface Held {
  heap: number;
  rss: number;
}

export type HandlerAnswer = Measured & Held & { events: number };

/** The process of one function, which is invoked as Lambda does it: the next batch only after the answer to the last. */
const { peer, endpoint, bundle, size, events, batchSize, inFlight } = JSON.parse(process.argv[2] ?? '') as HandlerTask;
Object.assign(process.env, environmentOf(endpoint));
const write = openPeer(peer, endpoint, bundle, inFlight);
const invocations = invocationsOf(eventsOf(size, events), batchSize);

const answerTo = async (question: HandlerQuestion): Promise<HandlerAnswer> => {
  const some = 'rounds' in question ? question.rounds * invocations.length : question.invocations;
  let written = 0;
  for (let index = 0; index < some; index += 1) written += invocations[index % invocations.length]!.Records.length;
  const measured = await measure(written, async () => {
    for (let index = 0; index < some; index += 1) await write(invocations[index % invocations.length]!);
  });
  collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  return { ...measured, events: written, heap: heapUsed, rss };
};

answerQuestions(answerTo);

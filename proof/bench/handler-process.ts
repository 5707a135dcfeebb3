import { EVENT_PROCESSOR } from '../../local/stack.ts';
import { answerQuestions, taskOfThisProcess } from './child-process.ts';
import { type EventSize, eventsOf, invocationsOf, postsOf } from './events.ts';
import { environmentOf } from './function-environment.ts';
import { openPeer, type PeerName, VARIABLES } from './handler-peers.ts';
import { collectGarbage, type Measured, measure } from './measure.ts';

/** What the process of one function is told. */
export interface HandlerTask {
  peer: PeerName;
  endpoint: string;
  /** Path of the bundle of ours. */
  bundle: string;
  size: EventSize;
  events: number;
  batchSize: number;
  /** Requests at once, for the floor only. */
  inFlight?: number;
  /** Of each event, which is a post then. Ours makes them with the processor that indexes posts. */
  rows?: number;
}

/** All events of a round, or a number of invocations, one after the other, after which memory is looked at. */
export type HandlerQuestion = 'all events' | { invocations: number };

/** Bytes that the process holds when its garbage is collected. */
export interface HeldMemory {
  heap: number;
  rss: number;
}

export interface HandlerAnswer {
  events: number;
  measured: Measured;
  /** After a number of invocations. */
  held?: HeldMemory;
}

/** The process of one function. As in Lambda, it gets the next batch only after it answered the last. */
const { peer, endpoint, bundle, size, events, batchSize, inFlight, rows } = taskOfThisProcess<HandlerTask>();
const variables = { ...VARIABLES, ...(rows !== undefined && { PROCESSOR: 'indexing' }) };
Object.assign(process.env, environmentOf(EVENT_PROCESSOR.function, endpoint, variables));
const write = openPeer(peer, endpoint, bundle, inFlight);
const all = rows === undefined ? eventsOf(size, events) : postsOf(rows - 1, events);
const invocations = invocationsOf(all, batchSize);

answerQuestions(async (question: HandlerQuestion): Promise<HandlerAnswer> => {
  const length = question === 'all events' ? invocations.length : question.invocations;
  const chosen = Array.from({ length }, (_, index) => invocations[index % invocations.length]!);
  const written = chosen.reduce((sum, { Records }) => sum + Records.length, 0);
  const measured = await measure(written, async () => {
    for (const invocation of chosen) await write(invocation);
  });
  // Behind a round it would make the next one compile anew what V8 drops then.
  return { events: written, measured, ...(question !== 'all events' && { held: heldMemory() }) };
});

const heldMemory = (): HeldMemory => {
  collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, rss };
};

import { answerQuestions } from './child-process.ts';
import { clientAt, produceEvents } from './client-peers.ts';
import { eventMaker } from './events.ts';

/** What the process of a client held in memory. Bytes of RSS. */
export interface ClientMemory {
  events: number;
  seconds: number;
  /** Before the first event, with everything loaded. */
  atStart: number;
  /** After 25, 50, 75 and 100 % of the events. */
  after: number[];
  max: number;
}

const SAMPLE_MS = 50;

/** The process whose memory is measured. It makes each event when the producer asks for it, and holds none itself. */
answerQuestions(async ({ endpoint, events }: { endpoint: string; events: number }): Promise<ClientMemory> => {
  const make = eventMaker('small');
  const source = function* () {
    for (let index = 0; index < events; index += 1) yield make(index);
  };
  const atStart = process.memoryUsage.rss();
  const after: number[] = [];
  let max = atStart;
  let settled = 0;
  const sample = (): number => {
    const rss = process.memoryUsage.rss();
    max = Math.max(max, rss);
    return rss;
  };
  const sampling = setInterval(sample, SAMPLE_MS);
  const started = performance.now();
  const client = clientAt(endpoint);
  await produceEvents(source(), client, {
    onOutcome: () => {
      settled += 1;
      if (settled >= (events / 4) * (after.length + 1)) after.push(sample());
    },
  });
  clearInterval(sampling);
  client.destroy();
  return { events, seconds: (performance.now() - started) / 1000, atStart, after, max };
});

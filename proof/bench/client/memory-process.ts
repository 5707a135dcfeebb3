import { eventMaker } from '../events.ts';
import type { Memory, MemoryTask } from './memory.ts';
import { clientAt, produceEvents } from './produce-events.ts';

/** The process whose memory is measured: it makes each event when the producer asks for it, and holds none itself. */
const { endpoint, events } = JSON.parse(process.argv[2] ?? '') as MemoryTask;
const SAMPLE_MS = 50;

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
const seconds = (performance.now() - started) / 1000;
process.send?.({ events, seconds, atStart, after, max } satisfies Memory, () => process.disconnect());

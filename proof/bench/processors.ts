import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { KinesisStreamRecord } from 'aws-lambda';
import type { Processor } from '../../core/processor.ts';
import { SHAPES } from '../../core/shapes/index.ts';
import { type SourceEvent, toSourceEvent } from '../../core/source-event.ts';
import { decodeRecord } from '../../functions/ddb-event-processor/decode-record.ts';
import { ROOT } from '../../local/stack.ts';
import { PROCESSORS, processorNamed } from '../../processors/index.ts';
import { eventsOf, invocationsOf } from './events.ts';
import { byTurns, measure } from './measure.ts';
import { cell, count, type Row, type Section } from './section.ts';

export interface ProcessorsExtent {
  /** In each round of each comparison, at least. */
  events: number;
  rounds: number;
}

/** Two ways to treat events, measured one after the other. Medians. */
export interface Compared {
  /** CPU time, in microseconds an event. */
  base: number;
  cpu: number;
  /** The median of the rounds' own ratios, which a busy machine moves less than the times. */
  ratio: number;
}

export interface ProcessorsResult extends ProcessorsExtent {
  /** The default processor, to one that only maps, by the kind of event. */
  byDefault: Record<string, Compared>;
  /** Each processor, to the default one, over its own sample: by its name. */
  uses: Record<string, Compared>;
  /** The default processor over events of 200 bytes in an envelope, to the same events in records of their own. */
  envelopes: Record<string, Compared>;
}

/** Rounds that are not counted, at most: after them the code is compiled. */
const WARM_UP = 2;

/** Log events that a message of CloudWatch Logs holds here, and lines that are compressed together. */
const IN_AN_ENVELOPE = 100;

/** What the function does with one record before it writes. @returns how many events it held */
type Treat = (record: KinesisStreamRecord) => number;

const by =
  (processor: Processor): Treat =>
  (record) => {
    let events = 0;
    for (const _ of decodeRecord(record, processor)) events += 1;
    return events;
  };

/** Maps events to rows, and does nothing else with them: what the function did before there were processors. */
const MAPPING_ONLY: Processor = { shapes: SHAPES };

interface Side {
  treat: Treat;
  records: readonly KinesisStreamRecord[];
  /** How many events the records hold. */
  held: number;
}

const side = (treat: Treat, records: readonly KinesisStreamRecord[]): Side => ({
  treat,
  records,
  held: records.reduce((events, record) => events + treat(record), 0),
});

interface Comparison {
  name: string;
  base: Side;
  other: Side;
}

/** CPU time an event. @throws where the records do not hold the same events each time */
const cpuOf = async ({ treat, records, held }: Side, atLeast: number): Promise<number> => {
  const times = Math.ceil(atLeast / held);
  const { cpuPerEvent } = await measure(held * times, async () => {
    let events = 0;
    for (let time = 0; time < times; time += 1) for (const record of records) events += treat(record);
    if (events !== held * times) throw new Error(`${events} events; expected ${held * times}`);
  });
  return cpuPerEvent;
};

const compare = async (
  comparisons: readonly Comparison[],
  { events, rounds }: ProcessorsExtent,
): Promise<Record<string, Compared>> => {
  let turns = 0;
  const medians = await byTurns(
    comparisons,
    { rounds, warmUp: Math.min(rounds - 1, WARM_UP) },
    async ({ base, other }) => {
      // Every other round the other side is first, since the first one finds the caches of another comparison.
      const isBaseFirst = Math.floor(turns++ / comparisons.length) % 2 === 0;
      const first = await cpuOf(isBaseFirst ? base : other, events);
      const second = await cpuOf(isBaseFirst ? other : base, events);
      const figures = isBaseFirst ? { base: first, cpu: second } : { base: second, cpu: first };
      return { ...figures, ratio: figures.cpu / figures.base };
    },
  );
  return Object.fromEntries(comparisons.map(({ name }, index) => [name, medians[index]!]));
};

const recordsOf = (events: readonly SourceEvent[]): KinesisStreamRecord[] =>
  invocationsOf(events, events.length).flatMap(({ Records }) => Records);

/** The records that the client makes of the sample of a processor, or of the first of its lines. */
const sampleOf = (name: string, { shapes }: Processor, atMost: number): KinesisStreamRecord[] => {
  const lines = readFileSync(new URL(`events/${name}.ndjson`, ROOT), 'utf8')
    .trimEnd()
    .split('\n');
  return recordsOf(lines.slice(0, atMost).map((line) => toSourceEvent(Buffer.from(line), undefined, { shapes })));
};

const compressed = (data: Uint8Array): SourceEvent => ({ partitionKey: 'envelope', data: gzipSync(data) });

/** As CloudWatch Logs sends it for a subscription. */
const logMessage = (messages: readonly Uint8Array[]): Buffer =>
  Buffer.from(
    JSON.stringify({
      messageType: 'DATA_MESSAGE',
      owner: '000000000000',
      logGroup: '/bench/readings',
      logStream: 'sensors',
      subscriptionFilters: ['all'],
      logEvents: messages.map((message, index) => ({
        id: String(10n ** 55n + BigInt(index)),
        timestamp: 1_795_178_096_123 + index,
        message: Buffer.from(message).toString(),
      })),
    }),
  );

/** Events of 200 bytes, each in a record of its own or some in an envelope. */
const envelopesOf = (events: readonly SourceEvent[]): Record<string, KinesisStreamRecord[]> => {
  const data = events.map((event) => event.data);
  const groups = Array.from({ length: Math.ceil(data.length / IN_AN_ENVELOPE) }, (_, index) =>
    data.slice(index * IN_AN_ENVELOPE, (index + 1) * IN_AN_ENVELOPE),
  );
  return {
    'gzip around each event': recordsOf(data.map(compressed)),
    [`gzip around ${IN_AN_ENVELOPE} lines`]: recordsOf(
      groups.map((group) => compressed(Buffer.concat(group.flatMap((one) => [one, LINE_END])))),
    ),
    [`CloudWatch Logs, ${IN_AN_ENVELOPE} log events`]: recordsOf(groups.map((group) => compressed(logMessage(group)))),
  };
};

const LINE_END = Buffer.from('\n');

/** How many events of a kind there are before they repeat. */
const DIFFERENT = 400;

const measureProcessors = async (extent: ProcessorsExtent): Promise<ProcessorsResult> => {
  const byDefault = by(processorNamed('default'));
  const small = eventsOf('small', DIFFERENT);
  const plain = side(byDefault, recordsOf(small));
  const kinds = {
    'tweets of 2 to 4 KB': recordsOf(eventsOf('tweet', Math.min(DIFFERENT, extent.events))),
    'events of 200 bytes': plain.records,
  };
  const uses = Object.entries(PROCESSORS).filter(([name]) => name !== 'default');
  return {
    ...extent,
    byDefault: await compare(
      Object.entries(kinds).map(([name, records]) => ({
        name,
        base: side(by(MAPPING_ONLY), records),
        other: side(byDefault, records),
      })),
      extent,
    ),
    uses: await compare(
      uses.map(([name, processor]) => {
        const records = sampleOf(name, processor, extent.events);
        return { name, base: side(byDefault, records), other: side(by(processor), records) };
      }),
      extent,
    ),
    envelopes: await compare(
      Object.entries(envelopesOf(small)).map(([name, records]) => ({
        name,
        base: plain,
        other: side(byDefault, records),
      })),
      extent,
    ),
  };
};

const rowsOf = (compared: Record<string, Compared>): Row[] =>
  Object.entries(compared).map(([name, { base, cpu, ratio }]) => [name, cell(base), cell(cpu), cell(ratio)]);

/** What processors and envelopes cost, before anything is written. */
export const processors: Section<ProcessorsExtent, ProcessorsResult> = {
  title: 'Processors: what becomes of an event',
  full: { events: 5_000, rounds: 9 },
  quick: { events: 500, rounds: 3 },
  measure: measureProcessors,
  tables: ({ events, rounds, byDefault, uses, envelopes }) => [
    {
      name: 'processors-default',
      title: `µs CPU/event from record to rows, median of ${rounds} rounds of ${count(events)}`,
      headings: ['', 'only mapped', 'default', 'ratio'],
      rows: rowsOf(byDefault),
    },
    {
      name: 'processors',
      title: 'Each over its own sample',
      headings: ['', 'default', 'itself', 'ratio'],
      rows: rowsOf(uses),
    },
    {
      name: 'envelopes',
      title: 'Events of 200 bytes',
      headings: ['', 'plain records', 'in the envelope', 'ratio'],
      rows: rowsOf(envelopes),
    },
  ],
  aims: ({ byDefault }) =>
    Object.entries(byDefault).map(([name, { ratio }]) => ({
      name: `processors: CPU, the default to mapping only, ${name}`,
      found: ratio,
      atMost: 1.05,
    })),
};

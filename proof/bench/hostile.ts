import { gzipSync } from 'node:zlib';
import type { KinesisStreamRecord } from 'aws-lambda';
import { Aggregate } from '../../core/envelopes/aggregate.ts';
import { between, type Random, seeded } from '../../core/random.ts';
import { decodeBatch } from '../../functions/ddb-event-processor/decode-batch.ts';
import { processorNamed } from '../../processors/index.ts';
import { eventsOf, invocationsOf } from './events.ts';
import { measure, medianOf } from './measure.ts';
import { cell, count, figure, type Section } from './section.ts';

export interface HostileExtent {
  /** Hostile records. */
  records: number;
  /** Of each record, ordinary or hostile. */
  bytes: number;
}

export interface HostileResult extends HostileExtent {
  /** Processor time of an ordinary record, full of tweets. Microseconds. */
  ordinary: number;
  /** By kind, the processor time of its worst record to that of an ordinary one. */
  worst: Record<string, number>;
}

type Make = (bytes: number, random: Random) => Uint8Array;

/** A text again and again, up to so many bytes. */
const filled = (text: string, bytes: number, head = '', tail = ''): Buffer =>
  Buffer.from(head + text.repeat(Math.max(0, Math.floor((bytes - head.length - tail.length) / text.length))) + tail);

const digits = (random: Random, length: number): string =>
  Array.from({ length }, () => between(random, 1, 10)).join('');

/** Ways to make a record that costs its reader more than it costs its writer. */
const KINDS: Record<string, Make> = {
  'empty objects': (bytes) => filled('{}', bytes),
  'lines of empty objects': (bytes) => filled('{}\n', bytes),
  'an array of empty objects': (bytes) => filled('{},', bytes, '[', '{}]'),
  'nested arrays': (bytes) => filled('[', bytes, '{"a":'),
  'nested objects': (bytes) => filled('{"a":', bytes),
  'one long number': (bytes, random) => filled(digits(random, 97), bytes, '{"n":', '}'),
  'many long numbers': (bytes, random) => filled(`${digits(random, 19)},`, bytes, '{"n":[', '1]}'),
  'long fractions': (bytes, random) => filled(`0.${digits(random, 30)},`, bytes, '{"n":[', '1]}'),
  exponents: (bytes) => filled('1e999999999,', bytes, '{"n":[', '1]}'),
  escapes: (bytes) => filled('\\ud83d', bytes, '{"id":"', '"}'),
  'backslashes without an end': (bytes) => filled('\\', bytes, '{"id":"'),
  'one key again and again': (bytes) => filled('"id":1,', bytes, '{', '"id":2}'),
  'many keys': (bytes, random) =>
    Buffer.from(`{${Array.from({ length: Math.floor(bytes / 14) }, () => `"${digits(random, 8)}":1`).join()}}`),
  'base64 that is none': (bytes) =>
    filled('QUJD', bytes, '{"specversion":"1.0","id":"1","source":"/a","type":"t","data_base64":"', '%"}'),
  'a gzip of zeros': (bytes) => gzipSync(Buffer.alloc(bytes * 200)),
  'a gzip of empty objects': (bytes) => gzipSync(filled('{}', bytes * 50)),
  'a gzip in a gzip': (bytes) => gzipSync(gzipSync(filled('{}\n', bytes * 50))),
  'an aggregated record of empty events': (bytes) => {
    const aggregate = new Aggregate(bytes);
    while (aggregate.add({ partitionKey: 'a', data: Buffer.from('{}') }));
    return aggregate.encode().data;
  },
  'log events of a subscription': (bytes) =>
    filled(
      '{"id":"1","timestamp":1,"message":"{}"},',
      bytes,
      '{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"a","logStream":"b","subscriptionFilters":[],"logEvents":[',
      '{"id":"2","timestamp":1,"message":"{}"}]}',
    ),
  'one event again and again': (bytes) => filled('{"specversion":"1.0","id":"1","source":"/a","type":"t"}\n', bytes),
  'random bytes': (bytes, random) => Buffer.from(Array.from({ length: bytes }, () => between(random, 0, 256))),
  spaces: (bytes) => filled(' ', bytes, '', '{'),
  'texts that look like times': (bytes) => filled('2026-11-20T12:34:56.', bytes, '{"id":"1","time":"', 'Z"}'),
};

/** A record of a kind. Every third one goes on as another kind, and every third one is cut. */
const hostileOf = (make: Make, bytes: number, random: Random): Uint8Array => {
  const chance = between(random, 0, 3);
  const data = make(bytes, random);
  if (chance === 0) return data;
  const cut = data.subarray(0, between(random, 1, data.length + 1));
  if (chance === 1) return cut;
  const makers = Object.values(KINDS);
  return Buffer.concat([cut, makers[between(random, 0, makers.length)]!(bytes, random)]).subarray(0, bytes);
};

const recordOf = (data: Uint8Array): KinesisStreamRecord =>
  invocationsOf([{ partitionKey: 'hostile', data: Buffer.from(data) }], 1)[0]!.Records[0]!;

const NEVER = { isOver: () => false, signal: new AbortController().signal } as never;

/** Microseconds of processor time for one record, the less of two tries: the first one may have met the collector. */
const cpuOf = async (record: KinesisStreamRecord): Promise<number> => {
  const processor = processorNamed('default');
  const once = async (): Promise<number> =>
    (await measure(1, async () => decodeBatch([record], processor, NEVER))).cpuPerEvent;
  return Math.min(await once(), await once());
};

const measureHostile = async (extent: HostileExtent): Promise<HostileResult> => {
  const { records, bytes } = extent;
  const tweets = Buffer.concat(eventsOf('tweet', Math.ceil(bytes / 2_000)).flatMap(({ data }) => [data, LINE_END]));
  const ordinary = recordOf(tweets.subarray(0, tweets.lastIndexOf(LINE_END, bytes - 1)));
  const random = seeded(1);
  const ordinaries = [];
  for (let round = 0; round < 15; round += 1) ordinaries.push(await cpuOf(ordinary));
  const usual = medianOf(ordinaries.slice(5));
  const worst: Record<string, number> = {};
  const kinds = Object.entries(KINDS);
  for (let index = 0; index < records; index += 1) {
    const [name, make] = kinds[index % kinds.length]!;
    const ratio = (await cpuOf(recordOf(hostileOf(make, bytes, random)))) / usual;
    worst[name] = Math.max(worst[name] ?? 0, ratio);
  }
  return { ...extent, ordinary: usual, worst };
};

const LINE_END = Buffer.from('\n');

const byWorst = ({ worst }: HostileResult): [string, number][] =>
  Object.entries(worst).sort(([, one], [, other]) => other - one);

/** What a record costs that was made to cost much. */
export const hostile: Section<HostileExtent, HostileResult> = {
  title: 'Hostile records: what the worst of them cost',
  full: { records: 1_000, bytes: 1_000_000 },
  quick: { records: 46, bytes: 1_000_000 },
  measure: measureHostile,
  once: true,
  tables: (result) => [
    {
      name: 'hostile',
      title: `${count(result.records)} hostile records of ${count(result.bytes)} bytes at most; an ordinary one of tweets takes ${figure(result.ordinary / 1_000)} ms CPU`,
      headings: ['The worst of each kind', 'to the ordinary one'],
      rows: byWorst(result).map(([name, ratio]) => [name, cell(ratio)]),
    },
  ],
  aims: (result) => [
    {
      name: 'hostile records: CPU, the worst to an ordinary one',
      found: byWorst(result)[0]?.[1] ?? Number.NaN,
      atMost: 10,
    },
  ],
};

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
  /** CPU time of an ordinary record, full of tweets. Microseconds. */
  ordinary: number;
  /** By kind, the CPU time of its worst record to that of an ordinary one. */
  worst: Record<string, number>;
}

type Make = (bytes: number, random: Random) => Buffer;

const oneOf = <T>(random: Random, items: readonly T[]): T => items[between(random, 0, items.length)]!;

const digits = (random: Random, length: number): string =>
  Array.from({ length }, () => between(random, 1, 10)).join('');

/** Small things that cost their reader more than their writer, many of which make a record. */
const UNITS: Record<string, (random: Random) => string> = {
  'empty values': (random) => oneOf(random, ['{}', '[]', '""', '0', 'null', '{"":{}}', '[[],{}]']),
  'nested arrays': (random) => '['.repeat(between(random, 1, 50)),
  'nested objects': (random) => oneOf(random, ['{"a":', '{"":', '[{"a":', `{"${digits(random, 9)}":`]),
  'long numbers': (random) => digits(random, between(random, 17, 400)),
  fractions: (random) => `-0.${'0'.repeat(between(random, 0, 30))}${digits(random, between(random, 1, 60))}`,
  exponents: (random) =>
    `${digits(random, between(random, 1, 30))}e${oneOf(random, ['', '-'])}${digits(random, between(random, 1, 9))}`,
  escapes: (random) => oneOf(random, ['"\\ud83d', '"\\u0000"', '"\\\\', '"\\"\\""', '"\\ud83e\\udd8a"', '\\']),
  'not UTF-16': (random) => `"\\ud8${between(random, 10, 99)}${digits(random, between(random, 0, 9))}"`,
  'one key again and again': (random) => oneOf(random, ['"id":1', '"__proto__":{}', '"time":"now"', '"data":{"a":1}']),
  'many keys': (random) => `"${digits(random, between(random, 4, 12))}":${oneOf(random, ['1', '{}', '"a"'])}`,
  'almost times': (random) =>
    `"2026-11-${between(random, 10, 40)}T12:34:56.${digits(random, between(random, 1, 40))}Z"`,
  'almost base64': (random) => `${oneOf(random, ['QUJD', 'QU-_', 'QQ==', '====', 'Q'])}`,
  'small events': (random) => `{"specversion":"1.0","id":"${between(random, 0, 9)}","source":"/a","type":"t"}`,
  'log events': (random) =>
    `{"id":"${digits(random, 9)}","timestamp":1,"message":"${digits(random, between(random, 60, 150))}"}`,
  'small rows': (random) => `{"id":${digits(random, 3)},"time":"2026-11-20T12:34:56Z"}`,
  'other letters': (random) => `"${oneOf(random, ['é', '日', '🦊', '\u200b', '\u202e'])}"`,
  'line ends': (random) => oneOf(random, ['\n', '\r\n', ' ', '\t\n', '\r']),
};

const logRecordsOf = (attributes: object[]): readonly [string, string, string] => [
  `{"resourceLogs":[{"resource":{"attributes":${JSON.stringify(attributes)}},"scopeLogs":[{"logRecords":[`,
  ',',
  ']}]}]}',
];

/** What such things lie in: how it begins, what is between two of them, and how it ends. */
const CONTAINERS: Record<string, readonly [head: string, between: string, tail: string]> = {
  nothing: ['', '', ''],
  lines: ['', '\n', '\n'],
  'an array': ['[', ',', ']'],
  'an object': ['{', ',', '}'],
  'a list in an object': ['{"id":"1","n":[', ',', ']}'],
  'the data of a CloudEvent': ['{"specversion":"1.0","id":"1","source":"/a","type":"t","data":[', ',', ']}'],
  'a text of a CloudEvent': ['{"specversion":"1.0","id":"1","source":"/a","type":"t","data":"', '', '"}'],
  'base64 of a CloudEvent': ['{"specversion":"1.0","id":"1","source":"/a","type":"t","data_base64":"', '', '"}'],
  'the time of a CloudEvent': ['{"specversion":"1.0","id":"1","source":"/a","type":"t","time":"', '', 'Z"}'],
  'the id of an event': ['{"id":"', '', '","time":1}'],
  'a page of tweets': ['{"data":[{"id":"1","text":"a"},', ',', ']}'],
  'a change of a table': ['{"eventID":"1","eventSource":"aws:dynamodb","dynamodb":{"Keys":{"a":{"L":[', ',', ']}}}}'],
  'log events of a subscription': [
    '{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"a","logStream":"b","subscriptionFilters":[],"logEvents":[',
    ',',
    ']}',
  ],
  // Each of the events is written out with it.
  'log events of a subscription with a long name': [
    `{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"${'a'.repeat(4_000)}","logStream":"b","logEvents":[`,
    ',',
    ']}',
  ],
  'log records of a resource with a long name': logRecordsOf([
    { key: 'service.name', value: { stringValue: 'a'.repeat(4_000) } },
  ]),
  'log records of a resource with many attributes': logRecordsOf(
    Array.from({ length: 300 }, (_, index) => ({ key: `${index}`, value: { boolValue: true } })),
  ),
};

/** What a whole record is packed in. */
const PACKINGS: Record<string, (data: Buffer, bytes: number) => Buffer> = {
  plain: (data) => data,
  gzip: (data, bytes) => gzipSync(repeated(data, bytes * 50)),
  'gzip in gzip': (data, bytes) => gzipSync(gzipSync(repeated(data, bytes * 10))),
  aggregated: (data, bytes) => {
    const aggregate = new Aggregate(bytes);
    const small = data.subarray(0, 60);
    while (aggregate.add({ partitionKey: 'a', data: small }));
    return aggregate.encode().data;
  },
  'a log event': (data) =>
    Buffer.from(
      JSON.stringify({
        messageType: 'DATA_MESSAGE',
        logEvents: [{ id: '1', timestamp: 1, message: data.toString() }],
      }),
    ),
};

const repeated = (data: Buffer, bytes: number): Buffer =>
  data.length === 0
    ? data
    : Buffer.concat(
        Array.from({ length: Math.ceil(bytes / data.length) }, () => data),
        bytes,
      );

/** A record of things of one kind in a container: the same thing again and again, or a few different ones by turns. */
const filled = (
  unit: (random: Random) => string,
  [head, separator, tail]: readonly [string, string, string],
  bytes: number,
  random: Random,
): Buffer => {
  const units = Array.from({ length: oneOf(random, [1, 1, 3, 100]) }, () => unit(random));
  const turn = Buffer.from(units.map((each) => each + separator).join(''));
  const room = Math.max(0, bytes - head.length - tail.length);
  const body = repeated(turn, room - (room % turn.length)).subarray(0, -separator.length || undefined);
  return Buffer.concat([Buffer.from(head), body, Buffer.from(tail)]);
};

const noise: Make = (bytes, random) => Buffer.from(Array.from({ length: bytes }, () => between(random, 0, 256)));

/** Damages a record: nothing, a cut, a few wrong bytes, or another beginning. */
const damaged = (data: Buffer, random: Random): Buffer => {
  const at = between(random, 0, data.length + 1);
  switch (between(random, 0, 6)) {
    case 0:
      return data.subarray(0, at);
    case 1: {
      const wrong = Buffer.from(data);
      for (let count = between(random, 1, 20); count > 0; count -= 1)
        wrong[between(random, 0, wrong.length)] = between(random, 0, 256);
      return wrong;
    }
    case 2:
      return Buffer.concat([data.subarray(at), data.subarray(0, at)]);
    default:
      return data;
  }
};

/**
 * Records that were made to cost much, each another one, the same for the same seed.
 *
 * @param bytes of each, at most
 */
function* hostileRecords(bytes: number, seed: number): Generator<{ kind: string; data: Uint8Array }> {
  const random = seeded(seed);
  const kinds = Object.keys(UNITS).flatMap((unit) =>
    Object.keys(CONTAINERS).map((container) => [unit, container] as const),
  );
  for (;;)
    // Each pair of a unit and a container comes once a round, in another order each time.
    for (const [unit, container] of shuffled(kinds, random)) {
      if (between(random, 0, 50) === 0) yield { kind: 'noise', data: noise(bytes, random) };
      const packing = oneOf(random, [...Object.keys(PACKINGS), 'plain', 'plain', 'plain']);
      const plain = damaged(filled(UNITS[unit]!, CONTAINERS[container]!, bytes, random), random);
      const data = PACKINGS[packing]!(plain, bytes).subarray(0, bytes);
      yield { kind: `${unit} in ${container}${packing === 'plain' ? '' : `, ${packing}`}`, data };
    }
}

const shuffled = <T>(items: readonly T[], random: Random): T[] =>
  items
    .map((item) => [random(), item] as const)
    .toSorted(([one], [other]) => one - other)
    .map(([, item]) => item);

const recordOf = (data: Uint8Array): KinesisStreamRecord =>
  invocationsOf([{ partitionKey: 'hostile', data: Buffer.from(data) }], 1)[0]!.Records[0]!;

const NEVER = { isOver: () => false, signal: new AbortController().signal } as never;

/** Microseconds of CPU time for one record, the less of two tries: the first one may have met the collector. */
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
  const ordinaries = [];
  for (let round = 0; round < 15; round += 1) ordinaries.push(await cpuOf(ordinary));
  const usual = medianOf(ordinaries.slice(5));
  const worst: Record<string, number> = {};
  let left = records;
  for (const { kind, data } of hostileRecords(bytes, 1)) {
    worst[kind] = Math.max(worst[kind] ?? 0, (await cpuOf(recordOf(data))) / usual);
    left -= 1;
    if (left === 0) break;
  }
  return { ...extent, ordinary: usual, worst };
};

const LINE_END = Buffer.from('\n');

/** Kinds that the table has. */
const SHOWN = 10;

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
      headings: ['The dearest kinds', 'to the ordinary one'],
      rows: byWorst(result)
        .slice(0, SHOWN)
        .map(([name, ratio]) => [name, cell(ratio)]),
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

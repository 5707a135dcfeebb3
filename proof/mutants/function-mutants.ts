import type { Mutant } from './mutant.ts';
import { soak, unit } from './proofs.ts';

const BATCH = 'functions/ddb-event-processor/process-batch.ts';
const TABLE = 'functions/ddb-event-processor/table.ts';
const REJECTED = 'functions/ddb-event-processor/rejected-events-table.ts';
const ENVELOPES = 'core/envelopes/index.ts';

const ofBatch = unit('functions/process-batch');
/** An outage of both tables, so that partial replies count. */
const outage = soak('tables,malformed,duplicates');

/** Faults of the function that stores a batch. */
export const FUNCTION_MUTANTS: readonly Mutant[] = [
  {
    name: 'the lowest failure is not reported',
    file: BATCH,
    find: 'first ? [{ itemIdentifier: first.kinesis.sequenceNumber }] : []',
    replace: '[]',
    proofs: [outage],
  },
  {
    name: 'the highest failure is reported, not the lowest',
    file: BATCH,
    find: 'records.find((record) => unwrittenRecords.has(record))',
    replace: 'records.findLast((record) => unwrittenRecords.has(record))',
    proofs: [outage],
  },
  {
    name: 'the record after the lowest failure is reported',
    file: BATCH,
    find: 'records.find((record) => unwrittenRecords.has(record))',
    replace: 'records.find((_, index) => index > 0 && unwrittenRecords.has(records[index - 1]!))',
    proofs: [outage],
  },
  {
    name: 'a rejected event that RejectedEvents did not take is not reported',
    file: BATCH,
    find: 'unwritten.add(origin);\n      rejections.delete(origin);',
    replace: 'rejections.delete(origin);',
    proofs: [outage],
  },
  {
    name: 'a rejected event that RejectedEvents refuses is dropped',
    file: BATCH,
    find: '[...result.unwritten, ...result.refused.map((refusal) => refusal.row)]',
    replace: '[...result.unwritten]',
    proofs: [ofBatch],
  },
  {
    name: 'no bad event is set aside',
    file: BATCH,
    find: 'if (rejections.size > 0) {',
    replace: 'if (rejections.size > 1_000) {',
    proofs: [soak('malformed')],
  },
  {
    name: 'the first event of a key wins, not the last',
    file: BATCH,
    find: '[row.at(-1)!.event, row]',
    replace: '[row[0]!.event, row]',
    proofs: [soak('duplicates')],
  },
  {
    name: 'of a row that is not written, only the last event is reported',
    file: BATCH,
    find: 'for (const { origin } of rowOf.get(event)!) unwritten.add(origin);',
    replace: 'unwritten.add(rowOf.get(event)!.at(-1)!.origin);',
    proofs: [ofBatch],
  },
  {
    name: 'where the last event of a key is refused, the one before it is not written',
    file: BATCH,
    find: 'return row.length > 1 ? [row.slice(0, -1)] : [];',
    replace: 'return [];',
    proofs: [ofBatch],
  },
  {
    name: 'an event that the table refuses is not set aside',
    file: BATCH,
    find: "rejections.set(row.at(-1)!.origin, { reason: 'TableRefused', detail });",
    replace: '',
    proofs: [ofBatch],
  },
  {
    name: 'unprocessed items count as written',
    file: TABLE,
    find: 'return batch.filter(({ item }) => keys.has(keyOf(item)));',
    replace: 'return [];',
    proofs: [soak('partial')],
  },
  {
    name: 'the first of the unprocessed items is forgotten',
    file: TABLE,
    find: 'return batch.filter(({ item }) => keys.has(keyOf(item)));',
    replace: 'return batch.filter(({ item }) => keys.has(keyOf(item))).slice(1);',
    proofs: [soak('partial')],
  },
  {
    name: 'the items that were processed are sent again, not the unprocessed ones',
    file: TABLE,
    find: 'return batch.filter(({ item }) => keys.has(keyOf(item)));',
    replace: 'return batch.filter(({ item }) => !keys.has(keyOf(item)));',
    proofs: [soak('partial')],
  },
  {
    name: 'items that time did not suffice for count as written',
    file: TABLE,
    find: 'result.unwritten.push(...left.map(({ row }) => row));',
    replace: 'void left;',
    proofs: [outage],
  },
  {
    name: 'one of the items that time did not suffice for is forgotten',
    file: TABLE,
    find: 'result.unwritten.push(...left.map(({ row }) => row));',
    replace: 'result.unwritten.push(...left.slice(1).map(({ row }) => row));',
    proofs: [outage],
  },
  {
    name: 'narrowing to the bad item drops the second half',
    file: TABLE,
    find: ', putBatch(batch.slice(half))]',
    replace: ']',
    proofs: [ofBatch],
  },
  {
    name: 'narrowing refuses the first item without looking further',
    file: TABLE,
    find: 'if (batch.length === 1 && only) {',
    replace: 'if (only) {',
    proofs: [ofBatch],
  },
  {
    name: 'a fault of one item makes the whole request fail',
    file: TABLE,
    find: 'if (isFaultOfAnItem(error)) return narrow(left, error);',
    replace: '',
    proofs: [ofBatch],
  },
  {
    name: 'a failure of the service is not tried again',
    file: TABLE,
    find: 'if (!isRetryable(error)) break;',
    replace: 'break;',
    proofs: [ofBatch],
  },
  {
    name: 'the events of one record have one Id in RejectedEvents',
    file: REJECTED,
    find: 'userRecord ? ',
    replace: 'false && userRecord ? ',
    proofs: [ofBatch],
  },
  {
    name: 'a large payload is not kept in RejectedEvents',
    file: REJECTED,
    find: "return { Bytes, Encoding: 'gzip', Data: compressed };",
    replace: "return { Bytes, Encoding: 'stream' };",
    proofs: [ofBatch],
  },
  {
    name: 'the last event of a record that holds several is dropped',
    file: ENVELOPES,
    find: 'return { ...contents, isSingle: false };',
    replace: 'return { ...contents, events: contents.events.slice(0, -1), isSingle: false };',
    // With an even seed the client aggregates.
    proofs: [soak('none', { seed: 42 }), ofBatch],
  },
  {
    name: 'the events of one record count as one event when they are set aside',
    file: ENVELOPES,
    find: 'return { ...contents, isSingle: false };',
    replace: 'return { ...contents, isSingle: true };',
    proofs: [ofBatch],
  },
  {
    name: 'the last batch, which is not full, is dropped',
    file: 'core/batch.ts',
    find: 'if (rest) yield rest;',
    replace: '',
    proofs: [unit('core/batch')],
  },
  {
    name: 'a batch may be larger than a request',
    file: 'core/batch.ts',
    find: 'this.#bytes += bytes;',
    replace: '',
    proofs: [unit('core/batch')],
  },
];

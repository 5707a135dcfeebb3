import type { Mutant } from './mutant.ts';
import { soak, unit } from './proofs.ts';

const BATCH = 'functions/ddb-event-processor/process-batch.ts';
const DECODING = 'functions/ddb-event-processor/decode-batch.ts';
const DELIVERY = 'functions/ddb-event-processor/delivery.ts';
const TIME = 'functions/ddb-event-processor/time-budget.ts';
const WRITING = 'functions/ddb-event-processor/put-rows.ts';
const REJECTED = 'functions/ddb-event-processor/rejected-events-table.ts';
const ENVELOPES = 'core/envelopes/index.ts';

const ofBatch = unit('functions/ddb-event-processor/process-batch');
const ofTime = unit('functions/ddb-event-processor/time-budget');
/** An outage of both tables, so that partial replies count. On a busy machine it may end before a mutant shows, so a test stands behind it. */
const outage = soak('tables,malformed,duplicates');

/** Faults of the function that stores a batch. */
export const FUNCTION_MUTANTS: readonly Mutant[] = [
  {
    name: 'the lowest failure is not reported',
    file: DELIVERY,
    find: 'first ? [{ itemIdentifier: first.kinesis.sequenceNumber }] : []',
    replace: '[]',
    proofs: [outage, ofBatch],
  },
  {
    name: 'the highest failure is reported, not the lowest',
    file: DELIVERY,
    find: '= ([first]) => ({',
    replace: '= (unwritten, first = unwritten.at(-1)) => ({',
    proofs: [outage, ofBatch],
  },
  {
    name: 'the record after the lowest failure is reported',
    file: DELIVERY,
    find: '= ([first]) => ({',
    replace: '= ([, first]) => ({',
    proofs: [outage, ofBatch],
  },
  {
    name: 'a rejected event that RejectedEvents did not take is not reported',
    file: BATCH,
    find: "settle(eventOf.get(row)!, { kind: 'unwritten' });",
    replace: 'void row;',
    proofs: [outage, ofBatch],
  },
  {
    name: 'a rejected event that RejectedEvents refuses is dropped',
    file: BATCH,
    find: 'for (const row of [...unwritten, ...refused.map((refusal) => refusal.row)])',
    replace: 'for (const row of unwritten)',
    proofs: [ofBatch],
  },
  {
    name: 'no bad event is set aside',
    file: BATCH,
    find: 'if (eventOf.size === 0) return;',
    replace: 'if (eventOf.size < 1_000) return;',
    proofs: [soak('malformed')],
  },
  {
    name: 'the first event of a key wins, not the last',
    file: BATCH,
    find: 'versions.at(-1)!.row',
    replace: 'versions[0]!.row',
    proofs: [soak('duplicates')],
  },
  {
    name: 'of a row that is not written, only the last event is reported',
    file: BATCH,
    find: "settleAll(take(row), 'unwritten');",
    replace:
      "for (const [at, { event }] of take(row).toReversed().entries()) settle(event, { kind: at ? 'superseded' : 'unwritten' });",
    proofs: [ofBatch],
  },
  {
    name: 'where the last event of a key is refused, the one before it is not written',
    file: BATCH,
    find: 'round = before.filter((versions) => versions.length > 0);',
    replace: "settleAll(before.flat(), 'superseded');\n    round = [];",
    proofs: [ofBatch],
  },
  {
    name: 'an event that the table refuses is not set aside',
    file: BATCH,
    find: "{ kind: 'rejected', rejection: { reason: 'TableRefused', detail } }",
    replace: "{ kind: 'superseded' }",
    proofs: [ofBatch],
  },
  {
    name: 'unprocessed items count as written',
    file: WRITING,
    find: 'return batch.filter(({ row }) => keys.has(keyOf(toItem(row))));',
    replace: 'return [];',
    proofs: [soak('partial')],
  },
  {
    name: 'the first of the unprocessed items is forgotten',
    file: WRITING,
    find: 'return batch.filter(({ row }) => keys.has(keyOf(toItem(row))));',
    replace: 'return batch.filter(({ row }) => keys.has(keyOf(toItem(row)))).slice(1);',
    proofs: [soak('partial')],
  },
  {
    name: 'the items that were processed are sent again, not the unprocessed ones',
    file: WRITING,
    find: 'return batch.filter(({ row }) => keys.has(keyOf(toItem(row))));',
    replace: 'return batch.filter(({ row }) => !keys.has(keyOf(toItem(row))));',
    proofs: [soak('partial')],
  },
  {
    name: 'items that time did not suffice for count as written',
    file: WRITING,
    find: 'result.unwritten.push(...left.map(({ row }) => row));',
    replace: 'void left;',
    proofs: [outage, ofBatch],
  },
  {
    name: 'one of the items that time did not suffice for is forgotten',
    file: WRITING,
    find: 'result.unwritten.push(...left.map(({ row }) => row));',
    replace: 'result.unwritten.push(...left.slice(1).map(({ row }) => row));',
    proofs: [outage, ofBatch],
  },
  {
    name: 'narrowing to the bad item drops the second half',
    file: WRITING,
    find: ', putBatch(batch.slice(half))]',
    replace: ']',
    proofs: [ofBatch],
  },
  {
    name: 'narrowing refuses the first item without looking further',
    file: WRITING,
    find: 'if (batch.length === 1 && only) {',
    replace: 'if (only) {',
    proofs: [ofBatch],
  },
  {
    name: 'a fault of one item makes the whole request fail',
    file: WRITING,
    find: 'if (isFaultOfAnItem(error)) await narrow(left, error);',
    replace: 'if (left.length === 0) await narrow(left, error);',
    proofs: [ofBatch],
  },
  {
    name: 'a failure of the service is not tried again',
    file: WRITING,
    find: 'if (!isRetryable(error)) throw error;',
    replace: 'throw error;',
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
    file: 'functions/ddb-event-processor/rejected-payload.ts',
    find: "return { Bytes, Encoding: 'gzip', Data: compressed };",
    replace: "return { Bytes, Encoding: 'stream' };",
    proofs: [ofBatch],
  },
  {
    name: 'rows that no time was left for count as written',
    file: WRITING,
    find: 'if (deadline.isOver()) result.unwritten.push(row);',
    replace: 'if (deadline.isOver()) continue;',
    proofs: [ofBatch],
  },
  {
    name: 'records that no time was left to decode are not reported',
    file: DECODING,
    find: "events.push({ origin: { record }, outcome: { kind: 'unwritten' } });",
    replace: "events.push({ origin: { record }, outcome: { kind: 'superseded' } });",
    proofs: [ofBatch],
  },
  {
    name: 'decoding goes on when its time is over',
    file: DECODING,
    find: "if (isOver()) return undefined;\n    if ('rows' in decoded)",
    replace: "if ('rows' in decoded)",
    proofs: [ofBatch],
  },
  {
    name: 'no time is left for the answer',
    file: TIME,
    find: 'remainingMs - answerTime(remainingMs)',
    replace: 'remainingMs',
    proofs: [ofTime],
  },
  {
    name: 'no time is left for rejected events',
    file: TIME,
    find: 'forRejections - Math.min(3_000, remainingMs / 4)',
    replace: 'forRejections',
    proofs: [ofTime],
  },
  {
    name: 'decoding may take all the time of writing',
    file: TIME,
    find: 'deadline(forRows / 2)',
    replace: 'deadline(forRows)',
    proofs: [ofTime],
  },
  {
    name: 'a deadline is only noticed where a timer can fire',
    file: 'functions/deadline.ts',
    find: 'if (clock.now() - started >= ms) over.abort();',
    replace: '',
    proofs: [ofTime],
  },
  {
    name: 'the last event of a record that holds several is dropped',
    file: ENVELOPES,
    find: 'return { ...withoutEmpty(contents), isSingle: false };',
    replace: 'return { ...withoutEmpty(contents), events: contents.events.slice(0, -1), isSingle: false };',
    // With an even seed the client aggregates.
    proofs: [soak('none', { seed: 42 }), ofBatch],
  },
  {
    name: 'the events of one record count as one event when they are set aside',
    file: ENVELOPES,
    find: 'return { ...withoutEmpty(contents), isSingle: false };',
    replace: 'return { ...withoutEmpty(contents), isSingle: true };',
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

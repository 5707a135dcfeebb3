import { disaggregate, isAggregated } from './aggregated-record.ts';
import { jsonLinesOf } from './json-lines.ts';

/**
 * The data of every event in a record, in their order: its user records, its lines, or all of it.
 *
 * @param data of the record
 * @throws {InvalidEventError} AggregateInvalid
 */
export const userRecordsOf = (data: Uint8Array): Uint8Array[] =>
  isAggregated(data) ? disaggregate(data).map((record) => record.data) : (jsonLinesOf(data) ?? [data]);

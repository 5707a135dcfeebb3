import type { Processed } from '../../functions/ddb-event-processor/process-batch.ts';

/** The counts of a batch, of which all that are not given are 0. */
export const batchCounts = (counts: Partial<Processed['counts']>): Processed['counts'] => ({
  records: 0,
  events: 0,
  derived: 0,
  written: 0,
  superseded: 0,
  stale: 0,
  dropped: 0,
  rejected: 0,
  unwritten: 0,
  ...counts,
});

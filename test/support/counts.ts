import type { Counts } from '../../client/tally.ts';
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

/** The counts of a run of the client, of which all that are not given are 0. */
export const clientCounts = (counts: Partial<Counts>): Counts => ({
  read: 0,
  sent: 0,
  failed: 0,
  keyless: 0,
  spooled: 0,
  notices: 0,
  repeats: 0,
  unusable: 0,
  skipped: 0,
  isPacked: false,
  inFlight: 0,
  retried: 0,
  refused: 0,
  ...counts,
});

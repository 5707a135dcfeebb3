/** What the plan assumes, because nobody can look it up. The first two can be given on the command line. */
export interface Assumptions {
  /** CPU time of the function for one event, on a whole vCPU. Microseconds. */
  cpuMicroseconds: number;
  /** From a BatchWriteItem of 25 rows to its answer. Milliseconds. */
  writeMs: number;
  /** What the function and Lambda log in one invocation, at the level INFO. Bytes. */
  logBytes: number;
  /** Lambda looks at each shard about so often where MaximumBatchingWindowInSeconds is 0. Seconds. */
  pollSeconds: number;
  /** What the event of an invocation holds around the base64 of one record. Bytes. */
  envelopeBytes: number;
}

export const ASSUMPTIONS: Assumptions = {
  // What the project's benchmarks find for tweets of 2 KB on one core, with handler and SDK.
  cpuMicroseconds: 60,
  // DynamoDB answers one write within single-digit milliseconds, a request of 25 a little later.
  writeMs: 10,
  logBytes: 2_048,
  pollSeconds: 1,
  envelopeBytes: 500,
};

/** How the function writes; the tests hold it equal to functions/ddb-event-processor. */
export const FUNCTION = { rowsPerRequest: 25, requestsAtOnce: 20 };

/** How Lambda reads a change stream, and how the function writes parts; the tests hold the last equal to functions/event-rollups. */
export const CHANGES = {
  /** A new table has so many partitions, and each has a shard. */
  leastShards: 4,
  /** https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
  pollSeconds: 0.25,
  requestsAtOnce: 50,
};

/**
 * How the client shares records with `--aggregate`; the tests hold the first two equal to client/producer/producer.ts. A live source
 * never fills such a record: a shard that is full takes 1 MB a second, which is 21 KB in the time that an event waits.
 */
export const AGGREGATE = {
  maxBytes: 50 * 1_024,
  /** Longest wait of an event for others. Milliseconds. */
  lingerMs: 20,
  /** What one event takes in a shared record besides its own bytes. */
  bytesPerEvent: 10,
  /** What the record takes besides its events. */
  bytesPerRecord: 20,
};

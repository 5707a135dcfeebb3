/** What a service bills or allows, each beside the page that says so. A KB has 1,024 bytes, a GB 1,024³. */

export const KB = 1_024;
export const GB = 1_024 ** 3;

/** What one shard takes in a second. https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
export const SHARD = { records: 1_000, bytes: 1_024 * KB };

/** A record is billed in units of so many bytes. https://aws.amazon.com/kinesis/data-streams/pricing/ */
export const PUT_PAYLOAD_UNIT_BYTES = 25 * KB;

/**
 * A new on-demand stream takes 4 MB a second, and then up to twice of what it took at most in the last 30 days. Each MB is a
 * shard. https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html
 */
export const ON_DEMAND_STREAM = { leastShards: 4, headroom: 2, mostBytes: 10 * GB };

/** Shards of an account in us-east-1. https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
export const SHARD_QUOTA = 20_000;

/** The largest record of a stream. https://docs.aws.amazon.com/streams/latest/dev/large-records.html */
export const MAX_RECORD_BYTES = 10 * 1_024 * KB;

/** Bytes of one invocation, base64 included. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const INVOCATION_BYTES = 6 * 1_024 * KB;

/** Invocations at once, of all functions of an account. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const CONCURRENCY_QUOTA = 1_000;

/** MB of memory that come with one vCPU. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
export const MEMORY_OF_A_VCPU = 1_769;

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
export const MAX_ITEM_BYTES = 400 * KB;

/** A row is billed in units of so many bytes. https://aws.amazon.com/dynamodb/pricing/on-demand/ */
export const WRITE_UNIT_BYTES = KB;

/** What DynamoDB stores beside each row. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
export const ROW_OVERHEAD_BYTES = 100;

/**
 * Write units a second: of one partition, of a new on-demand table, and of any table before its quota is raised.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TroubleshootingThrottlingOnDemand.html
 */
export const WRITE_UNITS = { partition: 1_000, newTable: 4_000, tableQuota: 40_000 };

/** Posts that X sells by the piece in a month. https://docs.x.com/x-api/fundamentals/post-cap */
export const X_POSTS_A_MONTH = 2_000_000;

import type { BatchLimits } from './batch.ts';

/** What the services allow and in which units they bill: each number next to the page that names it. */

export const KB = 1_024;
export const MB = 1_024 * KB;
export const GB = 1_024 * MB;

// Kinesis

/**
 * One PutRecords request, partition keys included. AWS takes 10 MiB since October 2025, other implementations take 5 MiB.
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
 */
export const PUT_RECORDS: BatchLimits = { maxItems: 500, maxBytes: 5 * MB };

/**
 * Bytes of one record, its partition key included: what a stream takes by default, and the most that it can be told to take
 * (MaxRecordSizeInKiB). https://docs.aws.amazon.com/streams/latest/dev/large-records.html
 */
export const RECORD_BYTES = { byDefault: MB, most: 10 * MB } as const;

/** Characters. https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecordsRequestEntry.html */
export const PARTITION_KEY_CHARACTERS = 256;

/** Records of one GetRecords; 10,000 at most. https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html */
export const GET_RECORDS_ITEMS = 1_000;

/** What one shard takes in a second. https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
export const SHARD = { records: 1_000, bytes: MB } as const;

/** A record is billed in units of so many bytes. https://aws.amazon.com/kinesis/data-streams/pricing/ */
export const PUT_PAYLOAD_UNIT_BYTES = 25 * KB;

/**
 * A new on-demand stream takes 4 MB a second, and then up to twice of what it took at most in the last 30 days. Each MB is a
 * shard. https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html
 */
export const ON_DEMAND_STREAM = { leastShards: 4, headroom: 2, mostBytes: 10 * GB } as const;

/** Shards of an account in us-east-1. https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
export const SHARD_QUOTA = 20_000;

/** Shards that one stream may be given. https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html */
export const SHARDS_OF_A_STREAM = 10_000;

// Lambda

/** Bytes of one invocation, base64 included. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const INVOCATION_BYTES = 6 * MB;

/** How long a function may take to load. Milliseconds. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
export const INIT_MS = 10_000;

/** Invocations at once, of all functions of an account. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const CONCURRENCY_QUOTA = 1_000;

/** MB of memory that come with one vCPU. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
export const MEMORY_OF_A_VCPU = 1_769;

// DynamoDB

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
export const BATCH_WRITE_ITEM: BatchLimits = { maxItems: 25, maxBytes: 16 * MB };

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
export const BATCH_GET_ITEM_KEYS = 100;

/** Bytes of one item. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
export const ITEM_BYTES = 400 * KB;

/** Bytes of UTF-8. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
export const KEY_BYTES = { partition: 2_048, sort: 1_024 } as const;

/** Levels of one attribute. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
export const NESTING_LEVELS = 32;

/**
 * A number has at most 38 significant digits, and its magnitude is 0 or from 1E-130 to below 1E+126.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
export const NUMBER = { digits: 38, leastExponent: -130, mostExponent: 125 } as const;

/** A row is billed in units of so many bytes. https://aws.amazon.com/dynamodb/pricing/on-demand/ */
export const WRITE_UNIT_BYTES = KB;

/** A read is billed in units of so many bytes, half of them where it may be a second old. https://aws.amazon.com/dynamodb/pricing/on-demand/ */
export const READ_UNIT_BYTES = 4 * KB;

/**
 * What DynamoDB stores with each row in addition to its content.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export const ROW_OVERHEAD_BYTES = 100;

/**
 * Write units a second: of one partition, of a new on-demand table, and of any table before its quota is raised.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TroubleshootingThrottlingOnDemand.html
 */
export const WRITE_UNITS = { partition: 1_000, newTable: 4_000, tableQuota: 40_000 } as const;

// CloudWatch

/**
 * Values of one metric in one document.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const METRIC_VALUES = 100;

// X

/** Rules of a filtered stream. https://docs.x.com/x-api/posts/filtered-stream/introduction */
export const X_RULES = { maxCharacters: 1_024, maxRules: 1_000 } as const;

/**
 * Posts that X sells by the piece in a month. Its page on usage still names two million.
 * https://docs.x.com/x-api/getting-started/pricing
 */
export const X_POSTS_A_MONTH = 3_000_000;

/** Posts of a filtered stream. https://docs.x.com/x-api/posts/filtered-stream/introduction */
export const X_POSTS_A_SECOND = 250;

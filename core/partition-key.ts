import { isText } from './json.ts';
import { PARTITION_KEY_CHARACTERS } from './limits.ts';

/**
 * Whether every Kinesis takes it as a partition key: not empty, at most {@link PARTITION_KEY_CHARACTERS} characters, and no half of a
 * surrogate pair. One key that is refused fails all records of its request. AWS does not say what a character is; where a pair counts as
 * two, as for the KPL, the most keys are refused.
 */
export const isPartitionKey = (key: unknown): key is string =>
  isText(key) && key.length <= PARTITION_KEY_CHARACTERS && key.isWellFormed();

import { isText } from './json.ts';
import { PARTITION_KEY_CHARACTERS } from './limits.ts';

/** Whether Kinesis takes it as a partition key: 1 to {@link PARTITION_KEY_CHARACTERS} characters, and no half of a surrogate pair. */
export const isPartitionKey = (key: unknown): key is string =>
  isText(key) &&
  key.isWellFormed() &&
  // No character has less than one UTF-16 code unit or more than two.
  (key.length <= PARTITION_KEY_CHARACTERS ||
    (key.length <= 2 * PARTITION_KEY_CHARACTERS && [...key].length <= PARTITION_KEY_CHARACTERS));

/** How the change stream of a table is called on this machine: by DynamoDB's API, and as the stream that carries it. */

/**
 * On AWS the last part of a change stream's ARN is the time at which it was switched on. Here it is always the same, so that
 * the template knows the ARN before the table exists.
 */
export const CHANGE_STREAM_LABEL = '1970-01-01T00:00:00.000';

/** The ARN of the change stream of a table. */
export const changeStreamArn = (tableArn: string): string => `${tableArn}/stream/${CHANGE_STREAM_LABEL}`;

/** The stream of the local Kinesis on which the changes of a table are. */
export const changeStreamName = (tableName: string): string => `${tableName}.changes`;

/** No other name of a stream ends so: the template's have no dot. */
export const isChangeStream = (streamName: string): boolean => streamName.endsWith('.changes');

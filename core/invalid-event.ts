/** Why no retry can ever store an event. `TableRefused` is DynamoDB's verdict, the others are ours. */
export type Reason =
  /** A record that holds several events cannot be opened: its aggregate, or its gzip. */
  | 'AggregateInvalid'
  | 'GzipInvalid'
  /** A record holds more events than one record may. */
  | 'TooManyEvents'
  | 'NotUtf8'
  | 'NotJson'
  | 'NotObject'
  /** None of the shapes that were asked for. */
  | 'UnknownShape'
  | 'KeyMissing'
  | 'KeyTooLong'
  | 'FieldInvalid'
  | 'NumberOutOfRange'
  | 'TooDeep'
  /** What the processor itself refuses. */
  | 'Refused'
  /** The processor is at fault: it threw, or made what is not a row. */
  | 'ProcessorFailed'
  | 'TableRefused';

/**
 * The one error of decoding: the data of a record is not an event. `message` says what was found and what was expected, and
 * never quotes the data.
 */
export class InvalidEventError extends Error {
  override readonly name = 'InvalidEventError';
  readonly reason: Reason;

  constructor(reason: Reason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

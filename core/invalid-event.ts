/** Why no retry can ever store an event. `TableRefused` is DynamoDB's verdict, the others are ours. */
export type Reason =
  | 'AggregateInvalid'
  | 'NotUtf8'
  | 'NotJson'
  | 'UnknownShape'
  | 'KeyMissing'
  | 'KeyTooLong'
  | 'FieldInvalid'
  | 'TooDeep'
  | 'TableRefused';

/** The one error of decoding: the data of a record is not an event. `message` says what was found and what was expected. */
export class InvalidEventError extends Error {
  override readonly name = 'InvalidEventError';
  readonly reason: Reason;

  constructor(reason: Reason, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.reason = reason;
  }
}

/** Why no retry can ever store an event. `TableRefused` is DynamoDB's verdict, the others are ours. */
export const REASONS = [
  /** A record that holds several events cannot be opened: its aggregate, or its gzip or zlib. */
  'AggregateInvalid',
  'GzipInvalid',
  /** A record holds more events than one record may. */
  'TooManyEvents',
  /** An event, or the events of a record, make more rows than it may. */
  'TooManyRows',
  /** The events of a record, each with what they share, come to more bytes than one record may, or an event holds too many values. */
  'TooLarge',
  'NotUtf8',
  'NotJson',
  'NotObject',
  /** None of the shapes that were asked for. */
  'UnknownShape',
  'KeyMissing',
  'KeyTooLong',
  'FieldInvalid',
  'NumberOutOfRange',
  'TooDeep',
  /** What the processor itself refuses. */
  'Refused',
  /** The processor is at fault: it threw, or made what is not a row. */
  'ProcessorFailed',
  'TableRefused',
] as const;

export type Reason = (typeof REASONS)[number];

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

/** Why an event can never become a row. */
export interface Rejection {
  reason: Reason;
  detail: string;
}

/** What a call gives, or for which {@link InvalidEventError} it gives nothing. */
export const rejecting = <T>(call: () => T): { value: T } | { rejection: Rejection } => {
  try {
    return { value: call() };
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    return { rejection: { reason: error.reason, detail: error.message } };
  }
};

/** What a call gives; nothing where it throws an {@link InvalidEventError}, of which `onInvalid` is told. */
export const unlessInvalid = <T>(
  call: () => T,
  onInvalid: (error: InvalidEventError) => void = () => {},
): T | undefined => {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    onInvalid(error);
    return undefined;
  }
};

/** The processor is at fault. @param detail what it did, without a word of the event */
export const processorFailed = (detail: string): InvalidEventError => new InvalidEventError('ProcessorFailed', detail);

/**
 * Calls code of a processor.
 *
 * @param what is called, for the message
 * @throws {InvalidEventError} and nothing else: the one that it throws, or ProcessorFailed for anything else that it throws, and where
 *   it gives a promise. The message of a foreign error may quote the event, so only its name is told.
 */
export const callProcessor = <T>(what: string, call: () => T): T => {
  try {
    return atOnce(what, call());
  } catch (error) {
    if (error instanceof InvalidEventError) throw error;
    throw processorFailed(`${what} threw ${error instanceof Error ? error.name : 'something that is not an error'}`);
  }
};

/**
 * What code of a processor made, which may not be a promise.
 *
 * @throws {InvalidEventError} ProcessorFailed, where it is one
 */
export const atOnce = <T>(what: string, made: T): T => {
  if (!isPromise(made) && !(Array.isArray(made) && made.some(isPromise))) return made;
  // A rejection that nobody hears of would end the process, and the batch with it.
  void Promise.allSettled([made].flat());
  throw processorFailed(`${what} made a promise; expected its result at once, so it may not be async`);
};

const isPromise = (made: unknown): made is Promise<unknown> => made instanceof Promise;

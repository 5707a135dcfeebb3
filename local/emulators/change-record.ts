import { hash } from 'node:crypto';
import { defined } from '../../core/defined.ts';

/** An item, or a part of one, in DynamoDB's JSON. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** Such as `{ S: 'text' }`. */
type AttributeValue = Readonly<Record<string, unknown>>;

export const STREAM_VIEW_TYPES = ['NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE', 'KEYS_ONLY'] as const;
type StreamViewType = (typeof STREAM_VIEW_TYPES)[number];

/** An item before a write and after it; undefined where there is none. */
export interface Write {
  before: Item | undefined;
  after: Item | undefined;
}

/** The change stream that a record is made for. */
export interface ChangeOrigin {
  awsRegion: string;
  eventSourceARN: string;
  /** The attributes of the table's key; the partition key is the first. */
  keyNames: readonly string[];
  viewType: StreamViewType;
}

/** Whether a write has changed its item. One that did not makes no change record. */
export const isChange = ({ before, after }: Write): boolean => !isSame(before, after);

/**
 * The record of a change, as a function gets it. `sequence` grows from one change of the table to the next, and has 21 digits or more;
 * `now` is milliseconds since 1970. https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
export const changeRecord = (
  { before, after }: Write,
  { awsRegion, eventSourceARN, keyNames, viewType }: ChangeOrigin,
  { sequence, now }: { sequence: bigint; now: number },
) => {
  const item = after ?? before!;
  const Keys = Object.fromEntries(keyNames.map((name) => [name, item[name]!]));
  const SequenceNumber = String(sequence);
  const images = defined({
    NewImage: viewType === 'NEW_AND_OLD_IMAGES' || viewType === 'NEW_IMAGE' ? after : undefined,
    OldImage: viewType === 'NEW_AND_OLD_IMAGES' || viewType === 'OLD_IMAGE' ? before : undefined,
  });
  return {
    eventID: hash('md5', `${eventSourceARN} ${SequenceNumber}`),
    eventName: eventName({ before, after }),
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb' as const,
    awsRegion,
    dynamodb: {
      // Whole seconds.
      ApproximateCreationDateTime: Math.floor(now / 1000),
      Keys,
      ...images,
      SequenceNumber,
      SizeBytes: [Keys, ...Object.values(images)].reduce((sum, image) => sum + itemBytes(image), 0),
      StreamViewType: viewType,
    },
    eventSourceARN,
  };
};

export type ChangeRecord = ReturnType<typeof changeRecord>;

const eventName = ({ before, after }: Write) => {
  if (before === undefined) return 'INSERT';
  return after === undefined ? 'REMOVE' : 'MODIFY';
};

/**
 * Bytes of an item as DynamoDB counts them.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export const itemBytes = (item: Readonly<Record<string, object>>): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);

const valueBytes = (attribute: object): number => {
  const [[type, value] = ['']] = Object.entries(attribute);
  const sumOf = (values: readonly AttributeValue[], each: number): number =>
    values.reduce((sum, member) => sum + each + valueBytes(member), 0);
  if (type === 'M') return 3 + itemBytes(value as Item) + Object.keys(value as Item).length;
  if (type === 'L') return 3 + sumOf(value as AttributeValue[], 1);
  if (SET_TYPES.has(type))
    return sumOf(
      (value as string[]).map((member) => ({ [type.charAt(0)]: member })),
      0,
    );
  if (type === 'S') return Buffer.byteLength(value as string);
  if (type === 'B') return Buffer.byteLength(value as string, 'base64');
  // Two digits take a byte.
  if (type === 'N') return 1 + Math.ceil((value as string).replace(/\D|^-?0+|(?<!0)0+$/g, '').length / 2);
  return 1;
};

/** Attributes and the members of sets have no order. `name` is that of the attribute or of its type. */
const isSame = (a: unknown, b: unknown, name = ''): boolean => {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false;
    if (!SET_TYPES.has(name)) return a.every((element, index) => isSame(element, b[index]));
    const members = new Set(b);
    return a.every((member) => members.has(member));
  }
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((inner) => isSame(a[inner as never], b[inner as never], inner))
  );
};

/** An attribute may have the name of a type, but its value is not an array then. */
const SET_TYPES = new Set(['SS', 'NS', 'BS']);

import type { DynamoDBRecord } from 'aws-lambda';
import type { Item } from '../../aws/wire-value.ts';
import { inParallel } from '../../core/in-parallel.ts';
import { padded } from '../../core/rollups/part.ts';
import type { Delivery } from './delivery.ts';

/** The attribute by which a rebuild writes each row of EventData once, so that the change stream has it. */
export const MARK = 'Rebuilt';

/** The value of {@link MARK}: which rebuild wrote the row, and with which ticket. A ticket is used for the rows of one page. */
export const markOf = (id: string, ticket: string): string => `${id}.${ticket}`;

/** The rollup under which the function counts the rows of each ticket, as parts, so that each counts once. */
export const TICKETS = '~ticket';

/** A rebuild that is on, as a shard of the change stream sees it. */
export interface Rebuild {
  id: string;
  shard: string;
  /** The first change of the shard that takes part, padded. */
  from: string;
  /** When it is over whether it is done or not, and DynamoDB deletes what was noted for it. Seconds since 1970. */
  expiresAt: number;
}

/** The change since which a rebuild has a row. */
export interface Joined {
  shard: string;
  /** Padded. */
  sequence: string;
}

/** What a rebuild has to know. Of each row it may ask since when it has it. */
export interface RebuildStore {
  /**
   * @param shard of the change stream
   * @param first the first change that is there now, padded: it takes part, where none of the shard did before
   * @returns nothing where no rebuild is on
   */
  find: (shard: string, first: string) => Promise<Rebuild | undefined>;
  /** @param rows as {@link rowOf} names them, each of them once */
  joined: (rebuild: Rebuild, rows: readonly string[]) => Promise<(Joined | undefined)[]>;
  /** Remembers since when a rebuild has a row. What is known already stays. */
  join: (rebuild: Rebuild, row: string, joined: Joined) => Promise<void>;
}

/** What a change is to a rebuild. */
export interface Role {
  /** Whether the rebuild had the row before: then the row before is taken out. */
  isMember: boolean;
  /** The ticket, where it is the rebuild that wrote the row. */
  ticket?: string;
}

/** The name of a row: its key. */
const rowOf = ({ dynamodb }: DynamoDBRecord): string => {
  const { Username, Id } = (dynamodb?.Keys ?? {}) as Item;
  return JSON.stringify([Username?.S, Id?.S]);
};

/** The rows of which the rebuild must say whether it has them already: the image before does not. */
const rowsInDoubt = (records: readonly DynamoDBRecord[], rebuild: Rebuild): string[] => [
  ...new Set(
    records
      .filter((record) => takesPart(record, rebuild))
      .filter(({ dynamodb }) => dynamodb?.OldImage && !ticketOf(dynamodb.OldImage as Item, rebuild.id))
      .map(rowOf),
  ),
];

/**
 * The role of each change in a rebuild. Each row joins the rebuild with its first change: its image after is added, and only from the
 * next change on the image before is taken out.
 *
 * @param known since when the rebuild has the rows in doubt
 * @returns a role for each change, or nothing where it came before the rebuild; and the rows to remember. A row that has the mark
 *   needs no memory: its next image before says it.
 */
export const rolesIn = (
  records: readonly DynamoDBRecord[],
  rebuild: Rebuild,
  known: ReadonlyMap<string, Joined>,
): { roles: (Role | undefined)[]; joins: Map<string, Joined> } => {
  const { id, shard } = rebuild;
  const joins = new Map<string, Joined>();
  const roles = records.map((record) => {
    if (!takesPart(record, rebuild)) return undefined;
    const row = rowOf(record);
    const { OldImage: before, NewImage: after } = (record.dynamodb ?? {}) as { OldImage?: Item; NewImage?: Item };
    const sequence = sequenceOf(record);
    const joined = known.get(row) ?? joins.get(row);
    const had = before && ticketOf(before, id);
    const has = after && ticketOf(after, id);
    // A row has its changes in one shard and then in its children. Nobody reads a shard before its parent.
    const isKnown = joined !== undefined && (joined.shard !== shard || joined.sequence < sequence);
    if (after && !has && !joined) joins.set(row, { shard, sequence });
    const role: Role = { isMember: had !== undefined || isKnown };
    if (has !== undefined && has !== had) role.ticket = has;
    return role;
  });
  return { roles, joins };
};

/** A rebuild that is on, and the role of each change of a batch in it; none for a change that came before it. */
export interface RebuildRoles extends Rebuild {
  roles: readonly (Role | undefined)[];
}

/**
 * Finds the rebuild that is on, and remembers the rows that join it with a batch: before anything is written for its changes.
 *
 * @returns nothing where no rebuild is on
 */
export const takePart = async (
  { records, shard }: Delivery,
  rebuilds: RebuildStore,
  concurrency: number,
): Promise<RebuildRoles | undefined> => {
  const rebuild = records[0] && (await rebuilds.find(shard, sequenceOf(records[0])));
  if (!rebuild) return undefined;
  const rows = rowsInDoubt(records, rebuild);
  const joined = await rebuilds.joined(rebuild, rows);
  const known = new Map(rows.flatMap((row, index) => (joined[index] ? [[row, joined[index]] as const] : [])));
  const { roles, joins } = rolesIn(records, rebuild, known);
  await inParallel(concurrency, joins, ([row, since]) => rebuilds.join(rebuild, row, since));
  return { ...rebuild, roles };
};

const sequenceOf = ({ dynamodb }: DynamoDBRecord): string => padded(dynamodb?.SequenceNumber ?? '');

const takesPart = (record: DynamoDBRecord, { from }: Rebuild): boolean => sequenceOf(record) >= from;

/** The ticket with which the rebuild wrote the row. */
const ticketOf = ({ [MARK]: mark }: Item, id: string): string | undefined =>
  mark?.S?.startsWith(`${id}.`) ? mark.S.slice(id.length + 1) : undefined;

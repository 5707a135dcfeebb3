import { setMaxListeners } from 'node:events';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { preparedCalls } from '../../aws/prepared-calls.ts';
import type { Item } from '../../aws/wire-value.ts';
import { UserError } from '../../cli/user-error.ts';
import type { Rollup } from '../../core/processor.ts';
import { versioned } from '../../core/rollups/keys.ts';
import type { Retention } from '../../core/rollups/verify.ts';
import { partOf } from '../../functions/event-rollups/part-item.ts';
import { MARK, markOf, TICKETS } from '../../functions/event-rollups/rebuild.ts';
import { REBUILD_ROWS } from '../../functions/event-rollups/rebuild-store.ts';
import { itemsUnder } from './read-parts.ts';

export interface RebuildPlace {
  /** Makes a call again where that helps. */
  client: DynamoDBClient;
  /** Makes each call once: a write that is made again behind its caller's back may be two changes. */
  once: DynamoDBClient;
  table: string;
  eventData: string;
  rollups: readonly Rollup[];
  retention: Retention;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** A rebuild that is on. */
export interface Begun {
  id: string;
  /** When it is over, done or not: seconds since 1970. Then DynamoDB deletes all that was noted for it. */
  expiresAt: number;
}

/** Segments of EventData that are read at once. */
export const SEGMENTS = 4;

/**
 * How long a rebuild is on at most, from its first start. The function writes a row for each row that an event changes meanwhile, and
 * that ends by itself where nobody goes on with a rebuild that was killed. Milliseconds.
 */
const LONGEST_MS = 30 * 86_400_000;

/** When the rebuild that is on was begun, where one is. Milliseconds since 1970. */
export const rebuildSince = async (client: DynamoDBClient, table: string, now: number): Promise<number | undefined> => {
  for await (const { ExpiresAt } of itemsUnder(client, table, REBUILD_ROWS.control.Rollup.S)) {
    const end = Number(ExpiresAt?.N) * 1_000;
    if (end > now) return end - LONGEST_MS;
  }
  return undefined;
};

/** Rows that are read at once, and of which it is noted that they are written. */
const PAGE_ROWS = 500;

/** The tables, as a rebuild uses them. What it notes lies in the table of rollups, under keys that no reader takes for parts. */
export class RebuildTables {
  readonly #place: RebuildPlace;
  readonly #updateItem: ReturnType<typeof preparedCalls>;
  /** Nothing ends a write of a row: it may be done already. */
  readonly #never = new AbortController().signal;

  constructor(place: RebuildPlace) {
    this.#place = place;
    const { once, eventData } = place;
    // A table has millions of rows, and most of what a rebuild does is to write them.
    this.#updateItem = preparedCalls(once, new UpdateItemCommand({ TableName: eventData, Key: {} }));
    // Each write that is under way listens to it.
    setMaxListeners(0, this.#never);
  }

  /**
   * Tells the function that a rebuild is on. One of other rollups is given up: these lack the rows that it has written.
   *
   * @returns the one that is on already, where there is one
   */
  async begin(id: string): Promise<Begun> {
    // No rebuild has this id, so a request that lands late ends none. Who may not delete learns it now, and not after every row was
    // written again.
    await this.end('none');
    const { now: calendar, rollups } = this.#place;
    const now = calendar();
    const begun = { id, expiresAt: Math.floor((now + LONGEST_MS) / 1_000) };
    const Rollups = { S: rollups.map(versioned).sort().join(' ') };
    const item: Item = { ...REBUILD_ROWS.control, Id: { S: id }, Rollups, ...expiry(begun) };
    const isOver = 'attribute_not_exists(Id) OR ExpiresAt <= :now OR Rollups <> :rollups';
    if (await this.#put(item, isOver, { ':now': { N: String(Math.floor(now / 1_000)) }, ':rollups': Rollups }))
      return begun;
    const control = await this.#get(REBUILD_ROWS.control);
    // It has ended in between.
    if (!control) return this.begin(id);
    return { id: control.Id!.S!, expiresAt: Number(control.ExpiresAt?.N) };
  }

  /** Whether a rebuild is still on, as the function sees it. Another command may have ended it, or its time is over. */
  async isOn({ id, expiresAt }: Begun): Promise<boolean> {
    return expiresAt * 1_000 > this.#place.now() && (await this.#get(REBUILD_ROWS.control))?.Id?.S === id;
  }

  /** The function counts no more for a rebuild that is over. @throws {UserError} where it is not on */
  async refuseEnded(begun: Begun): Promise<void> {
    if (!(await this.isOn(begun)))
      throw new UserError(
        'this rebuild has ended meanwhile, by another command or after 30 days. Run one at a time; npm run rollups -- --verify says whether the rollups are right',
      );
  }

  /** Gives up the rebuild that is on, where there is one. The rollups stay as they are. */
  async giveUp(): Promise<void> {
    const control = await this.#get(REBUILD_ROWS.control);
    if (control) await this.end(control.Id!.S!);
  }

  /** Tells the function that a rebuild is over. What was noted for it is of no use to another one, and expires. */
  async end(id: string): Promise<void> {
    const { client, table } = this.#place;
    const ifItIsOn = { ConditionExpression: 'Id = :id', ExpressionAttributeValues: { ':id': { S: id } } };
    const control = { TableName: table, Key: REBUILD_ROWS.control as never };
    await client.send(new DeleteItemCommand({ ...control, ...ifItIsOn })).catch(ignoreCondition);
  }

  async progressOf(id: string, segment: number): Promise<{ isDone: boolean; next: Item | undefined }> {
    const item = await this.#get(segmentKey(id, segment));
    return { isDone: item?.Done?.BOOL ?? false, next: item?.Next?.M };
  }

  async noteProgress(begun: Begun, segment: number, next: Item | undefined): Promise<void> {
    const progress: Item = next ? { Next: { M: next } } : { Done: { BOOL: true } };
    await this.#put({ ...segmentKey(begun.id, segment), ...progress, ...expiry(begun) });
  }

  /** The keys of the next rows of a segment. */
  async page(segment: number, from: Item | undefined): Promise<{ keys: Item[]; next: Item | undefined }> {
    const { client, eventData } = this.#place;
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: eventData,
        Segment: segment,
        TotalSegments: SEGMENTS,
        Limit: PAGE_ROWS,
        ConsistentRead: true,
        ProjectionExpression: 'Username, Id',
        ...(from && { ExclusiveStartKey: from as never }),
      }),
    );
    return { keys: Items as Item[], next: LastEvaluatedKey as Item | undefined };
  }

  /** Writes a row, so that the change stream has it: its mark only, by one request. @returns false where the row is gone */
  async touch(key: Item, id: string, ticket: string): Promise<boolean> {
    const update = {
      TableName: this.#place.eventData,
      Key: key,
      UpdateExpression: 'SET #mark = :mark',
      ConditionExpression: 'attribute_exists(Username)',
      ExpressionAttributeNames: { '#mark': MARK },
      ExpressionAttributeValues: { ':mark': { S: markOf(id, ticket) } },
    };
    return (await this.#updateItem(JSON.stringify(update), this.#never).catch(ignoreCondition)) !== undefined;
  }

  async noteTicket(begun: Begun, ticket: string, rows: number): Promise<void> {
    await this.#put({ ...REBUILD_ROWS.page(begun.id, ticket), Rows: { N: String(rows) }, ...expiry(begun) });
  }

  /** How many rows were written, and of how many of them the function has not heard yet. */
  async uncounted(id: string): Promise<{ written: number; left: number }> {
    const { client, table } = this.#place;
    const counted = new Map<string, number>();
    for await (const item of itemsUnder(client, table, `${TICKETS}#${id}`)) {
      const { key, part } = partOf(item);
      counted.set(key.group, (counted.get(key.group) ?? 0) + part.count);
    }
    let [written, left] = [0, 0];
    for await (const { Part, Rows } of itemsUnder(client, table, REBUILD_ROWS.page(id, '').Rollup!.S!)) {
      const rows = Number(Rows?.N);
      written += rows;
      left += Math.max(0, rows - (counted.get(Part!.S!) ?? 0));
    }
    return { written, left };
  }

  async #get(key: Item): Promise<Item | undefined> {
    const { client, table } = this.#place;
    const get = new GetItemCommand({ TableName: table, Key: key as never, ConsistentRead: true });
    return (await client.send(get)).Item as Item | undefined;
  }

  /** @returns false where the condition did not hold */
  async #put(item: Item, ConditionExpression?: string, values?: Item): Promise<boolean> {
    const { client, table } = this.#place;
    const condition = ConditionExpression && { ConditionExpression, ExpressionAttributeValues: values as never };
    const put = { TableName: table, Item: item as never, ...condition };
    const done = await client.send(new PutItemCommand(put)).catch(ignoreCondition);
    return done !== undefined;
  }
}

/** Where another version of this program has more or fewer segments, what this one noted says nothing of them. */
const segmentKey = (id: string, segment: number): Item => REBUILD_ROWS.segment(id, `${segment}/${SEGMENTS}`);

const expiry = ({ expiresAt }: Begun): Item => ({ ExpiresAt: { N: String(expiresAt) } });

const ignoreCondition = (error: unknown): undefined => {
  if (!(error instanceof ConditionalCheckFailedException)) throw error;
};

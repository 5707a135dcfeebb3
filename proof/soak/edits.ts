import { type AttributeValue, DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { EventData } from '../../core/event-data.ts';
import { between, type Random, seeded } from '../../core/random.ts';
import { eventDataTable } from '../../functions/ddb-event-processor/event-data-table.ts';

/** How the Id of every row begins that edits write. No event of a soak has such an Id. */
const EDITED = 'soak edit ';

/** Whether it is a row that edits wrote, and not one of an event. */
export const isEdited = ({ Id }: Pick<EventData, 'Id'>): boolean => Id.startsWith(EDITED);

/** How many edits are under way at once. */
const AT_ONCE = 8;

/** The most rows that edits write: each is kept in memory. */
const MOST_ROWS = 1_000;

/** One of so many edits deletes. */
const DELETES_EVERY = 4;

/**
 * Writes rows into EventData next to those of the events, corrects and deletes them, while the soak goes on. They are copies of
 * rows of events at other times, so the rollups of any processor count them, and corrections move them between groups and windows.
 */
export class Edits {
  readonly #table: string;
  readonly #client: Pick<DynamoDBClient, 'send'>;
  readonly #models: readonly EventData[];
  readonly #random: Random;
  readonly #count: number;
  readonly #stored: EventData[] = [];
  #done = 0;
  #due = 0;
  #running: Promise<void> = Promise.resolve();

  /** @param models rows of events, to be copied @param count how many edits there are in all */
  constructor(
    { client, table, models }: { client: Pick<DynamoDBClient, 'send'>; table: string; models: readonly EventData[] },
    { count, seed }: { count: number; seed: number },
  ) {
    this.#client = client;
    this.#table = table;
    this.#models = models;
    this.#random = seeded(seed);
    this.#count = models.length === 0 ? 0 : count;
  }

  /** Makes the edits that are due. @param share how far the soak is, from 0 to 1 */
  progress(share: number): void {
    this.#due = Math.max(this.#due, Math.min(this.#count, Math.floor(share * this.#count)));
    this.#running = this.#running.then(() => this.#catchUp());
    // Whoever waits for the end hears of a failure.
    this.#running.catch(() => {});
  }

  /** Makes all of them. @returns how many there were @throws what DynamoDB throws */
  async finish(): Promise<number> {
    this.progress(1);
    await this.#running;
    return this.#done;
  }

  /** Several at once, but those of one row in their order. */
  async #catchUp(): Promise<void> {
    const running = new Map<number, Promise<void>>();
    const finish = async (): Promise<void> => {
      await Promise.all(running.values());
      running.clear();
    };
    for (; this.#done < this.#due; this.#done += 1) {
      const place = between(this.#random, 0, Math.min(MOST_ROWS, Math.max(10, Math.floor(this.#count / 4))));
      if (running.has(place) || running.size === AT_ONCE) await finish();
      running.set(place, this.#edit(place));
    }
    await finish();
  }

  async #edit(place: number): Promise<void> {
    const [random, stored] = [this.#random, this.#stored];
    const model = this.#models[between(random, 0, this.#models.length)]!;
    // Another hour is another window of each rollup that has windows of an hour or of a minute.
    const hour = String(between(random, 0, 4)).padStart(2, '0');
    const known = stored[place];
    if (known && between(random, 0, DELETES_EVERY) === 0) {
      const Key = { Username: { S: known.Username }, Id: { S: known.Id } };
      delete stored[place];
      await this.#client.send(new DeleteItemCommand({ TableName: this.#table, Key }));
      return;
    }
    const row: EventData = {
      ...model,
      Username: known?.Username ?? model.Username,
      Id: `${EDITED}${place}`,
      Timestamp: model.Timestamp.replace(/T\d\d/, `T${hour}`),
    };
    stored[place] = row;
    await this.#client.send(
      new PutItemCommand({
        TableName: this.#table,
        Item: eventDataTable('').toItem(row) as unknown as Record<string, AttributeValue>,
      }),
    );
  }
}

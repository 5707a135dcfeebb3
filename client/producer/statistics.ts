import { defined } from '../../core/defined.ts';
import { eventsIn, type Parcel } from './parcel.ts';

/** What became of the events, and where they are. */
export interface ProducerCounts {
  sent: number;
  failed: number;
  /** In a request at this moment. */
  inFlight: number;
  /** How often an event had to be sent again, for any reason. */
  retried: number;
  /** How often an event was refused by a shard at its limit. */
  refused: number;
}

/** The counts with those of requests and shards. */
export interface ProducerStatistics extends ProducerCounts {
  requests: number;
  /** Records and their bytes in all requests; those that were refused count each time. */
  records: number;
  bytes: number;
  /** In the order in which they were first seen. */
  shards: {
    shardId: string;
    /** Events. */
    sent: number;
    /** Records; a record counts each time. */
    refused: number;
    /** Records a second, or as many bytes as a shard takes for them; absent where the shard is not slowed down. */
    limit?: number;
  }[];
}

/** Counts what a producer does. */
export class Statistics {
  /** Changes while the producer works. */
  readonly counts: ProducerCounts = { sent: 0, failed: 0, inFlight: 0, retried: 0, refused: 0 };
  readonly #calls = { requests: 0, records: 0, bytes: 0 };
  readonly #shards = new Map<string, { sent: number; refused: number }>();

  requestBegins(parcels: readonly Parcel[]): void {
    this.#calls.requests += 1;
    this.#calls.records += parcels.length;
    for (const parcel of parcels) {
      this.#calls.bytes += parcel.bytes;
      this.counts.inFlight += eventsIn(parcel);
    }
  }

  requestEnds(parcels: readonly Parcel[]): void {
    for (const parcel of parcels) this.counts.inFlight -= eventsIn(parcel);
  }

  /** The counts of one shard, to add to. */
  shard(shardId: string): { sent: number; refused: number } {
    let counts = this.#shards.get(shardId);
    if (!counts) {
      counts = { sent: 0, refused: 0 };
      this.#shards.set(shardId, counts);
    }
    return counts;
  }

  /** @param limitOf the rate that a shard is slowed down to, where it is */
  snapshot(limitOf: (shardId: string) => number | undefined): ProducerStatistics {
    const shards = [...this.#shards].map(([shardId, counts]) => {
      const limit = limitOf(shardId);
      return { shardId, ...counts, ...defined({ limit: limit === undefined ? undefined : Math.round(limit) }) };
    });
    return { ...this.counts, ...this.#calls, shards };
  }
}

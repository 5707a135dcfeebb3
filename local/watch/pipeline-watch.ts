import type { Clock } from '../../core/clock.ts';
import type { Rollup } from '../../core/processor.ts';
import type { Pipeline } from '../pipeline.ts';
import { EventCounts } from './event-counts.ts';
import { type LocalWatchedOptions, localWatched } from './local-watched.ts';
import { startWatchServer, type WatchServer, type WatchServerOptions } from './watch-server.ts';

export interface ServeOptions
  extends Pick<WatchServerOptions, 'port' | 'host'>,
    Pick<LocalWatchedOptions, 'figures' | 'putRecords'> {
  rollups: readonly Rollup[];
}

/** The live page of a pipeline in this process. It is made before the pipeline, which tells it what happens. */
export class PipelineWatch {
  readonly #clock: Clock;
  readonly #counts: EventCounts;
  #settled = 0;

  /** @param clock milliseconds since 1970 */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#counts = new EventCounts(clock);
  }

  /** Takes each line of a function's log. */
  readonly onLog = (line: string): void => this.#counts.line(line);

  /** Takes the records of the stream that are settled. */
  readonly onSettled = ({ length }: readonly unknown[]): void => {
    this.#settled += length;
  };

  /** Serves the page. @throws {UserError} where it cannot listen, such as a PortInUseError */
  serve(
    { names, dynamoDb, recordsPut }: Pipeline,
    { rollups, figures, putRecords, ...server }: ServeOptions,
  ): Promise<WatchServer> {
    const watched = localWatched({
      names,
      dynamoDb,
      rollups,
      counts: this.#counts,
      figures: () => {
        const records = recordsPut();
        return { records, waiting: Math.max(0, records - this.#settled), ...figures?.() };
      },
      ...(putRecords && { putRecords }),
      clock: this.#clock,
    });
    return startWatchServer({ ...server, watched, clock: this.#clock });
  }
}

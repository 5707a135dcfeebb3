import type { Clocks } from '../../cli/command.ts';
import type { Rollup } from '../../core/processor.ts';
import type { Pipeline } from '../pipeline.ts';
import { EventCounts } from './event-counts.ts';
import { type LocalWatchedOptions, localWatched } from './local-watched.ts';
import { startWatchServer, type WatchServer, type WatchServerOptions } from './watch-server.ts';

export interface ServeOptions
  extends Pick<WatchServerOptions, 'port' | 'host' | 'orAnyPort'>,
    Pick<LocalWatchedOptions, 'figures' | 'putRecords'> {
  rollups: readonly Rollup[];
}

/** The live page of a pipeline in this process. It is made before the pipeline, which tells it what happens. */
export class PipelineWatch {
  readonly #clocks: Clocks;
  readonly #counts: EventCounts;
  #settled = 0;

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
    this.#counts = new EventCounts(clocks.calendar);
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
      clocks: this.#clocks,
    });
    return startWatchServer({ ...server, watched, clock: this.#clocks.clock });
  }
}

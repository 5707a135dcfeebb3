import { join } from 'node:path';
import { killsOf, SoakClient } from './client.ts';
import { Incidents } from './incidents.ts';
import type { SoakInput } from './input.ts';
import { LiveSource } from './live-source.ts';
import { SentRecords } from './sent-records.ts';
import type { SoakPipeline } from './soak-pipeline.ts';
import { type Soak, type SoakParts, STALL_MS } from './soak-settings.ts';
import type { WaitOptions } from './wait.ts';

export interface SendingOptions extends SoakParts {
  soak: Soak;
  input: SoakInput;
  pipeline: SoakPipeline;
  /** Of the client, for its file. */
  spool: string;
}

/** The events of a soak on their way: a client sends them, and what can happen meanwhile does. */
export class Sending {
  readonly sent = new SentRecords();
  readonly waiting: WaitOptions;
  readonly #options: SendingOptions;
  readonly #incidents: Incidents;
  #isComplete = false;

  constructor(options: SendingOptions) {
    const { soak, input, pipeline, ending } = options;
    const { events: count, faults, clock, signal, say } = soak;
    const ended = new AbortController();
    this.#options = options;
    this.waiting = { clock, signal: AbortSignal.any([signal, ended.signal]), stallMs: STALL_MS };
    const edits = pipeline.rollups?.edits(input);
    this.#incidents = new Incidents({ count, faults, ...pipeline, edits, say });
    ending.push(() => this.#incidents.over().catch(() => {})); // A runner may be starting.
    ending.push(() => ended.abort());
  }

  /** Sends all of them. @param file with those that are not of a live source @returns how many records are not settled */
  async send(file: string): Promise<number> {
    const { soak, input, pipeline, folder, note, ending } = this.#options;
    const from = { folder, from: input.ofFile, to: soak.events, refuses: soak.faults.has('live-refused'), note };
    const liveSource = input.live > 0 ? await LiveSource.start(from) : undefined;
    ending.push(() => liveSource?.close());
    const client = this.#client(file, liveSource);
    ending.push(() => client.kill());
    const settled = this.settled();
    settled.catch(() => {}); // Where sending fails, that is what is told.
    const givenUp = await client.deliver(
      await pipeline.proxies.before(pipeline.services.endpoints.kinesis, {
        who: 'client',
        number: 1,
        around: (plan) => client.around(plan),
        onEffect: this.sent.onEffect(() => {
          client.sent(this.sent.events);
          this.#incidents.sent(this.sent.events);
          liveSource?.release(this.sent.events / input.ofFile);
        }),
      }),
    );
    await this.#incidents.over();
    if (givenUp !== undefined) soak.say(`the client gave up: ${givenUp}`);
    this.#isComplete = true;
    return settled;
  }

  /** Waits until everything that was sent is settled. @returns how many records are not */
  settled(): Promise<number> {
    const { soak, pipeline } = this.#options;
    return this.sent.waitUntilSettled(pipeline.checkpoints, {
      ...this.waiting,
      isComplete: () => this.#isComplete,
      onProgress: (records) => {
        // What was sent twice is no progress.
        const taken = Math.min(this.sent.events, soak.events);
        const settled = this.sent.size === 0 ? 0 : Math.floor((taken * records) / this.sent.size);
        this.#incidents.settled(settled);
        soak.onProgress({ sent: taken, settled });
      },
    });
  }

  /** Lets what has not happened yet happen. @returns how many rows were edited */
  finish(): Promise<number> {
    return this.#incidents.finish();
  }

  #client(file: string, liveSource: LiveSource | undefined): SoakClient {
    const { soak, pipeline, folder, spool, note } = this.#options;
    const { events: count, seed, faults, processor = 'default', clock, signal } = soak;
    const { region, stream } = pipeline.services.names;
    return new SoakClient({
      settings: {
        processor,
        file,
        checkpoint: join(folder, 'client-checkpoint.json'),
        spool,
        aggregate: seed % 2 === 0,
        patienceMs: STALL_MS,
        region,
        stream,
        ...(liveSource && { live: liveSource.settings }),
      },
      folder,
      kills: faults.has('client-kill') || (liveSource && faults.has('live-kill')) ? killsOf(count) : [],
      onKill: async () => {
        note('client killed');
        await liveSource?.clientEnded();
      },
      clock,
      signal,
    });
  }
}

import { Changes } from './until.ts';

/** Server-sent events as a page gets them: the last message of each name. */
export class EventStream {
  readonly latest = new Map<string, unknown>();
  /** How many messages came. */
  messages = 0;
  readonly #changes = new Changes();
  readonly #abort = new AbortController();
  #ended: Promise<void> | undefined;
  /** Whether the server ended it. */
  isOver = false;

  /** Resolves when the server has answered. */
  async open(url: string): Promise<this> {
    const answer = await fetch(url, { signal: this.#abort.signal });
    if (answer.status !== 200) throw new Error(`the status is ${answer.status}: ${await answer.text()}`);
    this.#ended = this.#read(answer.body!);
    return this;
  }

  /** Resolves as soon as the last message of that name is as wanted. */
  async until<Part>(name: string, isWanted: (part: Part) => boolean): Promise<Part> {
    await this.#changes.until(() => this.isOver || (this.latest.has(name) && isWanted(this.latest.get(name) as Part)));
    return this.latest.get(name) as Part;
  }

  /** Resolves as soon as what is read of the last message of that name is as expected. */
  untilEqual<Part, Value>(name: string, read: (part: Part) => Value, expected: Value): Promise<void> {
    return this.#changes.untilEqual(
      () => (this.latest.has(name) ? read(this.latest.get(name) as Part) : undefined) as Value,
      expected,
    );
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#ended;
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let left = '';
    try {
      for await (const text of body.pipeThrough(new TextDecoderStream() as never) as unknown as AsyncIterable<string>) {
        const messages = `${left}${text}`.split('\n\n');
        left = messages.pop() ?? '';
        for (const message of messages) {
          const [, name = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(message) ?? [];
          this.latest.set(name, JSON.parse(data));
          this.messages += 1;
        }
        this.#changes.changed();
      }
    } catch {
      // Closed from either side.
    }
    this.isOver = true;
    this.#changes.changed();
  }
}

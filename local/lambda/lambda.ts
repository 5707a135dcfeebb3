import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../../core/clock.ts';
import { INIT_MS } from '../../core/limits.ts';
import { linesOf } from '../../core/lines.ts';
import { compileThread } from '../compile-thread.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { heapLimitsOf } from './heap-limits.ts';
import type { Answer, FunctionData, FunctionError, Invocation, Invoke } from './invocation.ts';

export interface FunctionOptions extends FunctionData {
  /** Seconds. */
  timeout: number;
  environment: Readonly<Record<string, string>>;
  /** Called with each line that the function writes, and with one for a crash between two invocations. */
  onLog: (line: string) => void;
  /** Milliseconds since 1970. */
  clock: Clock;
}

export interface LocalFunction {
  invoke: Invoke;
  /** Ends the function at once. An invocation that is under way fails. */
  close: () => Promise<void>;
}

/**
 * Runs a function as Lambda does. Each execution environment is a thread with the function's memory. It serves one invocation
 * at a time, and is thrown away after the function ran out of time or memory, or ended its process.
 */
export const startFunction = async ({ bundle, ...options }: FunctionOptions): Promise<LocalFunction> => {
  const runtime = await compileThread(new URL('./lambda-worker.ts', import.meta.url));
  // Kept, since `npm ci`, which `sam build` runs as well, removes the folder of the bundle while the function runs.
  const name = basename(bundle);
  const files = { [name]: await readFile(bundle) };
  const sourceMap = await readFile(`${bundle}.map`).catch(() => undefined); // Some have none.
  if (sourceMap) files[`${name}.map`] = sourceMap;
  const idle: Environment[] = [];
  const all = new Set<Environment>();
  let isClosed = false;

  /** The bundle is a file only while it is being loaded: a process that is killed leaves none behind. */
  const start = async (): Promise<Environment> => {
    const folder = await temporaryFolder('stream-processor', files);
    try {
      const environment = new Environment({ ...options, bundle: join(folder, name) }, runtime);
      all.add(environment);
      await environment.loaded;
      return environment;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  const discard = async (environment: Environment): Promise<void> => {
    all.delete(environment);
    await environment.close();
  };
  const take = async (): Promise<Environment> => {
    for (let environment = idle.pop(); environment; environment = idle.pop()) {
      if (environment.isReusable) return environment;
      // It crashed after its last answer, so no invocation failed.
      await discard(environment);
    }
    return start();
  };
  // The first is loaded before the first event comes, as with Lambda's provisioned concurrency.
  idle.push(await start());
  return {
    invoke: async (payload, timeout) => {
      const requestId = randomUUID();
      const environment = await take().catch(failureOf);
      if (!(environment instanceof Environment)) return { error: environment, requestId };
      if (isClosed) await environment.close();
      const answer = await environment.invoke(requestId, payload, timeout);
      if (environment.isReusable) idle.push(environment);
      else await discard(environment);
      return { ...answer, requestId };
    },
    close: async () => {
      isClosed = true;
      await Promise.all([...all].map((environment) => environment.close()));
    },
  };
};

class Environment {
  readonly #worker: Worker;
  readonly #logs: Promise<unknown>;
  readonly #options: FunctionOptions;
  /** Resolves when the function is loaded, cannot be, or takes too long. */
  readonly loaded: Promise<unknown>;
  /** Why the thread cannot be used any more. */
  #failure: FunctionError | undefined;
  /** Ends waiting for an answer. Undefined between two invocations. */
  #onCrash: (() => void) | undefined;
  #isClosed = false;

  constructor(options: FunctionOptions, runtime: string) {
    const { bundle, handlerName, functionName, functionArn, memorySize, environment, onLog } = options;
    this.#options = options;
    const { semiSpace, oldSpace } = heapLimitsOf(memorySize);
    this.#worker = new Worker(runtime, {
      eval: true,
      workerData: { bundle, handlerName, functionName, functionArn, memorySize } satisfies FunctionData,
      env: environment,
      stdout: true,
      stderr: true,
      // V8 takes the space for new objects to be three halves: two of them, and as much for large objects.
      resourceLimits: { maxYoungGenerationSizeMb: 3 * semiSpace, maxOldGenerationSizeMb: oldSpace },
    });
    // Between invocations too: an error without a listener would end the runner.
    this.#worker.on('error', (error: NodeJS.ErrnoException) => this.#crash(failureOf(error)));
    this.#worker.on('exit', (code) =>
      this.#crash({ errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with status ${code}` }),
    );
    this.loaded = this.#ask(() => {}, INIT_MS, `Task was not loaded after ${INIT_MS / 1000} seconds`);
    const { stdout, stderr } = this.#worker;
    this.#logs = Promise.all([stdout, stderr].map((output) => forward(output, onLog)));
  }

  get isReusable(): boolean {
    return this.#failure === undefined;
  }

  async invoke(requestId: string, payload: string, timeout = this.#options.timeout): Promise<Answer> {
    await this.loaded;
    const { clock } = this.#options;
    const limitMs = timeout * 1000;
    const invocation: Invocation = { requestId, payload, deadline: clock.now() + limitMs };
    const message = `Task timed out after ${timeout.toFixed(2)} seconds`;
    return this.#ask(() => this.#worker.postMessage(invocation), limitMs, message);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#worker.terminate();
    await this.#logs;
  }

  /** Waits for the next message of the thread, for its end, or for the limit. After a failure the thread stays failed. */
  async #ask(start: () => void, limitMs: number, timeout: string): Promise<Answer> {
    if (this.#failure) return { error: this.#failure };
    const listening = new AbortController();
    const { signal } = listening;
    this.#worker.ref();
    try {
      const crashed = new Promise<void>((resolve) => {
        this.#onCrash = resolve;
      });
      const answered = once(this.#worker, 'message', { signal }).then(
        ([answer]: Answer[]) => answer,
        () => undefined,
      );
      const late = this.#options.clock.sleep(limitMs, signal).then(() => {
        if (!signal.aborted) this.#crash({ errorType: 'Sandbox.Timedout', errorMessage: timeout });
      });
      start();
      const answer = await Promise.race([answered, crashed, late]);
      return this.#failure ? { error: this.#failure } : answer!;
    } finally {
      listening.abort();
      this.#onCrash = undefined;
      // An idle thread must not keep the process alive.
      this.#worker.unref();
    }
  }

  #crash(failure: FunctionError): void {
    const isFirst = this.#failure === undefined;
    this.#failure ??= failure;
    if (this.#onCrash) this.#onCrash();
    else if (isFirst && !this.#isClosed)
      this.#options.onLog(
        `the function crashed between two invocations: ${failure.errorType}: ${failure.errorMessage}`,
      );
  }
}

const failureOf = ({ code, message, name }: NodeJS.ErrnoException): FunctionError =>
  code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? { errorType: 'Runtime.OutOfMemory', errorMessage: 'Runtime exited with error: out of memory' }
    : { errorType: name, errorMessage: message };

const forward = async (output: Readable, onLog: (line: string) => void): Promise<void> => {
  const ended = once(output, 'close').catch(() => undefined);
  try {
    for await (const line of linesOf(output)) onLog(line.toString());
  } catch {
    // A thread that is terminated ends its output in the middle of a line.
  }
  await ended;
};

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { INIT_MS } from '../../core/limits.ts';
import { linesOf } from '../../core/lines.ts';

export interface FunctionOptions {
  /** Path of the bundle. */
  bundle: string;
  handlerName: string;
  functionName: string;
  functionArn: string;
  /** Seconds. */
  timeout: number;
  /** Megabytes. */
  memorySize: number;
  environment: Readonly<Record<string, string>>;
  /** Called with each line that the function writes. */
  onLog: (line: string) => void;
}

/** How an invocation failed. Names as Lambda gives them. */
export interface FunctionError {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

export type Answer = { payload: string } | { error: FunctionError };

export interface Invocation {
  requestId: string;
  payload: string;
  /** Milliseconds since 1970. */
  deadline: number;
}

export type WorkerData = Pick<
  FunctionOptions,
  'bundle' | 'handlerName' | 'functionName' | 'functionArn' | 'memorySize'
>;

/** Invokes the function with an event in JSON. Never throws: a function that failed is an answer too. */
export type Invoke = (payload: string) => Promise<Answer & { requestId: string }>;

export interface LocalFunction {
  invoke: Invoke;
  close: () => Promise<void>;
}

/**
 * Runs a function as Lambda does: each execution environment is a thread with the function's memory, it serves one
 * invocation at a time, and it is thrown away where the function ran out of time or memory, or ended its process.
 */
export const startFunction = async (options: FunctionOptions): Promise<LocalFunction> => {
  const runtime = await compileRuntime();
  const idle: Environment[] = [];
  const all = new Set<Environment>();

  const start = (): Environment => {
    const environment = new Environment(options, runtime);
    all.add(environment);
    return environment;
  };
  const discard = async (environment: Environment): Promise<void> => {
    all.delete(environment);
    await environment.close();
  };
  const take = async (): Promise<Environment> => {
    for (let environment = idle.pop(); environment; environment = idle.pop()) {
      if (environment.isReusable) return environment;
      // It crashed after its last answer, which is no invocation's failure.
      await discard(environment);
    }
    return start();
  };
  // The first is loaded before the first event comes, which Lambda would call provisioned concurrency.
  const first = start();
  idle.push(first);
  await first.loaded;
  return {
    invoke: async (payload) => {
      const requestId = randomUUID();
      const environment = await take();
      const answer = await environment.invoke(requestId, payload);
      if (environment.isReusable) idle.push(environment);
      else await discard(environment);
      return { ...answer, requestId };
    },
    close: async () => {
      await Promise.all([...all].map((environment) => environment.close()));
    },
  };
};

/** The runtime as plain JavaScript: a thread without tsx starts sooner, and leaves the function's code as it was deployed. */
const compileRuntime = async (): Promise<string> => {
  const entry = fileURLToPath(new URL('./lambda-worker.ts', import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], write: false, platform: 'node', format: 'cjs' });
  return outputFiles[0]!.text;
};

class Environment {
  readonly #worker: Worker;
  readonly #logs: Promise<unknown>;
  readonly #timeout: number;
  /** Resolves when the function is loaded, cannot be, or takes too long. */
  readonly loaded: Promise<unknown>;
  /** Why the thread is of no use any more. */
  #failure: FunctionError | undefined;
  #onCrash = () => {};

  constructor(options: FunctionOptions, runtime: string) {
    const { bundle, handlerName, functionName, functionArn, memorySize, timeout, environment, onLog } = options;
    this.#timeout = timeout;
    this.#worker = new Worker(runtime, {
      eval: true,
      workerData: { bundle, handlerName, functionName, functionArn, memorySize } satisfies WorkerData,
      env: environment,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: memorySize },
    });
    // Always, and not only while an answer is waited for: an error that nobody listens for would end the runner.
    this.#worker.on('error', (error: NodeJS.ErrnoException) => this.#crash(failureOf(error)));
    this.#worker.on('exit', (code) =>
      this.#crash({ errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with status ${code}` }),
    );
    this.loaded = this.#load().finally(() => {
      // Between invocations a thread is nothing to stay alive for.
      this.#worker.unref();
    });
    const { stdout, stderr } = this.#worker;
    this.#logs = Promise.all([stdout, stderr].map((output) => forward(output, onLog)));
  }

  get isReusable(): boolean {
    return this.#failure === undefined;
  }

  async invoke(requestId: string, payload: string): Promise<Answer> {
    await this.loaded;
    const timeout = `Task timed out after ${this.#timeout.toFixed(2)} seconds`;
    const invocation: Invocation = { requestId, payload, deadline: Date.now() + this.#timeout * 1000 };
    return this.#ask(() => this.#worker.postMessage(invocation), this.#timeout * 1000, timeout);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
    await this.#logs;
  }

  async #load(): Promise<void> {
    await this.#ask(() => {}, INIT_MS, `Task was not loaded after ${INIT_MS / 1000} seconds`);
  }

  /** Waits for the next message of the thread, for its end, or for so long. What fails once fails for good. */
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
      const late = delay(limitMs, undefined, { signal }).then(() =>
        this.#crash({ errorType: 'Sandbox.Timedout', errorMessage: timeout }),
      );
      start();
      const answer = await Promise.race([answered, crashed, late]);
      return this.#failure ? { error: this.#failure } : answer!;
    } finally {
      listening.abort();
      this.#worker.unref();
    }
  }

  #crash(failure: FunctionError): void {
    this.#failure ??= failure;
    this.#onCrash();
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

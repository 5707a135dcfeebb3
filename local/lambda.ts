import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { linesOf } from '../core/lines.ts';

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
  // The first is loaded before the first event comes, which Lambda would call provisioned concurrency.
  const first = start();
  idle.push(first);
  await first.loaded;
  return {
    invoke: async (payload) => {
      const requestId = randomUUID();
      const environment = idle.pop() ?? start();
      const answer = await environment.invoke({ requestId, payload, deadline: Date.now() + options.timeout * 1000 });
      if (environment.isReusable) idle.push(environment);
      else {
        all.delete(environment);
        await environment.close();
      }
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
  /** Resolves when the function is loaded, or cannot be. */
  readonly loaded: Promise<unknown>;
  isReusable = true;

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
    this.loaded = Promise.race([once(this.#worker, 'message'), once(this.#worker, 'exit')])
      .catch(() => {})
      // Between invocations a thread is nothing to stay alive for.
      .finally(() => this.#worker.unref());
    const { stdout, stderr } = this.#worker;
    this.#logs = Promise.all([stdout, stderr].map((output) => forward(output, onLog)));
  }

  async invoke(invocation: Invocation): Promise<Answer> {
    await this.loaded;
    const worker = this.#worker;
    const listening = new AbortController();
    const { signal } = listening;
    worker.ref();
    const fail = (errorType: string, errorMessage: string): Answer => {
      this.isReusable = false;
      return { error: { errorType, errorMessage } };
    };
    const timeout = `Task timed out after ${this.#timeout.toFixed(2)} seconds`;
    try {
      worker.postMessage(invocation);
      return await Promise.race([
        once(worker, 'message', { signal }).then(
          ([answer]: Answer[]) => answer!,
          (error: NodeJS.ErrnoException) =>
            error.code === 'ERR_WORKER_OUT_OF_MEMORY'
              ? fail('Runtime.OutOfMemory', 'Runtime exited with error: out of memory')
              : fail(error.name, error.message),
        ),
        once(worker, 'exit', { signal }).then(([code]) =>
          fail('Runtime.ExitError', `Runtime exited with status ${code}`),
        ),
        delay(this.#timeout * 1000, undefined, { signal }).then(() => fail('Sandbox.Timedout', timeout)),
      ]);
    } finally {
      listening.abort();
      worker.unref();
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
    await this.#logs;
  }
}

const forward = async (output: Readable, onLog: (line: string) => void): Promise<void> => {
  const ended = once(output, 'close').catch(() => undefined);
  try {
    for await (const line of linesOf(output)) onLog(line.toString());
  } catch {
    // A thread that is terminated ends its output in the middle of a line.
  }
  await ended;
};

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { Context } from 'aws-lambda';
import type { Answer, FunctionData, Invocation } from './invocation.ts';

/** An execution environment: loads the function once, then answers one invocation after the other. */

type Handler = (event: unknown, context: Context) => Promise<unknown>;

const { bundle, handlerName, functionName, functionArn, memorySize } = workerData as FunctionData;
process.setSourceMapsEnabled(true);

const failure = (error: unknown): Answer => {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { error: { errorType: name, errorMessage: message, trace: (stack ?? '').split('\n') } };
};

const load = async (): Promise<Handler> => {
  // An import would look for exports in all of the code first.
  const loaded = bundle.endsWith('.cjs') ? createRequire(bundle)(bundle) : await import(pathToFileURL(bundle).href);
  const handler = loaded[handlerName] ?? loaded.default?.[handlerName];
  if (typeof handler !== 'function') throw new Error(`the function has no export "${handlerName}"`);
  return handler;
};

const handler = load();
// A function that cannot be loaded is reported by each invocation, as Lambda does, and not as an unhandled rejection.
handler.catch(() => {}).then(() => parentPort?.postMessage('ready'));

/** A thread passes its output on in pieces, and loses what it still holds when it is terminated. */
const flush = (output: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => output.write('', () => resolve()));

const answer = async (found: Answer): Promise<void> => {
  await Promise.all([flush(process.stdout), flush(process.stderr)]);
  parentPort?.postMessage(found);
};

parentPort?.on('message', async ({ requestId, payload, deadline }: Invocation) => {
  const context = {
    awsRequestId: requestId,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn,
    memoryLimitInMB: String(memorySize),
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  } as Context;
  try {
    const result = await (await handler)(JSON.parse(payload), context);
    await answer({ payload: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    await answer(failure(error));
  }
});

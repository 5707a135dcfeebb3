import { Worker, type WorkerOptions } from 'node:worker_threads';

/** Starts a TypeScript file as a worker thread. */
export const startWorker = (file: URL, options: WorkerOptions): Worker =>
  new Worker(new URL('./typescript-worker.mjs', import.meta.url), { ...options, argv: [file.href] });

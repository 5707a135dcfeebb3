import { Worker, type WorkerOptions } from 'node:worker_threads';

/** Starts a TypeScript file as a worker thread. Node 20 has no `--import` for workers, so the thread registers tsx itself. */
export const startWorker = (file: URL, options: WorkerOptions): Worker => {
  const tsx = import.meta.resolve('tsx/esm/api');
  const code = `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(file.href)}); })`;
  return new Worker(code, { ...options, eval: true });
};

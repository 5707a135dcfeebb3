import type { Server } from 'node:http';
import { parentPort } from 'node:worker_threads';
import { systemClock } from '../../aws/system-clock.ts';
import { defined } from '../../core/defined.ts';
import { listen } from '../listen.ts';
import { failWork, guard } from './guard.ts';
import type { ListenError } from './ports.ts';

/** The first message of an emulator's thread. An error that crosses threads loses its code, so its fields are sent. */
export type Started = { endpoint: string } | { error: ListenError };

/**
 * Lets an emulator listen, and tells the thread that started this one where, or why not. After a message from there the emulator
 * answers what it works on, and the thread ends.
 */
export const serve = async (server: Server, port: number, host = '127.0.0.1'): Promise<void> => {
  const say = (started: Started): void => parentPort?.postMessage(started);
  const underWay = guard(server, host);
  process.on('uncaughtException', failWork);
  let close = async (): Promise<void> => {};
  parentPort?.once('message', async () => {
    // A store on disk works in threads of its own, and crashes the process where its thread ends before they do.
    for (let tries = 0; underWay.size > 0 && tries < 200; tries += 1) await systemClock.sleep(10);
    await close();
    parentPort?.close();
  });
  try {
    const listening = await listen(server, port, host);
    close = listening.close;
    say({ endpoint: listening.endpoint });
  } catch (error) {
    const { code, message, port, address } = error as Error & ListenError;
    say({ error: { ...defined({ code, port, address }), message } });
  }
};

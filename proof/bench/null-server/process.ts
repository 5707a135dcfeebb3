import { monotonicClock } from '../../../aws/system-clock.ts';
import { answerQuestions, taskOfThisProcess } from '../child-process.ts';
import type { Counters, NullServerOptions } from './operations.ts';
import { listen } from './server.ts';

/** What this process answers to every question. */
export interface ServerState {
  endpoint: string;
  counters: Counters & {
    /** CPU time of this process, user and system together. Microseconds. */
    cpuMicros: number;
  };
}

/** The process of the null server. It ends with the process that started it. */
const listening = listen(taskOfThisProcess<NullServerOptions>(), monotonicClock);

answerQuestions(async (): Promise<ServerState> => {
  const { endpoint, counters } = await listening;
  const { user, system } = process.cpuUsage();
  return { endpoint, counters: { ...counters, cpuMicros: user + system } };
});

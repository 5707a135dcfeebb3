import { type ChildProcess, execFile, fork, type Serializable } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Runs a file of the project compiled: `node RUN FILE ...`. */
export const RUN = fileURLToPath(new URL('../../cli/run.cjs', import.meta.url));

/** Of the Node that runs a file: its path, and its flags. */
export interface NodeOptions {
  /** @default this process' own */
  execPath?: string | undefined;
  /** @default none */
  execArgv?: readonly string[];
}

/** Starts a TypeScript file with one argument as JSON and a channel for messages. Its standard output is dropped. */
const forkTypeScript = (
  file: URL,
  argument: unknown,
  { execPath = process.execPath, execArgv = [] }: NodeOptions,
): ChildProcess =>
  fork(RUN, [fileURLToPath(file), JSON.stringify(argument)], {
    execPath,
    execArgv: [...execArgv],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });

/** What {@link forkTypeScript} gave this process. */
export const taskOfThisProcess = <Task>(): Task => JSON.parse(process.argv[2] ?? '{}') as Task;

/** Aborted when the process that asks this one has gone. */
const gone = new AbortController();

/**
 * Runs Node in a process of its own, which ends where nobody asks this one any more.
 *
 * @param options with `cores`, on so many CPUs: only on Linux
 * @returns what the last line of its output says, which is JSON
 * @throws where it ends with another exit code than 0
 */
export const runNode = async <Answer>(
  args: readonly string[],
  { env = process.env, cores }: { env?: NodeJS.ProcessEnv; cores?: number | undefined } = {},
): Promise<Answer> => {
  const node = [process.execPath, ...args];
  const [file, ...others] = cores === undefined ? node : ['taskset', '--cpu-list', `0-${cores - 1}`, ...node];
  const { stdout } = await promisify(execFile)(file!, others, { env, signal: gone.signal });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Answer;
};

/** Runs a command of the project, as {@link runNode} does. @param script its file, from the folder of the project */
export const runScript = <Answer>(script: string, args: readonly string[], cores?: number): Promise<Answer> =>
  runNode([RUN, script, ...args], { cores });

/** What an answering process sends back. */
type Reply<Answer> = { answer: Answer } | { failed: string };

/** A process that answers questions. */
export interface AnsweringProcess<Question extends Serializable, Answer> {
  pid: number;
  /** Asks after the answer to the question before. @throws where the process failed, or ended instead */
  ask: (question: Question) => Promise<Answer>;
  /** Resolves when the process has ended. */
  stop: () => Promise<void>;
}

/** Starts a TypeScript file that calls {@link answerQuestions}. The process ends with this one, however this one ends. */
export const startAnsweringProcess = <Question extends Serializable, Answer>(
  file: URL,
  task: unknown,
  node: NodeOptions = {},
): AnsweringProcess<Question, Answer> => {
  const child = forkTypeScript(file, task, node);
  const exited = once(child, 'exit');
  let last: Promise<unknown> = Promise.resolve();
  const answerTo = async (question: Question): Promise<Answer> => {
    child.send(question);
    const [message] = await Promise.race([
      once(child, 'message'),
      exited.then(([code]) => {
        throw new Error(`${nameOf(file)} ended with code ${code}; expected it to answer`);
      }),
    ]);
    const reply = message as Reply<Answer>;
    if ('failed' in reply) throw new Error(`${nameOf(file)}: ${reply.failed}`);
    return reply.answer;
  };
  return {
    pid: child.pid!,
    // One question at a time: an answer does not say which question it is for.
    ask: (question) => {
      const next = last.then(() => answerTo(question));
      last = next.catch(() => undefined);
      return next;
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
};

/** Asks a process of its own one question. @throws as {@link AnsweringProcess.ask} */
export const answerOf = async <Answer>(file: URL, question: Serializable, node?: NodeOptions): Promise<Answer> => {
  const { ask, stop } = startAnsweringProcess<Serializable, Answer>(file, null, node);
  try {
    return await ask(question);
  } finally {
    await stop();
  }
};

/** The other side: answers until the process that asks disconnects, and ends then. */
export const answerQuestions = <Question, Answer>(answerTo: (question: Question) => Promise<Answer>): void => {
  process.on('message', async (question: Question) => {
    const reply = await answerTo(question).then(
      (answer): Reply<Answer> => ({ answer }),
      (error: Error): Reply<Answer> => ({ failed: error.message }),
    );
    process.send?.(reply);
  });
  // Ctrl-C reaches the whole group of processes, and this one has to put away what it made.
  process.on('SIGINT', () => {});
  process.on('disconnect', () => {
    gone.abort();
    // An open connection would keep the process alive.
    process.exit();
  });
};

const nameOf = (file: URL): string => file.pathname.split('/').slice(-2).join('/');

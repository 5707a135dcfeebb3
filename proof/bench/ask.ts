import type { Serializable } from 'node:child_process';
import { once } from 'node:events';
import { forkTypeScript } from './fork-typescript.ts';

/** What a process sends back. */
type Message<Answer> = { answer: Answer } | { failed: string };

/** A process that answers questions. */
export interface Asked<Question extends Serializable, Answer> {
  pid: number;
  /** Asks it, once it has answered what was asked before. @throws where it failed, or ended instead */
  ask: (question: Question) => Promise<Answer>;
  /** Resolves when the process has ended. */
  stop: () => Promise<void>;
}

/**
 * Starts a TypeScript file as a process that answers questions. It ends with the caller, however that one ends.
 *
 * @param argument given to it as JSON
 */
export const startAsked = <Question extends Serializable, Answer>(
  file: URL,
  argument: unknown,
): Asked<Question, Answer> => {
  const child = forkTypeScript(file, argument);
  const exited = once(child, 'exit');
  const name = file.pathname.split('/').slice(-2).join('/');
  let last: Promise<unknown> = Promise.resolve();
  const answerTo = async (question: Question): Promise<Answer> => {
    child.send(question);
    const [message] = await Promise.race([
      once(child, 'message'),
      exited.then(([code]) => {
        throw new Error(`${name} ended with code ${code}; expected it to answer`);
      }),
    ]);
    const reply = message as Message<Answer>;
    if ('failed' in reply) throw new Error(`${name}: ${reply.failed}`);
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

/** The other side: the process that answers. It ends once nobody can ask any more. */
export const answerQuestions = <Question, Answer>(answerTo: (question: Question) => Promise<Answer>): void => {
  process.on('message', async (question: Question) => {
    const message = await answerTo(question).then(
      (answer): Message<Answer> => ({ answer }),
      (error: Error): Message<Answer> => ({ failed: error.message }),
    );
    process.send?.(message);
  });
  // A connection that is kept alive would keep the process so, too.
  process.on('disconnect', () => process.exit());
};

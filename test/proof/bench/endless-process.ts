import { answerQuestions, runNode } from '../../../proof/bench/child-process.ts';
import { withFolder } from '../../../proof/bench/with-folder.ts';

/** Takes a folder, and waits there for a process that connects to a port and never ends. */
answerQuestions((port: number) =>
  withFolder(() => runNode(['-e', `require('node:net').connect(${port}, '127.0.0.1')`])),
);

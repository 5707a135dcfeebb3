import { nameOfSource } from '../sources/source-name.ts';
import { type Check, failed, ok, skipped } from './check.ts';

/** All that the client would complain of before it begins. */
export const settingsCheck: Check = {
  name: 'settings',
  run: ({ problems, source, stream }) =>
    problems.length > 0 ? failed(...problems) : ok(`from ${nameOfSource(source)} to the stream "${stream}"`),
};

export const stackCheck: Check = {
  name: 'stack',
  run: ({ stack }) => {
    if (!stack) return skipped('no --stack is given');
    return stack.error === undefined ? ok(`the outputs of "${stack.name}" can be read`) : failed(stack.error);
  },
};

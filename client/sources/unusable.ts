import { RefusedError } from './disconnected.ts';
import type { SourceContext } from './source.ts';

/** Messages in a row without any use, after which the connection is not what it should be. */
const MAX_IN_A_ROW = 100;

/**
 * Notes the messages of one connection that are of no use.
 *
 * @param remedy what was expected and what a person can do, if nothing else comes
 */
export const unusableMessages = (note: SourceContext['note'], remedy: string) => {
  let inARow = 0;
  return {
    /** A message was as it should be. */
    usable: (): void => {
      inARow = 0;
    },
    /** @throws {RefusedError} where too many came in a row */
    unusable: (message: string): void => {
      note({ kind: 'unusable', message });
      inARow += 1;
      if (inARow >= MAX_IN_A_ROW)
        throw new RefusedError(`${message}, the last of ${inARow} messages of no use`, { remedy });
    },
  };
};

/** The messages of one connection, of use or not. */
export type Usability = ReturnType<typeof unusableMessages>;

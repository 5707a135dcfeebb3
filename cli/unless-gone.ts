/** Takes the error of a file that is not there (any more), also where it is the cause of one. @throws any other one */
export const unlessGone = (error: unknown): undefined => {
  const { cause = error } = error as Error;
  if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
};

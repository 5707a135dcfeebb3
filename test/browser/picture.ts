import { readFileSync } from 'node:fs';

/** About what a row has room for. */
const LONGEST = 50;

interface Tweet {
  text?: string;
  user?: { name: string };
  data?: { text: string };
  includes?: { users: { name: string }[] };
}

/** The lines of a file of tweets that look well together: of each author the first that is short. */
export const linesForPicture = (file: string): string[] => {
  const lines = new Map<string, string>();
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const { text, user, data, includes }: Tweet = JSON.parse(line);
    const author = user?.name ?? includes?.users[0]?.name ?? '';
    const { length } = data?.text ?? text ?? '';
    if (length >= LONGEST / 3 && length <= LONGEST && !lines.has(author)) lines.set(author, line);
  }
  return [...lines.values()];
};

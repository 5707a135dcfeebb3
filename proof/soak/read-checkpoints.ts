import { readFile } from 'node:fs/promises';

/** How far each shard is settled, as the file of the checkpoints says. No shard is where there is no file yet. */
export const readCheckpoints = async (file: string): Promise<Record<string, { settled?: string }>> => {
  const { shards = {} } = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'));
  return shards;
};

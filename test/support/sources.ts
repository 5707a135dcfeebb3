import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const ROOMS = ['core', 'processors', 'cli', 'aws', 'functions', 'client', 'local', 'ops', 'proof'] as const;

const read = (room: string): [string, string][] =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|mjs|cjs)$/.test(file))
    .map((file) => [normalize(join(room, file)), readFileSync(join(ROOT, room, file), 'utf8')]);

/** Every source file of the product, by its path from the folder of the project. */
export const SOURCES: ReadonlyMap<string, string> = new Map(ROOMS.flatMap(read));

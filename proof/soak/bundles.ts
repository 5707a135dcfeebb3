import { fileURLToPath } from 'node:url';
import { bundleFunctions } from '../../local/lambda/bundle.ts';
import { EVENT_PROCESSOR, localStack, ROLLUPS } from '../../local/stack.ts';

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * Bundles the functions of a soak, once for any number of soaks. They have no source maps: each thread that a crash makes necessary would
 * read one, and each crash would look up its stack there. Nobody reads these stacks.
 *
 * @param entryPoints other files of the functions, by their logical names
 * @returns the paths of the bundles, by the same names
 */
export const bundleFaultyFunctions = (
  entryPoints: Readonly<Record<string, string>> = {},
): Promise<Record<string, string>> =>
  bundleFunctions(
    localStack(),
    {
      [EVENT_PROCESSOR.function]: fileOf('./faulty-handler.ts'),
      [ROLLUPS.function]: fileOf('./faulty-rollups.ts'),
      ...entryPoints,
    },
    { sourcemap: false },
  );

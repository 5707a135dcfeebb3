import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleInTemporaryFolder } from '../../local/lambda/bundle.ts';
import { EVENT_PROCESSOR, localStack, ROLLUPS } from '../../local/stack.ts';

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * Bundles the functions of a soak, once for any number of soaks.
 *
 * @param entryPoints the files of the functions, by their logical names
 * @returns their paths, and what removes them
 */
export const bundleFaultyFunctions = async (
  entryPoints: Readonly<Record<string, string>> = {},
): Promise<{ bundles: Record<string, string>; remove: () => Promise<void> }> => {
  const files = {
    [EVENT_PROCESSOR.function]: fileOf('./faulty-handler.ts'),
    [ROLLUPS.function]: fileOf('./faulty-rollups.ts'),
    ...entryPoints,
  };
  const bundled = await Promise.all(
    Object.entries(files).map(async ([name, file]) => {
      const bundle = await bundleInTemporaryFolder(localStack(), file, name);
      // Each thread that a crash makes necessary would read it, and each crash would look up its stack there. Nobody reads these stacks.
      await rm(`${bundle.path}.map`);
      return { name, ...bundle };
    }),
  );
  return {
    bundles: Object.fromEntries(bundled.map(({ name, path }) => [name, path])),
    remove: async () => {
      for (const { remove } of bundled) await remove();
    },
  };
};

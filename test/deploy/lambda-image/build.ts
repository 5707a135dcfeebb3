import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ImageOptions {
  /** A folder that does not exist yet. */
  folder: string;
  /** The folder of SAM's environment, which holds Lambda's Runtime Interface Emulator. */
  sam: string;
  architecture: 'x86_64' | 'arm64';
}

/** The shared libraries of a program, the loader among them, by the paths where it looks for them. */
const librariesOf = (program: string): string[] =>
  [...execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!);

/**
 * Lays out the root of a stand-in for Lambda's image of Node: this very Node with its libraries, a small runtime, and the
 * emulator that SAM starts in it. Nothing of it is fetched.
 *
 * @returns the path of a tar archive of it
 */
export const buildImage = ({ folder, sam, architecture }: ImageOptions): string => {
  const root = join(folder, 'root');
  const put = (from: string, to: string): void => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    copyFileSync(from, join(root, to));
    chmodSync(join(root, to), 0o755);
  };
  for (const path of ['tmp', 'etc', 'var/task']) mkdirSync(join(root, path), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  put(process.execPath, 'var/lang/bin/node');
  for (const library of librariesOf(process.execPath)) put(library, library);
  put(fileURLToPath(new URL('bootstrap', import.meta.url)), 'var/runtime/bootstrap');
  const lib = join(sam, 'lib');
  const [version = ''] = readdirSync(lib).filter((name) => name.startsWith('python'));
  const emulators = join(lib, version, 'site-packages', 'samcli', 'local', 'rapid');
  put(join(emulators, `aws-lambda-rie-${architecture}`), 'var/rapid/aws-lambda-rie');
  const archive = join(folder, 'image.tar');
  execFileSync('tar', ['-C', root, '-cf', archive, '.']);
  return archive;
};

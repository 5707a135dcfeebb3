import type { BuildOptions } from 'esbuild';

export const compiled: (options: Omit<BuildOptions, 'plugins' | 'outdir' | 'metafile'>) => Promise<string[]>;
export const runCommandFile: (script: string, args: readonly string[]) => Promise<void>;

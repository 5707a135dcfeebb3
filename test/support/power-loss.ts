import fs from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** A file, whatever its name is at the moment. */
type Inode = symbol;

/** What a process asked of its disk, in order. Paths are below the folder that is recorded; its own is empty. */
type Step =
  | { kind: 'create' | 'remove' | 'mkdir' | 'syncFolder'; path: string; inode?: Inode }
  | { kind: 'write'; inode: Inode; at: number; data: Buffer }
  | { kind: 'truncate'; inode: Inode; length: number }
  | { kind: 'rename'; path: string; to: string }
  | { kind: 'sync'; inode: Inode };

/** What was not synced may be lost, or not, and a write may be cut off. Names and contents go to the disk by themselves. */
const LOSSES = (['synced', 'all'] as const).flatMap((names) =>
  (['synced', 'torn', 'all'] as const).map((contents) => ({ names, contents })),
);
type Loss = (typeof LOSSES)[number];

/** The steps of this process below a folder that is empty at first. */
export class RecordedDisk {
  readonly steps: Step[] = [];
  /** The folder around it, which is not recorded. */
  readonly folder: string;
  /** The folder that is recorded. */
  readonly root: string;
  readonly #files = new Map<string, Inode>();
  readonly #open = new Map<number, { path: string; inode: Inode | undefined; end: number }>();
  readonly #restore: () => void;

  static async start(): Promise<RecordedDisk> {
    // The client opens what links lead to, and on macOS the folder for temporary files is behind one.
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'power-loss-test-')));
    await mkdir(join(folder, 'disk'));
    return new RecordedDisk(folder);
  }

  private constructor(folder: string) {
    this.folder = folder;
    this.root = join(folder, 'disk');
    this.#restore = this.#patch();
  }

  /** Puts the functions of Node back, and removes all files. */
  async remove(): Promise<void> {
    this.#restore();
    await rm(this.folder, { recursive: true });
  }

  /**
   * Ends recording, and calls `check` with each folder that a failure may leave. What several failures leave is given once, for the last of
   * them: more was promised by then.
   *
   * @param after how many steps came before it
   */
  async eachFailure(check: (left: string, after: number, what: string) => Promise<void>): Promise<void> {
    this.#restore();
    if (this.steps.length === 0) throw new Error('nothing was written to the disk; expected some steps');
    const failures = new Map<string, { state: Map<string, Buffer>; after: number; loss: Loss }>();
    for (let after = 0; after <= this.steps.length; after += 1)
      for (const loss of LOSSES) {
        const state = stateAfter(this.steps.slice(0, after), loss);
        const files = [...state].map(([path, data]) => `${path} ${data.toString('hex')}`);
        failures.set(files.toSorted().join(), { state, after, loss });
      }
    for (const { state, after, loss } of failures.values()) {
      const left = join(this.folder, `${after}-${loss.names}-${loss.contents}`);
      await mkdir(left);
      for (const [path, data] of state) {
        await mkdir(dirname(join(left, path)), { recursive: true });
        await writeFile(join(left, path), data);
      }
      await check(left, after, `after ${after} steps, names ${loss.names}, contents ${loss.contents}`);
    }
  }

  #pathOf(path: unknown): string | undefined {
    const below = relative(this.root, String(path));
    return below.startsWith('..') ? undefined : below;
  }

  #opened(fd: number, path: string, flags: string): void {
    const isFolder = fs.fstatSync(fd).isDirectory();
    if (!isFolder && !this.#files.has(path)) {
      this.#files.set(path, Symbol(path));
      this.steps.push({ kind: 'create', path, inode: this.#files.get(path)! });
    }
    const inode = isFolder ? undefined : this.#files.get(path)!;
    if (inode && flags.startsWith('w')) this.steps.push({ kind: 'truncate', inode, length: 0 });
    this.#open.set(fd, { path, inode, end: isFolder || flags.startsWith('w') ? 0 : fs.fstatSync(fd).size });
  }

  #wrote(fd: number, data: Buffer): void {
    const file = this.#open.get(fd);
    if (!file?.inode) return;
    this.steps.push({ kind: 'write', inode: file.inode, at: file.end, data: Buffer.from(data) });
    file.end += data.length;
  }

  #synced(fd: number): void {
    const file = this.#open.get(fd);
    if (file)
      this.steps.push(file.inode ? { kind: 'sync', inode: file.inode } : { kind: 'syncFolder', path: file.path });
  }

  #patch(): () => void {
    const { openSync, closeSync, writeSync, fsyncSync, ftruncateSync } = fs;
    const { open, rename, rm, mkdir: makeFolder } = fs.promises;
    const patched = {
      openSync: (path: string, flags: string, mode?: number): number => {
        const fd = openSync(path, flags, mode);
        const below = this.#pathOf(path);
        if (below !== undefined) this.#opened(fd, below, flags);
        return fd;
      },
      closeSync: (fd: number): void => {
        this.#open.delete(fd);
        closeSync(fd);
      },
      writeSync: (fd: number, data: Buffer | string, offset = 0): number => {
        const bytes = Buffer.from(data as string).subarray(offset);
        const written = writeSync(fd, bytes);
        this.#wrote(fd, bytes.subarray(0, written));
        return written;
      },
      fsyncSync: (fd: number): void => {
        fsyncSync(fd);
        this.#synced(fd);
      },
      ftruncateSync: (fd: number, length = 0): void => {
        ftruncateSync(fd, length);
        const file = this.#open.get(fd);
        if (!file?.inode) return;
        this.steps.push({ kind: 'truncate', inode: file.inode, length });
        file.end = length;
      },
    };
    const promised = {
      open: async (path: string, flags = 'r', mode?: number) => {
        const handle = await open(path, flags, mode);
        const below = this.#pathOf(path);
        if (below === undefined) return handle;
        this.#opened(handle.fd, below, flags);
        const { writeFile: writeAll, sync, close } = handle;
        return Object.assign(handle, {
          writeFile: async (data: string | Buffer) => {
            await writeAll.call(handle, data);
            this.#wrote(handle.fd, Buffer.from(data as string));
          },
          sync: async () => {
            await sync.call(handle);
            this.#synced(handle.fd);
          },
          close: () => {
            this.#open.delete(handle.fd);
            return close.call(handle);
          },
        });
      },
      rename: async (from: string, to: string) => {
        await rename(from, to);
        const [path, other] = [this.#pathOf(from)!, this.#pathOf(to)!];
        this.#files.set(other, this.#files.get(path)!);
        this.#files.delete(path);
        this.steps.push({ kind: 'rename', path, to: other });
      },
      rm: async (path: string, options?: object) => {
        await rm(path, options);
        const below = this.#pathOf(path);
        // A folder goes with all that is in it.
        for (const file of this.#files.keys())
          if (below !== undefined && (file === below || !relative(below, file).startsWith('..'))) {
            this.#files.delete(file);
            this.steps.push({ kind: 'remove', path: file });
          }
      },
      mkdir: async (path: string, options?: { recursive: boolean }) => {
        const first = await makeFolder(path, options);
        if (first === undefined) return first;
        const made: string[] = [];
        for (let folder = path; folder !== dirname(first); folder = dirname(folder))
          made.unshift(this.#pathOf(folder)!);
        for (const below of made) this.steps.push({ kind: 'mkdir', path: below });
        return first;
      },
    };
    Object.assign(fs, patched);
    Object.assign(fs.promises, promised);
    syncBuiltinESMExports();
    return () => {
      Object.assign(fs, { openSync, closeSync, writeSync, fsyncSync, ftruncateSync });
      Object.assign(fs.promises, { open, rename, rm, mkdir: makeFolder });
      syncBuiltinESMExports();
    };
  }
}

const parentOf = (path: string): string => (dirname(path) === '.' ? '' : dirname(path));

/** The files that are left, by their paths. */
const stateAfter = (steps: readonly Step[], { names, contents }: Loss): Map<string, Buffer> => {
  const data = new Map<Inode, { live: Buffer; kept: Buffer; torn: Buffer }>();
  const live = new Map<string, Inode | 'folder'>();
  let kept = new Map<string, Inode | 'folder'>();
  for (const step of steps)
    switch (step.kind) {
      case 'create':
        live.set(step.path, step.inode!);
        data.set(step.inode!, { live: Buffer.alloc(0), kept: Buffer.alloc(0), torn: Buffer.alloc(0) });
        break;
      case 'mkdir':
        live.set(step.path, 'folder');
        break;
      case 'remove':
        live.delete(step.path);
        break;
      case 'rename':
        live.set(step.to, live.get(step.path)!);
        live.delete(step.path);
        break;
      case 'write': {
        const file = data.get(step.inode)!;
        const before = Buffer.concat([file.live, Buffer.alloc(Math.max(0, step.at - file.live.length))]);
        file.torn = Buffer.concat([before.subarray(0, step.at), step.data.subarray(0, step.data.length >> 1)]);
        file.live = Buffer.concat([
          before.subarray(0, step.at),
          step.data,
          before.subarray(step.at + step.data.length),
        ]);
        break;
      }
      case 'truncate': {
        const file = data.get(step.inode)!;
        file.live = file.live.subarray(0, step.length);
        file.torn = file.live;
        break;
      }
      case 'sync': {
        const file = data.get(step.inode)!;
        file.kept = file.live;
        file.torn = file.live;
        break;
      }
      case 'syncFolder': {
        const elsewhere = [...kept].filter(([path]) => parentOf(path) !== step.path);
        kept = new Map([...elsewhere, ...[...live].filter(([path]) => parentOf(path) === step.path)]);
      }
    }
  const found = names === 'all' ? live : kept;
  const isReachable = (path: string): boolean => path === '' || (found.has(path) && isReachable(parentOf(path)));
  return new Map(
    [...found].flatMap(([path, inode]) => {
      if (inode === 'folder' || !isReachable(path)) return [];
      const file = data.get(inode)!;
      return [[path, contents === 'all' ? file.live : contents === 'torn' ? file.torn : file.kept] as const];
    }),
  );
};

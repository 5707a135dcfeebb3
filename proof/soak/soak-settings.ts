import type { Clock } from '../../core/clock.ts';
import type { Endpoints } from '../../local/emulators/ports.ts';
import type { FaultName } from './faults.ts';

/** What a soak is told. */
export interface Soak {
  events: number;
  seed: number;
  /** The name of the one that the function runs. @default default */
  processor?: string;
  faults: ReadonlySet<FaultName>;
  /** Other emulators, which run already; then there are no rollups. @default those of this project */
  emulators?: Endpoints | undefined;
  /** Paths of the functions that can be made to fail, as `bundleFaultyFunctions` gives them. */
  bundles: Readonly<Record<string, string>>;
  /** Shows a sentence about what happens. */
  say: (line: string) => void;
  onProgress: (progress: { sent: number; settled: number }) => void;
  /** Ends the soak without a verdict: it throws the reason. */
  signal: AbortSignal;
  /** It must not go back. */
  clock: Clock;
}

/** What the parts of a soak share. */
export interface SoakParts {
  /** All that it writes is in here. */
  folder: string;
  /** Called with each fault as it happens. */
  note: (name: string) => void;
  /** What ends each part. The last one started is ended first. */
  ending: (() => unknown)[];
}

/** After this long without progress, events that are not settled count as lost. Milliseconds. */
export const STALL_MS = 120_000;

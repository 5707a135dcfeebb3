/** The exit codes of the commands. Only the client uses `kept`, `lost` and `source`. */
export const EXIT = { ok: 0, error: 1, usage: 2, kept: 3, lost: 4, source: 5 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ctrl-C before there was anything to finish. A shell gives this code to a program that SIGINT ended. */
export const INTERRUPTED = 130;

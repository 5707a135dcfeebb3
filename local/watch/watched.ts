/** Counts of the picture, by name. A figure that nobody knows is left out. */
export interface Figures {
  /** Events that the client of this process has read. */
  read?: number;
  /** Records that were put on the stream. */
  records?: number;
  /** Records on the stream that are not settled. */
  waiting?: number;
  /** How long the newest record waited before the function got it. Milliseconds. */
  lag?: number;
  /** Events that the function was handed. One that is delivered again counts again. */
  events?: number;
  written?: number;
  /** Events in the place of whose rows are later ones: of the same batch, or of the table. */
  superseded?: number;
  stale?: number;
  dropped?: number;
  rejected?: number;
  unwritten?: number;
  /** Rows of EventData and of RejectedEvents, counted in the tables. */
  rows?: number;
  rejectedRows?: number;
  /** Changes of EventData that are in the rollups. */
  changes?: number;
  /** Groups of all rollups, each once. */
  groups?: number;
}

/** Events a second over time. */
export interface Rate {
  /** Seconds since 1970, ascending. */
  times: number[];
  stored: number[];
  rejected: number[];
}

export interface Flow {
  /** Milliseconds since 1970. It makes each look another message: that ends the problem on the page, and shows when a page is gone. */
  at: number;
  /** What the figures are of: `since 12:34 UTC`, `the last hour`. */
  period: string;
  figures: Figures;
  rate: Rate;
  /** What cannot be read now, a sentence each. */
  problems: string[];
}

/** A group of a rollup, over all windows that were read. */
interface GroupBar {
  group: string;
  rows: number;
  /** Sums of its named numbers, with all of their digits: `ms 1,200`. */
  sums: string[];
}

export interface RollupChart {
  name: string;
  /** `minute`, `hour`, `day` or `ever`. */
  every: string;
  /** How many groups there are; the bars are the largest of them. */
  groups: number;
  bars: GroupBar[];
  /** Rows of the largest groups by window, or, before there are two windows, as they were counted when rows arrived. */
  over: 'windows' | 'arrival';
  /** Starts of windows, or times of counting. Seconds since 1970. Empty where there is nothing to compare yet. */
  times: number[];
  series: { group: string; rows: number[] }[];
}

/** A row of EventData as a person reads it. */
export interface ShownRow {
  username: string;
  id: string;
  timestamp: string;
  type: string;
  /** Its Message, or else its Data as JSON; not all of it where it is long. */
  text: string;
}

export interface Rows {
  rows: ShownRow[];
  /** What they are, and what was looked at to find them. */
  note: string;
}

/** A rejected event, without its payload. */
export interface ShownRejected {
  id: string;
  reason: string;
  detail: string;
  rejectedAt: string;
  bytes: number;
}

export interface Rejected {
  events: ShownRejected[];
  /** How many there are for each reason. */
  reasons: [reason: string, events: number][];
  note: string;
}

/** What the page shows. Each part is sent when it has changed. */
export interface Parts {
  flow: Flow;
  rollups: RollupChart[];
  newest: Rows;
  rejected: Rejected;
}

interface About {
  /** Of the stack. */
  name: string;
  /** Where it is: a region, or this machine. */
  where: string;
  /** What an open page costs, where it costs something. */
  cost?: string;
}

/** A stack that the page shows. The server and the page know of it only this. */
export interface Watched {
  about: About;
  /**
   * Called about once a second while any page is open, however many there are. It answers soon, with what is known now: what takes
   * longer is read meanwhile.
   */
  look: (signal: AbortSignal) => Promise<Partial<Parts>>;
  /** Rows of one Username. */
  rowsOfKey: (username: string, signal: AbortSignal) => Promise<Rows>;
  /** Rows that a group of a rollup counts. */
  rowsOfGroup: (rollup: string, group: string, signal: AbortSignal) => Promise<Rows>;
  /** Puts a rejected event on the stream again, and takes it out of its table. Absent where the page may only read. */
  putBack?: (id: string, signal: AbortSignal) => Promise<void>;
}

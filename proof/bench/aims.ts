/** A figure of the benchmark, and what it should be. */
export interface Aim {
  name: string;
  found: number;
  /** The figure at least, or at most. */
  atLeast?: number;
  atMost?: number;
}

/** A figure that could not be found, NaN, meets no aim. */
export const isMet = ({ found, atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY }: Aim): boolean =>
  found >= atLeast && found <= atMost;

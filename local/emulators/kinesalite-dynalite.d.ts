// Neither package has types of its own.
declare module 'kinesalite' {
  import type { Server } from 'node:http';
  /** Milliseconds that the named states of a stream last. */
  export default function kinesalite(options: {
    createStreamMs: number;
    deleteStreamMs: number;
    updateStreamMs: number;
    shardLimit: number;
  }): Server;
}

declare module 'dynalite' {
  import type { Server } from 'node:http';
  /** Milliseconds that the named states of a table last. */
  export default function dynalite(options: {
    createTableMs: number;
    deleteTableMs: number;
    updateTableMs: number;
  }): Server;
}

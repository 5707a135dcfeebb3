import { EVENT_PROCESSOR, ROLLUPS, type StackNames } from '../../local/stack.ts';
import type { FaultPlan } from '../fault-proxy.ts';
import type { FaultName, SERVER_ERRORS } from './faults.ts';

/** How many invocations run out of time before a table is back. One more than so many in a row would give up its batch. */
const INVOCATIONS = 2;

/** How many calls of redrive a table refuses. */
const CALLS_OF_REDRIVE = 6;

export interface TableOutagesOptions {
  /** The tables that are away, one after the other, by the logical names of the functions that write to them. */
  tables: Readonly<Record<string, readonly string[]>>;
  /** What the tables answer meanwhile. */
  error: (typeof SERVER_ERRORS)[number];
  /** Called with a table that refuses its first call. */
  onOutage: (table: string) => void;
  /** Called when no table of a function will be away any more. */
  onOver: (functionName: string) => void;
}

/**
 * Lets each table be away until invocations of its function have met that and could not finish their records in time, so that they must
 * report them. No clock decides, so the outage of a busy machine is as long as it has to be, and no longer.
 */
export class TableOutages {
  readonly #options: TableOutagesOptions;
  readonly #functions: Map<string, { tables: string[]; unfinished: number }>;
  /** The tables that refused a call since an invocation of their function last ran out of time. */
  readonly #met = new Set<string>();
  readonly #noted = new Set<string>();
  #ofRedrive = CALLS_OF_REDRIVE;

  constructor(options: TableOutagesOptions) {
    this.#options = options;
    this.#functions = new Map(
      Object.entries(options.tables).map(([name, tables]) => [name, { tables: [...tables], unfinished: 0 }]),
    );
  }

  /** The functions with tables that are or will be away. */
  get functions(): string[] {
    return [...this.#functions].filter(([, { tables }]) => tables.length > 0).map(([name]) => name);
  }

  /** What happens to calls of the functions. */
  around(plan: FaultPlan): FaultPlan {
    return (call, index) => {
      const fault = plan(call, index);
      const away = [...this.#functions.values()].flatMap(({ tables: [first = ''] }) =>
        call.tables.includes(first) ? [first] : [],
      );
      for (const table of away) this.#refuses(table);
      return away.length > 0 ? { kind: 'error', ...this.#options.error } : fault;
    };
  }

  /** What happens to calls of redrive: the first that name a table are refused. */
  aroundRedrive(plan: FaultPlan): FaultPlan {
    return (call, index) => {
      const fault = plan(call, index);
      if (call.tables.length === 0 || this.#ofRedrive === 0) return fault;
      this.#ofRedrive -= 1;
      return { kind: 'error', ...this.#options.error };
    };
  }

  /** An invocation failed, or reported records that it could not finish. */
  unfinished(functionName: string): void {
    const its = this.#functions.get(functionName);
    const table = its?.tables[0];
    if (!its || table === undefined || !this.#met.delete(table)) return;
    its.unfinished += 1;
    if (its.unfinished < INVOCATIONS) return;
    its.unfinished = 0;
    its.tables.shift();
    if (its.tables.length === 0) this.#options.onOver(functionName);
  }

  #refuses(table: string): void {
    this.#met.add(table);
    if (this.#noted.has(table)) return;
    this.#noted.add(table);
    this.#options.onOutage(table);
  }
}

/** The tables of a stack that are away in a soak. That of rejected events is needed only where there are some. */
export const outagesOf = (
  { eventDataTable, rejectedEventsTable, rollupsTable }: StackNames,
  faults: ReadonlySet<FaultName>,
): TableOutagesOptions['tables'] => ({
  [EVENT_PROCESSOR.function]: [eventDataTable, ...(faults.has('malformed') ? [rejectedEventsTable] : [])],
  ...(rollupsTable !== undefined && { [ROLLUPS.function]: [rollupsTable] }),
});

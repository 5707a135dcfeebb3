import type { Mutant } from './mutant.ts';
import { soak, unit } from './proofs.ts';

const APPLYING = 'functions/event-rollups/apply-changes.ts';
const TABLE = 'functions/event-rollups/rollups-table.ts';
const CHANGE = 'core/rollups/change.ts';
const PART = 'core/rollups/part.ts';

/** Random histories, in memory. */
const histories = unit('functions/event-rollups/histories', 'in memory');
const ofApplying = unit('functions/event-rollups/apply-changes');
const ofStore = unit('functions/event-rollups/part-store');

/** Its rollups have sums, and its rows move between groups. */
const rollups = soak('rollup-crash,rollup-lost,rollup-late,rollup-cut,rollup-again,rollup-split,rollup-edit', {
  events: 500,
  seed: 2,
  processor: 'order-processing',
});

/** Faults of rollups. */
export const ROLLUP_MUTANTS: readonly Mutant[] = [
  {
    name: 'a change that a part holds already is counted again',
    file: PART,
    find: 'entries.filter(({ sequence }) => sequence > through)',
    replace: '[...entries]',
    proofs: [rollups, histories],
  },
  {
    name: 'a part is written whatever became of it since it was read',
    file: TABLE,
    find: 'Item: item, ...condition }',
    replace: 'Item: item }',
    proofs: [rollups, ofStore],
  },
  {
    name: 'sequence numbers are compared as text of any length',
    file: PART,
    find: "sequenceNumber.padStart(SEQUENCE_DIGITS, '0')",
    replace: 'sequenceNumber',
    proofs: [histories],
  },
  {
    name: 'a row that was replaced stays counted',
    file: CHANGE,
    find: 'entry: { ...removed.entry, sign: -1 }',
    replace: 'entry: { ...removed.entry, values: [] }',
    proofs: [histories],
  },
  {
    name: 'a row whose time is over is taken out',
    file: CHANGE,
    find: '  if (isExpiry) return [];\n',
    replace: '  if (isExpiry && !before) return [];\n',
    proofs: [histories],
  },
  {
    name: 'the last value is that of the last change, whatever its time',
    file: PART,
    find: 'a.at === b.at ? a.sequence >= b.sequence : a.at > b.at',
    replace: 'a.sequence >= b.sequence',
    proofs: [histories],
  },
  {
    name: 'a part that could not be written is not reported',
    file: APPLYING,
    find: '    this.unfinished.push(...touched);\n',
    replace: '',
    proofs: [histories],
  },
  {
    name: 'a part is not read again where another write changed it',
    file: APPLYING,
    find: '      await this.#write(touched, now);\n',
    replace: '      void now;\n',
    proofs: [ofApplying],
  },
  {
    name: 'keys that were left unprocessed are taken for parts that are not there',
    file: TABLE,
    find: 'left = UnprocessedKeys?.[name]?.Keys ?? [];',
    replace: 'left = UnprocessedKeys ? [] : [];',
    proofs: [ofStore],
  },
];

import type { Mutant } from './mutant.ts';
import { soak, unit } from './proofs.ts';

const DECODING = 'functions/ddb-event-processor/decode-batch.ts';

const ofProcessors = unit('functions/ddb-event-processor/processors');
/** Its sample has changes of an order that arrive after newer ones. */
const orders = soak('crash', { events: 300, processor: 'order-processing' });

/** Faults in what the function does with the rows that a processor makes. */
export const PROCESSOR_MUTANTS: readonly Mutant[] = [
  {
    name: 'an older row takes the place of a newer one in the table',
    file: 'functions/ddb-event-processor/put-newest-rows.ts',
    find: "'attribute_not_exists(#key) OR #time <= :time'",
    replace: "'attribute_not_exists(#key) OR #time <= :time OR #time > :time'",
    proofs: [orders, ofProcessors],
  },
  {
    name: 'the last row of a batch is written, not the newest',
    file: DECODING,
    find: 'if (processor.newest) for (const versions of rows) versions.sort(byTime);',
    replace: '',
    proofs: [orders, ofProcessors],
  },
  {
    name: 'of the rows of an event only the first is stored',
    file: DECODING,
    find: 'for (const row of rows) appendTo',
    replace: 'for (const row of rows.slice(0, 1)) appendTo',
    proofs: [soak('crash', { processor: 'indexing' }), ofProcessors],
  },
];

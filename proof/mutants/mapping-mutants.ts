import type { Mutant } from './mutant.ts';
import { soak, unit } from './proofs.ts';

const DELIVER = 'local/mapping/deliver-batch.ts';
const FOREIGN = 'local/refuse-foreign.ts';
const MAPPING = 'local/mapping/event-source-mapping.ts';
const READER = 'local/mapping/shard-reader.ts';

const ofDelivery = unit('local/mapping/deliver-batch');
const ofMapping = (test: string) => unit('local/mapping/event-source-mapping', test);
const ofPlace = ofMapping('expired iterator');

/** Faults of the local stack: its event source mapping, the changes of its tables, and whom its servers let in. */
export const MAPPING_MUTANTS: readonly Mutant[] = [
  {
    name: 'the highest reported record counts, not the lowest',
    file: 'local/mapping/batch-response.ts',
    find: 'Math.min(...indices)',
    replace: 'Math.max(...indices)',
    proofs: [unit('local/mapping/batch-response')],
  },
  {
    name: 'everything is settled, whatever was reported',
    file: DELIVER,
    find: 'options.onSettled(records.slice(0, done));',
    replace: 'options.onSettled(records);',
    proofs: [ofDelivery],
  },
  {
    name: 'halving a batch drops the second half',
    file: DELIVER,
    find: ', left.slice(middle)]',
    replace: ']',
    proofs: [soak('poison'), ofDelivery],
  },
  {
    name: 'halving a batch drops the record in the middle',
    file: DELIVER,
    find: 'left.slice(middle)]',
    replace: 'left.slice(middle + 1)]',
    proofs: [soak('poison'), ofDelivery],
  },
  {
    name: 'what was given up is settled without being kept',
    file: DELIVER,
    find: "await giveUp('RetryAttemptsExhausted', retried, options);",
    replace: 'options.onSettled(left);',
    proofs: [soak('poison'), ofDelivery],
  },
  {
    name: 'a batch that failed is not delivered again',
    file: DELIVER,
    find: 'return [retried];',
    replace: 'return [];',
    proofs: [soak('tables'), ofDelivery],
  },
  {
    name: 'what is younger than the limit of age is dropped with what is older',
    file: DELIVER,
    find: 'return expired < records.length ? [{ ...part, records: records.slice(expired) }] : [];',
    replace: 'return [];',
    proofs: [ofDelivery],
  },
  {
    name: 'a batch that could not be kept counts as kept',
    file: DELIVER,
    find: 'await onFailure(batch);',
    replace: 'void onFailure(batch).catch(() => undefined);',
    proofs: [ofDelivery],
  },
  {
    name: 'the checkpoint passes over records that are not settled',
    file: 'local/mapping/settled-position.ts',
    find: 'this.#settled.delete(this.#read.first))',
    replace: '(this.#settled.delete(this.#read.first) || true))',
    proofs: [unit('local/mapping/checkpoints')],
  },
  {
    name: 'after an expired iterator the shard is read on at its end',
    file: READER,
    find: "ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: this.#last",
    replace: "ShardIteratorType: 'LATEST' as const",
    proofs: [ofPlace],
  },
  {
    name: 'after an expired iterator the last record is read again',
    file: READER,
    find: "'AFTER_SEQUENCE_NUMBER' as const",
    replace: "'AT_SEQUENCE_NUMBER' as const",
    proofs: [ofPlace],
  },
  {
    name: 'after an expired iterator the shard is read on where its checkpoint was at the start',
    file: READER,
    find: 'this.#last = Records.at(-1)?.SequenceNumber ?? this.#last;',
    replace: '',
    proofs: [ofPlace],
  },
  {
    name: 'the records of a key take any lane',
    file: READER,
    find: "hash('md5', partitionKey, 'buffer').readUInt32BE() % this.#lanes.length",
    replace: 'Math.trunc(performance.now() * 1_000) % this.#lanes.length',
    proofs: [ofMapping('the records of one key in order')],
  },
  {
    name: 'a shard counts as finished though its records are not settled',
    file: READER,
    find: 'await Promise.all(running);',
    replace: '',
    proofs: [ofMapping('counts a closed shard as finished')],
  },
  {
    name: 'the shards that a split made are read before their parent has ended',
    file: MAPPING,
    find: ' && !unread.has(ParentShardId)',
    replace: '',
    proofs: [ofMapping('before the shard they came from has ended')],
  },
  {
    name: 'the shard that a merge made is read before its second parent has ended',
    file: MAPPING,
    find: ' && !unread.has(AdjacentParentShardId)',
    replace: '',
    proofs: [ofMapping('before the second of its parents has ended')],
  },
  {
    name: 'a checkpoint is not written',
    file: 'local/mapping/checkpoints.ts',
    find: 'shards.set(shardId, checkpoint);\n      isDirty = true;',
    replace: 'shards.set(shardId, checkpoint);',
    proofs: [unit('local/mapping/checkpoints')],
  },
  {
    name: 'changes of a table are put on its stream by several requests at once',
    file: 'local/emulators/table-changes.ts',
    find: 'this.#last.catch(() => {}).then(',
    replace: 'Promise.resolve().then(',
    proofs: [unit('local/emulators/change-order')],
  },
  {
    name: 'a server takes the Host of somebody else',
    file: FOREIGN,
    find: 'if (!isOwn(nameOf(host), own))',
    replace: "if (host === '')",
    proofs: [unit('local/refuse-foreign')],
  },
  {
    name: 'a server takes requests of pages elsewhere',
    file: FOREIGN,
    find: 'origin !== undefined && origin',
    replace: "origin === '' && origin",
    proofs: [unit('local/refuse-foreign')],
  },
  {
    name: 'a server grants what the emulator behind it grants to every page',
    file: FOREIGN,
    find: 'delete request.headers.origin;',
    replace: '',
    proofs: [unit('local/refuse-foreign')],
  },
];

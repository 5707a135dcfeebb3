import type { Mutant } from './mutant.ts';
import { soak, unit } from './proofs.ts';

const KEY_ORDER = 'client/producer/key-order.ts';
const PRODUCER = 'client/producer/producer.ts';
const ANSWERS = 'client/producer/answers.ts';
const CHECKPOINT = 'client/kept/checkpoint.ts';
const SPOOL = 'client/kept/spool.ts';
const ATOMIC = 'client/kept/atomic-file.ts';

const ofProducer = unit('client/producer/producer-properties');
const ofDisk = unit('client/kept/power-loss');

/** Faults of the client: producer, spool and checkpoint. */
export const CLIENT_MUTANTS: readonly Mutant[] = [
  {
    name: 'the events of a key do not wait for each other',
    file: KEY_ORDER,
    find: 'return waiting === undefined;',
    replace: 'return true;',
    proofs: [ofProducer],
  },
  {
    name: 'the event that waits for its key is dropped',
    file: KEY_ORDER,
    find: 'if (next) return [next];',
    replace: 'if (next) return [];',
    proofs: [ofProducer, soak('duplicates')],
  },
  {
    name: 'the events of a record that is taken apart go out all at once',
    file: KEY_ORDER,
    find: 'return items.filter((item) => first.get(item.partitionKey) === item);',
    replace: 'return [...items];',
    proofs: [ofProducer, unit('client/producer/key-order')],
  },
  {
    name: 'misplaced events of an aggregated record count as sent',
    file: ANSWERS,
    find: 'const isMoved = from.shardId !== undefined && from.shardId !== reply.shardId;',
    replace: 'const isMoved = false;',
    proofs: [ofProducer, unit('client/producer/producer')],
  },
  {
    name: 'misplaced events are not sent again',
    file: ANSWERS,
    find: 'if (isMoved) settlement.misplaced(',
    replace: 'if (isMoved) void (',
    proofs: [ofProducer],
  },
  {
    name: 'what a failed request carried is not sent again',
    file: PRODUCER,
    find: 'for (const [index, parcel] of parcels.entries()) this.#settlement.sendAgain(parcel, lanes[index]!, lanes[index]!);',
    replace: '',
    proofs: [ofProducer, soak('resets,errors')],
  },
  {
    name: 'a refused record counts as sent',
    file: ANSWERS,
    find: "if ('refused' in reply) {",
    replace: "if ('refused' in reply && reply.refused === '') {",
    proofs: [ofProducer, soak('partial')],
  },
  {
    name: 'a request without an answer is waited for as long as the patience lasts',
    file: 'client/producer/timed-requests.ts',
    find: 'const timeoutMs = ',
    replace: 'const timeoutMs = patience.left(sentAt); void ',
    proofs: [ofProducer],
  },
  {
    name: 'the time of a request does not grow where there was no answer in it',
    file: 'client/producer/request-time.ts',
    find: 'this.#factor *= 2;',
    replace: '',
    proofs: [unit('client/producer/request-time')],
  },
  {
    name: 'a small request that is fast takes back the time that a large one needs',
    file: 'client/producer/request-time.ts',
    find: 'if (2 * bytesInFlight >= this.#slowBytes)',
    replace: 'if (true)',
    proofs: [unit('client/producer/request-time')],
  },
  {
    name: 'a record that failed for another reason than the rate stops those behind it',
    file: ANSWERS,
    find: 'else lane.failed(now, restAfter);',
    replace: 'else lane.refused(sentAt, now, restAfter);',
    proofs: [ofProducer, unit('client/producer/settlement')],
  },
  {
    name: 'what failed is put off again by each later failure',
    file: 'client/producer/shard-lane.ts',
    find: 'if (now >= this.#failedRestUntil) this.#failedRestUntil',
    replace: 'this.#failedRestUntil',
    proofs: [unit('client/producer/shard-lanes')],
  },
  {
    name: 'credentials are not read again',
    file: 'aws/read-credentials-again.ts',
    find: '{ forceRefresh: true }',
    replace: '{ forceRefresh: false }',
    proofs: [unit('client/transport')],
  },
  {
    name: 'a client leaves the connections to the SDK',
    file: 'aws/client.ts',
    find: '    requestHandler,\n    // The chain',
    replace: '    // The chain',
    proofs: [unit('aws/client')],
  },
  {
    name: 'connections that wait stay open where one has failed',
    file: 'aws/keeping-handler.ts',
    find: 'socket.destroy();',
    replace: 'void socket;',
    proofs: [unit('aws/client')],
  },
  {
    name: 'the whole source is read before Kinesis has answered once',
    file: 'client/reading.ts',
    find: 'await this.#firstAnswer();',
    replace: '',
    proofs: [unit('client/delivery')],
  },
  {
    name: 'an event that was not delivered counts as done for the checkpoint',
    file: 'client/kept/kept-files.ts',
    find: "if (isKept || status === 'sent') checkpoint?.done(event);",
    replace: 'checkpoint?.done(event);',
    proofs: [unit('client/delivery')],
  },
  {
    name: 'a live source begins anew, whatever its checkpoint says',
    file: 'client/kept/source-checkpoint.ts',
    find: 'return saved.place;',
    replace: 'return undefined;',
    proofs: [soak('live-kill'), unit('client/resuming', 'where it was killed, without a gap')],
  },
  {
    name: 'one refusal ends a live source that has worked',
    file: 'client/sources/reconnecting.ts',
    find: 'if (remedy !== undefined && !hasWorked) throw',
    replace: 'if (remedy !== undefined) throw',
    proofs: [soak('live-refused')],
  },
  {
    name: 'the checkpoint stands at what was read, not at what is settled',
    file: CHECKPOINT,
    find: 'return this.#undone.size === 0 ? this.#readTo : first;',
    replace: 'return first ? this.#readTo : this.#readTo;',
    proofs: [soak('client-kill'), unit('client/kept/checkpoint')],
  },
  {
    name: 'the checkpoint is written though the spool is not on the disk',
    file: CHECKPOINT,
    find: 'if (!beforeSave()) return undefined;',
    replace: 'beforeSave();',
    proofs: [unit('client/kept/checkpoint')],
  },
  {
    name: 'the checkpoint is not written atomically',
    file: CHECKPOINT,
    find: 'await writeAtomically(path, content, { makeFolders: false });',
    replace: "await (await import('node:fs/promises')).writeFile(path, content);",
    proofs: [ofDisk],
  },
  {
    name: 'an atomic write is not synced',
    file: ATOMIC,
    find: 'await file.sync();',
    replace: '',
    proofs: [ofDisk],
  },
  {
    name: 'an atomic write writes into the file itself',
    file: ATOMIC,
    find: 'const temporary = ',
    replace: 'const temporary = path; void ',
    proofs: [ofDisk],
  },
  {
    name: 'the folder of an atomic write is not synced',
    file: ATOMIC,
    find: '  syncFolder(folder);',
    replace: '',
    proofs: [ofDisk],
  },
  {
    name: 'the names of new folders are not synced',
    file: ATOMIC,
    find: 'if (made === undefined) return;',
    replace: 'return;',
    proofs: [unit('local/mapping/power-loss')],
  },
  {
    name: 'the spool is not synced',
    file: SPOOL,
    find: 'fsyncSync(this.#open.fd);',
    replace: '',
    proofs: [ofDisk],
  },
  {
    name: 'the spool goes on after a failure',
    file: SPOOL,
    find: 'if (this.error) return false;',
    replace: '',
    proofs: [unit('client/kept/spool')],
  },
  {
    name: 'the spool keeps a torn line',
    file: SPOOL,
    find: 'if (fstatSync(fd).size === size + written) ftruncateSync(fd, size);',
    replace: '',
    proofs: [unit('client/kept/spool')],
  },
  {
    name: 'the spool appends to a last line that has no end',
    file: SPOOL,
    find: 'last[0] === LF ? line',
    replace: 'true ? line',
    proofs: [unit('client/kept/spool')],
  },
  {
    name: 'the spool says that it is on the disk after a failed sync',
    file: SPOOL,
    find: 'if (this.#isUnsure) return false;',
    replace: '',
    proofs: [unit('client/kept/spool')],
  },
];

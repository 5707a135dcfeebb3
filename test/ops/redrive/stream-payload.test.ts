import { type GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { payloadReader } from '../../../ops/redrive/stream-payload.ts';
import { bytes } from '../../support/events.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** An answer of GetRecords: the sequence number of its record, if it has one, and how far behind the tip of the shard it is. */
type Answer = [sequenceNumber: string | undefined, behind: number];

const readerOf = (send: (command: object) => Promise<object>, clock: ManualClock, isLocal = false) =>
  payloadReader({
    kinesis: { send } as Pick<KinesisClient, 'send'>,
    retry: (call, signal) => call(signal),
    isLocal,
    clock,
  });

/** Reads the payload of the record 7. The emulator never answers without a record where more follow. */
const read = async (answers: Answer[], error?: Error) => {
  let calls = 0;
  const send = async (command: object): Promise<object> => {
    if (command instanceof GetShardIteratorCommand) {
      if (error) throw error;
      return { ShardIterator: '0' };
    }
    calls += 1;
    const place = Number((command as GetRecordsCommand).input.ShardIterator);
    const [SequenceNumber, MillisBehindLatest] = answers[place]!;
    const Records = SequenceNumber === undefined ? [] : [{ SequenceNumber, Data: bytes(`record ${SequenceNumber}`) }];
    return { Records, MillisBehindLatest, NextShardIterator: String(place + 1) };
  };
  const clock = new ManualClock();
  const reader = readerOf(send, clock);
  const position = { stream: 's', shardId: 'a', sequenceNumber: '7' };
  const found = await clock.advanceUntil(reader(position, new AbortController().signal));
  return { found: found && Buffer.from(found).toString(), calls };
};

const named = (name: string): Error => Object.assign(new Error('no'), { name });

describe('the payload that lies on the stream alone', () => {
  it('is looked for behind answers without a record, as long as more follow', async () => {
    const answers: Answer[] = [
      [undefined, 900],
      [undefined, 500],
      ['7', 0],
    ];
    expect(await read(answers)).to.deep.equal({ found: 'record 7', calls: 3 });
  });

  it('has expired where another record comes, where none follows, or where none comes for long', async () => {
    expect(await read([['8', 500]])).to.deep.equal({ found: undefined, calls: 1 });
    expect(await read([[undefined, 0]])).to.deep.equal({ found: undefined, calls: 1 });
    const never = Array.from({ length: 30 }, (): Answer => [undefined, 500]);
    expect(await read(never)).to.deep.equal({ found: undefined, calls: 25 });
  });

  for (const [where, isLocal, expected] of [
    ['four times and 1 MB a second, which leaves room for the function', false, [0, 250, 500, 1_000]],
    ['at once where the stream is on this machine', true, [0, 0, 0, 0]],
  ] as const)
    it(`is read ${where}`, async () => {
      const clock = new ManualClock();
      const asked: number[] = [];
      const sizes = [1_000, 1_000, 512 * 1024, 1_000];
      const send = async (command: object): Promise<object> => {
        if (command instanceof GetShardIteratorCommand) return { ShardIterator: command.input.StartingSequenceNumber };
        asked.push(clock.now());
        const SequenceNumber = (command as GetRecordsCommand).input.ShardIterator!;
        return { Records: [{ SequenceNumber, Data: new Uint8Array(sizes[Number(SequenceNumber)]!) }] };
      };
      const reader = readerOf(send, clock, isLocal);
      for (const index of sizes.keys()) {
        const position = { stream: 's', shardId: 'a', sequenceNumber: String(index) };
        await clock.advanceUntil(reader(position, new AbortController().signal));
      }
      expect(asked).to.deep.equal(expected);
    });

  it('is not on a stream that does not know its number, which is not said of any other failure', async () => {
    expect(await read([], named('InvalidArgumentException'))).to.deep.equal({ found: undefined, calls: 0 });
    const error = await read([], named('AccessDeniedException')).catch((caught: Error) => caught.name);
    expect(error).to.equal('AccessDeniedException');
  });
});

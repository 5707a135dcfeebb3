import { type GetRecordsCommand, GetShardIteratorCommand, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { type ReadOptions, readStreamRange } from '../../../ops/redrive/stream-records.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/**
 * An answer of GetRecords: when its records arrived, and how far behind the tip of the shard it is, in milliseconds; or that the
 * iterator has expired.
 */
type Answer = [arrived: number[], behind: number] | 'expired';

/** A Kinesis whose answers say how far behind they are. Those of the emulators do not. */
class FakeKinesis {
  readonly clock = new ManualClock();
  /** When each GetRecords came. */
  readonly asked: number[] = [];
  /** Shards that are begun and not at their ends. */
  readonly open = new Set<string>();
  mostOpen = 0;
  /** Which shards were begun and which had ended, in this order. */
  readonly log: string[] = [];
  /** Of each record. */
  bytes = 0;
  /** From where iterators were asked for. */
  readonly positions: (string | number)[] = [];
  /** Shards of which all records expired after they were listed. */
  readonly gone = new Set<string>();
  /** Shards that a reshard closed. */
  readonly closed = new Set<string>();
  readonly #shards: Readonly<Record<string, Answer[]>>;
  readonly #merged: Readonly<Record<string, [parent: string, adjacent: string]>>;

  /** @param merged the shards that others were made of */
  constructor(
    shards: Readonly<Record<string, Answer[]>>,
    merged: Readonly<Record<string, [parent: string, adjacent: string]>> = {},
  ) {
    this.#shards = shards;
    this.#merged = merged;
  }

  readonly #send = async (command: object): Promise<object> => {
    if (command instanceof ListShardsCommand)
      return {
        Shards: Object.keys(this.#shards).map((ShardId) => {
          const [ParentShardId, AdjacentParentShardId] = this.#merged[ShardId] ?? [];
          const ending = this.closed.has(ShardId) && { EndingSequenceNumber: '9' };
          const SequenceNumberRange = { StartingSequenceNumber: '0', ...ending };
          return { ShardId, ParentShardId, AdjacentParentShardId, SequenceNumberRange };
        }),
      };
    if (command instanceof GetShardIteratorCommand) {
      const { ShardId, StartingSequenceNumber, Timestamp } = command.input;
      if (this.gone.has(ShardId!)) throw Object.assign(new Error('gone'), { name: 'ResourceNotFoundException' });
      this.positions.push(StartingSequenceNumber ?? Timestamp?.getTime() ?? 'the first');
      // One whose iterator has expired goes on with the next answer.
      if (this.open.has(ShardId!)) return { ShardIterator: `${ShardId} ${this.asked.length}` };
      this.log.push(`begin ${ShardId}`);
      this.open.add(command.input.ShardId!);
      this.mostOpen = Math.max(this.mostOpen, this.open.size);
      return { ShardIterator: `${command.input.ShardId} 0` };
    }
    const [shardId = '', place] = (command as GetRecordsCommand).input.ShardIterator!.split(' ');
    this.asked.push(this.clock.now());
    const answer = this.#shards[shardId]![Number(place)]!;
    if (answer === 'expired') throw Object.assign(new Error(answer), { name: 'ExpiredIteratorException' });
    const [arrived, behind] = answer;
    return {
      Records: arrived.map((time, index) => ({
        SequenceNumber: `${place}${index}`,
        Data: new Uint8Array(this.bytes),
        ApproximateArrivalTimestamp: new Date(time),
      })),
      NextShardIterator: `${shardId} ${Number(place) + 1}`,
      MillisBehindLatest: behind,
    };
  };

  /** Reads from 100 to 1,000 ms. @returns when the records that were found had arrived */
  readonly read = (isLocal = false): Promise<number[]> => {
    const options: ReadOptions = {
      range: { stream: 's', since: 100, until: 1_000 },
      kinesis: { send: this.#send } as ReadOptions['kinesis'],
      isLocal,
      retry: (call, signal) => call(signal),
      clock: this.clock,
      isOwn: () => false,
      onShards: () => {},
      onEnd: (shardId) => {
        this.log.push(`end ${shardId}`);
        this.open.delete(shardId);
      },
    };
    const all = async (): Promise<number[]> => {
      const found: number[] = [];
      for await (const { records } of readStreamRange(options, new AbortController().signal))
        found.push(...records.map(({ ApproximateArrivalTimestamp }) => ApproximateArrivalTimestamp!.getTime()));
      return found;
    };
    return this.clock.advanceUntil(all());
  };
}

describe('the records of a range of a stream', () => {
  it('are read on behind an answer that has none, as long as more of them follow', async () => {
    const answers: Answer[] = [
      [[200], 800],
      [[], 700],
      [[300], 0],
      [[], 0],
    ];
    expect(await new FakeKinesis({ a: answers }).read()).to.deep.equal([200, 300]);
  });

  it('are all behind the first of them, and those that arrived before others of a later time', async () => {
    const answers: Answer[] = [
      [[50, 100, 90], 500],
      [[1_000], 400],
      [[999, 60_999], 300],
      [[998, 61_000], 200],
    ];
    const kinesis = new FakeKinesis({ a: answers });
    expect(await kinesis.read()).to.deep.equal([100, 90, 999, 998]);
    // A stream that never ends is not read on for ever.
    expect(kinesis.asked).to.have.length(4);
  });

  it('are read on behind the last of them where an iterator has expired, or from the start of the range', async () => {
    const kinesis = new FakeKinesis({ a: ['expired', [[200, 201], 500], 'expired', [[300], 0], [[], 0]] });
    expect(await kinesis.read()).to.deep.equal([200, 201, 300]);
    expect(kinesis.positions).to.deep.equal([100, 100, '11']);
  });

  it('are those of the other shards where a closed one expires meanwhile', async () => {
    const kinesis = new FakeKinesis(
      {
        a: [],
        b: [
          [[200], 0],
          [[], 0],
        ],
      },
      { b: ['a', 'a'] },
    );
    kinesis.gone.add('a');
    const error = await kinesis.read().catch((thrown: Error) => thrown);
    expect(error).to.have.property('name', 'ResourceNotFoundException');
    kinesis.closed.add('a');
    expect(await kinesis.read()).to.deep.equal([200]);
  });

  it('end where the tip of the shard is beyond the range', async () => {
    expect(await new FakeKinesis({ a: [[[200, 1_000], 0]] }).read()).to.deep.equal([200]);
  });

  it('are asked for four times a second, which leaves a read for the function', async () => {
    const answers = Array.from({ length: 4 }, (_, index): Answer => [[], 3 - index]);
    const kinesis = new FakeKinesis({ a: answers });
    await kinesis.read();
    expect(kinesis.asked).to.deep.equal([0, 250, 500, 750]);
  });

  it('are asked for at once where they are on this machine, as long as there are any', async () => {
    const answers: Answer[] = [
      [[200], 0],
      [[300], 0],
      [[], 5],
      [[], 0],
    ];
    const kinesis = new FakeKinesis({ a: answers });
    expect(await kinesis.read(true)).to.deep.equal([200, 300]);
    expect(kinesis.asked).to.deep.equal([0, 0, 0, 250]);
  });

  it('are at most 1 MB a second of a shard, which leaves as much for the function', async () => {
    const kinesis = new FakeKinesis({
      a: [
        [[200, 201], 3],
        [[202], 2],
        [[203], 1],
        [[], 0],
      ],
    });
    kinesis.bytes = 512 * 1024;
    await kinesis.read();
    expect(kinesis.asked).to.deep.equal([0, 1_000, 1_500, 2_000]);
  });

  it('are those of eight shards at once', async () => {
    const shards = Array.from({ length: 20 }, (_, index): [string, Answer[]] => [
      `shard${index}`,
      [
        [[200 + index], 0],
        [[], 0],
      ],
    ]);
    const kinesis = new FakeKinesis(Object.fromEntries(shards));
    expect(await kinesis.read()).to.have.members(shards.map((_, index) => 200 + index));
    expect(kinesis.mostOpen).to.equal(8);
  });

  for (const [first, last] of [
    ['parent', 'adjacent'],
    ['adjacent', 'parent'],
  ] as const)
    it(`are those of a merged shard only when its ${last} shard has ended too, which ends after the other one`, async () => {
      const shards: Record<string, Answer[]> = {
        [first]: [[[], 0]],
        [last]: [
          [[200], 100],
          [[], 0],
        ],
        merged: [
          [[300], 100],
          [[], 0],
        ],
      };
      const kinesis = new FakeKinesis(shards, { merged: ['parent', 'adjacent'] });
      expect(await kinesis.read()).to.deep.equal([200, 300]);
      expect(kinesis.log.slice(2)).to.deep.equal([`end ${first}`, `end ${last}`, 'begin merged', 'end merged']);
    });
});

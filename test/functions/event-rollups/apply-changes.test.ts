import type { DynamoDBRecord } from 'aws-lambda';
import { expect } from 'chai';
import type { EventData } from '../../../core/event-data.ts';
import type { Rollup } from '../../../core/processor.ts';
import { type PartKey, storedKey } from '../../../core/rollups/keys.ts';
import { type Part, padded } from '../../../core/rollups/part.ts';
import { type Applied, applyChanges } from '../../../functions/event-rollups/apply-changes.ts';
import { answer, readDelivery } from '../../../functions/event-rollups/delivery.ts';
import type { PartStore } from '../../../functions/event-rollups/part-store.ts';
import { type ChangeOf, changeNumber, changeRecord, changesEvent, shardId } from '../../support/change-event.ts';

const row = (Type: string, Id = '1', Timestamp = '2026-11-20T12:34:56.000Z'): EventData => ({
  Username: 'u',
  Id,
  Timestamp,
  Type,
});

const BY_TYPE: Rollup = {
  name: 'types',
  every: 'minute',
  of: ({ Type }) => {
    if (Type === 'secret') throw new TypeError('the secret of a customer');
    return { group: Type };
  },
};

/** A table of rollups that keeps count of what is asked of it. */
class CountingStore implements PartStore {
  readonly parts = new Map<string, Part>();
  readonly requests: string[] = [];
  /** Is called before a write. */
  onWrite = (_key: PartKey): void => {};

  read = async (keys: readonly PartKey[]): Promise<(Part | undefined)[]> => {
    this.requests.push(`read ${keys.length}`);
    return keys.map((key) => this.parts.get(storedKey(key).sort));
  };

  write = async (key: PartKey, part: Part, seen: Part | undefined): Promise<boolean> => {
    this.requests.push(`write ${key.group}`);
    this.onWrite(key);
    const id = storedKey(key).sort;
    if (this.parts.get(id)?.through !== seen?.through) return false;
    this.parts.set(id, part);
    return true;
  };

  counts(): Record<string, number> {
    return Object.fromEntries([...this.parts].map(([sort, { count }]) => [sort.split('#')[0]!, count]));
  }
}

describe('applyChanges', () => {
  let store: CountingStore;
  beforeEach(() => {
    store = new CountingStore();
  });

  const apply = (
    changes: readonly (ChangeOf | DynamoDBRecord)[],
    { rollups = [BY_TYPE], isOver = () => false }: { rollups?: Rollup[]; isOver?: () => boolean } = {},
  ): Promise<Applied> =>
    applyChanges(
      {
        records: changes.map((change, index) =>
          'eventName' in change ? change : changeRecord(change as ChangeOf, index),
        ),
        shard: shardId(0),
      },
      { rollups, store, deadline: { signal: new AbortController().signal, isOver }, concurrency: 4 },
    );

  it('reads each part that a batch touches once, and writes it once', async () => {
    const rows = ['a', 'b', 'a', 'a', 'c'].map((type, index) => ({ after: row(type, `${index}`) }));
    const { counts, errors } = await apply(rows);
    expect(store.requests).to.deep.equal(['read 3', 'write a', 'write b', 'write c']);
    expect(store.counts()).to.deep.equal({ a: 3, b: 1, c: 1 });
    expect(counts).to.deep.equal({
      changes: 5,
      partsWritten: 3,
      skipped: 0,
      conflicts: 0,
      refused: 0,
      unfinished: 0,
    });
    expect(errors).to.deep.equal([]);
  });

  it('reads at most 100 parts in a request', async () => {
    await apply(Array.from({ length: 250 }, (_, index) => ({ after: row(`type ${index}`, `${index}`) })));
    expect(store.requests.filter((request) => request.startsWith('read'))).to.deep.equal([
      'read 100',
      'read 100',
      'read 50',
    ]);
  });

  it('writes nothing for a batch that comes again', async () => {
    const batch = [{ after: row('a', '1') }, { after: row('b', '2') }];
    await apply(batch);
    store.requests.length = 0;
    const { counts } = await apply(batch);
    expect(store.requests).to.deep.equal(['read 2']);
    expect(counts).to.include({ skipped: 2, partsWritten: 0 });
  });

  it('reads a part again that another write changed meanwhile', async () => {
    await apply([{ after: row('a', '1') }]);
    store.onWrite = () => {
      store.onWrite = () => {};
      const [id, part] = [...store.parts][0]!;
      // The last write of a function that died applied the second change already.
      store.parts.set(id, { ...part, count: 2, through: padded(changeNumber(1)) });
    };
    const { counts } = await apply([{ after: row('a', '1') }, { after: row('a', '2') }, { after: row('a', '3') }]);
    expect(counts).to.include({ conflicts: 1, partsWritten: 1, skipped: 2, unfinished: 0 });
    expect(store.counts()).to.deep.equal({ a: 3 });
  });

  it('moves a corrected row, takes out a deleted one, and keeps one whose time is over', async () => {
    await apply([
      { after: row('a', '1') },
      { after: row('a', '2') },
      { after: row('a', '3') },
      { before: row('a', '1'), after: row('b', '1') },
      { before: row('a', '2') },
      { before: row('a', '3'), isExpiry: true },
    ]);
    expect(store.counts()).to.deep.equal({ a: 1, b: 1 });
  });

  it('takes a deletion by a user of the same name for what it is', async () => {
    const record = changeRecord({ before: row('a') }, 1);
    record.userIdentity = { type: 'IAMUser', principalId: 'dynamodb.amazonaws.com' };
    await apply([{ after: row('a') }, record]);
    expect(store.counts()).to.deep.equal({ a: 0 });
  });

  it('goes on after a row that a rollup refuses, counts it, and says why without quoting it', async () => {
    const { counts, errors } = await apply([
      { after: row('a', '1') },
      { after: row('secret', '2') },
      { after: row('a', '3') },
    ]);
    expect(counts).to.include({ refused: 1, unfinished: 0 });
    expect(errors).to.deep.equal(['InvalidEventError: the rollup "types" threw TypeError']);
    expect(store.counts()).to.deep.equal({ a: 2 });
  });

  it('goes on after a part that is too large for an item, counts its rows, and says of which rollup it is', async () => {
    store.onWrite = ({ group }) => {
      if (group === 'a')
        throw Object.assign(new Error('Item size has exceeded the maximum allowed size'), {
          name: 'ValidationException',
        });
    };
    const { counts, errors } = await apply(['a', 'b', 'a'].map((type, index) => ({ after: row(type, `${index}`) })));
    expect(counts).to.include({ refused: 2, unfinished: 0, partsWritten: 1 });
    expect(errors).to.deep.equal([
      'a group of the rollup "types.1" has more values in a window than an item of 400 KB holds',
    ]);
    expect(store.counts()).to.deep.equal({ b: 1 });
  });

  it('goes on after an image that is not a row of EventData', async () => {
    const odd = changeRecord({ after: row('a') }, 0);
    odd.dynamodb!.NewImage = { Username: { S: 'u' }, Id: { S: '1' }, Tags: { SS: ['x'] } };
    const { counts, errors } = await apply([odd, { after: row('a', '2') }]);
    expect(counts).to.include({ refused: 1, unfinished: 0, partsWritten: 1 });
    expect(errors).to.deep.equal(['InvalidEventError: an attribute has the type SS']);
  });

  it('names the first change of a part that it could not write, and writes the others', async () => {
    store.onWrite = ({ group }) => {
      if (group === 'b') throw new Error('no answer');
    };
    const batch = ['a', 'a', 'b', 'c', 'b'].map((type, index) => ({ after: row(type, `${index}`) }));
    const { counts, firstUnfinished, errors } = await apply(batch);
    expect(firstUnfinished).to.equal(changeNumber(2));
    expect(counts).to.include({ unfinished: 3, partsWritten: 2 });
    expect(errors).to.deep.equal(['Error: no answer']);
    store.onWrite = () => {};
    expect(await apply(batch)).to.not.have.property('firstUnfinished');
    expect(store.counts()).to.deep.equal({ a: 2, b: 2, c: 1 });
  });

  it('names the first change where nothing can be read', async () => {
    store.read = () => Promise.reject(new Error('no answer'));
    const { firstUnfinished } = await apply([{ after: row('a') }]);
    expect(firstUnfinished).to.equal(changeNumber(0));
  });

  it('does nothing where there are no rollups', async () => {
    await apply([{ after: row('a') }], { rollups: [] });
    expect(store.requests).to.deep.equal([]);
  });

  const without = (change: ChangeOf, name: 'NewImage' | 'OldImage' | 'SequenceNumber') => {
    const record = changeRecord(change, 0);
    delete record.dynamodb![name];
    return record;
  };
  const numbered = (SequenceNumber: string) => {
    const record = changeRecord({ after: row('a') }, 0);
    record.dynamodb!.SequenceNumber = SequenceNumber;
    return record;
  };
  const modified = { before: row('a'), after: row('b') };
  for (const [name, record, message] of [
    ['was added and lacks its image', without({ after: row('a') }, 'NewImage'), 'NEW_AND_OLD_IMAGES'],
    ['has the new image only', without(modified, 'OldImage'), 'NEW_AND_OLD_IMAGES'],
    ['has the old image only', without(modified, 'NewImage'), 'NEW_AND_OLD_IMAGES'],
    ['was removed and lacks its image', without({ before: row('a') }, 'OldImage'), 'NEW_AND_OLD_IMAGES'],
    ['lacks a number', without({ after: row('a') }, 'SequenceNumber'), 'expected up to 40 digits'],
    ['has too long a number', numbered('1'.repeat(41)), 'expected up to 40 digits'],
    ['has a number that is none', numbered('12x'), 'expected up to 40 digits'],
  ] as const)
    it(`refuses a change that ${name}`, async () => {
      const error = await apply([record]).catch((reason) => reason);
      expect(error).to.be.an.instanceOf(TypeError);
      expect(error.message).to.include(message);
      expect(store.requests).to.deep.equal([]);
    });
});

describe('an invocation for changes', () => {
  it('is of one shard, and may have no records', () => {
    expect(readDelivery(changesEvent([]))).to.deep.equal({ records: [], shard: shardId(0) });
  });

  it('may have no list of records where a window ends, and is of a shard there too', () => {
    const last = { isFinalInvokeForWindow: true, shardId: 'shardId-1' };
    expect(readDelivery(last as never)).to.deep.equal({ records: [], shard: 'shardId-1' });
    expect(() => readDelivery({ isFinalInvokeForWindow: true } as never)).to.throw(TypeError, 'shardId');
  });

  for (const event of [undefined, null, 'text', {}, { Records: 'none' }, []])
    it(`is not ${JSON.stringify(event)}`, () => {
      expect(() => readDelivery(event as never)).to.throw(TypeError, 'the event has no Records');
    });

  for (const shard of [undefined, '', 7, 'a#b'])
    it(`is not for the shard ${JSON.stringify(shard)}`, () => {
      expect(() => readDelivery({ Records: [], shardId: shard as never })).to.throw(
        TypeError,
        'TumblingWindowInSeconds is not 0',
      );
    });

  it('is answered with a state, without which Lambda takes it for failed', () => {
    expect(answer(undefined)).to.deep.equal({ state: {}, batchItemFailures: [] });
    expect(answer('7')).to.deep.equal({ state: {}, batchItemFailures: [{ itemIdentifier: '7' }] });
  });
});

import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { failedBatches, type ObjectStore } from '../../../ops/redrive/failed-batches.ts';
import { readAhead } from '../../../ops/redrive/read-ahead.ts';
import { bytes } from '../../support/events.ts';
import { failedBatch } from './set-aside.ts';

async function* upTo(count: number) {
  for (let item = 0; item < count; item += 1) yield item;
}

/** Answers of which each waits for its turn. */
const answers = () => {
  const begun: number[] = [];
  const ends = new Map<number, (error?: Error) => void>();
  const read = (item: number): Promise<number> => {
    begun.push(item);
    return new Promise((resolve, reject) => ends.set(item, (error) => (error ? reject(error) : resolve(item))));
  };
  return { begun, ends, read };
};

const threeAtOnce = (underWay: readonly number[]): boolean => underWay.length >= 3;

describe('reading ahead', () => {
  it('asks for several items at once, and gives them in their order whichever is answered first', async () => {
    const { begun, ends, read } = answers();
    const found = readAhead(upTo(5), read, threeAtOnce);
    const first = found.next();
    while (begun.length < 3) await Promise.resolve();
    ends.get(2)!();
    ends.get(1)!();
    ends.get(0)!();
    expect((await first).value).to.equal(0);
    expect(begun).to.deep.equal([0, 1, 2]);
    expect((await found.next()).value).to.equal(1);
    expect((await found.next()).value).to.equal(2);
    expect(begun).to.deep.equal([0, 1, 2, 3, 4]);
    ends.get(4)!();
    ends.get(3)!();
    expect((await found.next()).value).to.equal(3);
    expect((await found.next()).value).to.equal(4);
    expect(await found.next()).to.deep.equal({ value: undefined, done: true });
  });

  it('fails where it is that item’s turn, after those before it', async () => {
    const { begun, ends, read } = answers();
    const found = readAhead(upTo(3), read, threeAtOnce);
    const first = found.next();
    while (begun.length < 3) await Promise.resolve();
    ends.get(1)!(new Error('the second'));
    ends.get(0)!();
    ends.get(2)!();
    expect((await first).value).to.equal(0);
    const failed = await found.next().catch((error: Error) => error.message);
    expect(failed).to.equal('the second');
  });
});

describe('failed batches', () => {
  const body = failedBatch([bytes('event')]);

  /** @returns how many objects of that size were asked for when the first of them was answered */
  const begunAtOnce = async (size: number): Promise<number> => {
    const { signal } = new AbortController();
    let begun = 0;
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const store: ObjectStore = {
      name: 'a bucket',
      permissions: '',
      where: '',
      list: async function* () {
        for await (const item of upTo(100)) yield { key: String(item), bytes: size };
      },
      read: async () => {
        begun += 1;
        signal.addEventListener('abort', () => {});
        // What would be asked for next has been by then.
        setImmediate(answer);
        await answered;
        return body;
      },
      remove: async () => {},
    };
    const entries = failedBatches(store).entries(signal)[Symbol.asyncIterator]();
    await entries.next();
    await entries.return?.();
    return begun;
  };

  it('are read many at once, so that an outage with thousands of small ones is not waited for one by one', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    expect(await begunAtOnce(1_000)).to.equal(16);
    await turn();
    process.off('warning', onWarning);
    // Node takes more than ten listeners for a leak.
    expect(warnings).to.deep.equal([]);
  });

  it('are read one after another where each is large, so that memory stays flat', async () => {
    expect(await begunAtOnce(3 * 1024 * 1024)).to.equal(3);
    expect(await begunAtOnce(9 * 1024 * 1024)).to.equal(1);
  });
});

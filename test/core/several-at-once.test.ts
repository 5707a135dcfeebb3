import { expect } from 'chai';
import { severalAtOnce } from '../../core/several-at-once.ts';

async function* upTo(count: number) {
  for (let item = 0; item < count; item += 1) yield item;
}

/** Work that is done when it is told. */
const told = () => {
  const begun: number[] = [];
  const ends = new Map<number, (error?: Error) => void>();
  const work = (item: number): Promise<number> => {
    begun.push(item);
    return new Promise((resolve, reject) => ends.set(item, (error) => (error ? reject(error) : resolve(item))));
  };
  return { begun, ends, work };
};

const threeAtOnce = (underWay: readonly number[]): boolean => underWay.length >= 3;

describe('severalAtOnce', () => {
  it('gives what became of items in their order, whichever is done first, and takes the next when there is room', async () => {
    const { begun, ends, work } = told();
    const found = severalAtOnce(upTo(5), work, threeAtOnce);
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
    const { begun, ends, work } = told();
    const found = severalAtOnce(upTo(3), work, threeAtOnce);
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

import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { inParallel } from '../../core/in-parallel.ts';

describe('inParallel', () => {
  /** Numbers from 0, and how many of them were made. */
  const counted = (length: number) => {
    const made: number[] = [];
    const items = (function* () {
      for (let item = 0; item < length; item += 1) {
        made.push(item);
        yield item;
      }
    })();
    return { items, made };
  };

  it('works on each item once, in their order, as many at once as there are workers', async () => {
    const done: number[] = [];
    let [atOnce, most] = [0, 0];
    await inParallel(3, counted(10).items, async (item) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      done.push(item);
      await turn();
      atOnce -= 1;
    });
    expect(done).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(most).to.equal(3);
  });

  it('makes an item only when a worker is free', async () => {
    const { items, made } = counted(10);
    const ahead: number[] = [];
    await inParallel(2, items, async (item) => {
      ahead.push(made.length - item);
      await turn();
    });
    expect(Math.max(...ahead)).to.be.at.most(2);
  });

  it('takes no more items once one has failed, and throws that', async () => {
    const { items, made } = counted(100);
    const working = inParallel(2, items, async (item) => {
      await turn();
      if (item === 3) throw new Error('the third');
    });
    const error = await working.catch((thrown: Error) => thrown);
    expect(error).to.have.property('message', 'the third');
    await turn();
    expect(made.length).to.be.at.most(6);
  });

  it('ends at once where there is nothing', async () => {
    await inParallel(5, [], () => Promise.reject(new Error('nothing to work on')));
  });
});

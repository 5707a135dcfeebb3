import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { newIds } from '../../../client/sources/recent-ids.ts';

describe('the ids of a stream', () => {
  it('are known again until as many others came as are remembered, and noted then', () => {
    const notes: object[] = [];
    const isNew = newIds(2, (note) => notes.push(note), 'X repeated the tweet');
    expect(['a', 'a', 'b', 'a', 'c', 'a', 'c'].map(isNew)).to.deep.equal([true, false, true, false, true, true, false]);
    expect(notes.at(-1)).to.deep.equal({ kind: 'repeat', message: 'X repeated the tweet "c"' });
  });

  it('take little memory, however long they are: a server may make each as long as its message', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heap = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const isNew = newIds(100, () => {}, 'X repeated the tweet');
    const before = heap();
    for (let id = 0; id < 100; id += 1) expect(isNew(`${'x'.repeat(500_000)}${id}`)).to.equal(true);
    expect(heap() - before).to.be.below(5_000_000);
    expect(isNew(`${'x'.repeat(500_000)}99`)).to.equal(false);
  });
});

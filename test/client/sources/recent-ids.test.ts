import { expect } from 'chai';
import { newIds } from '../../../client/sources/recent-ids.ts';

describe('the ids of a stream', () => {
  it('are known again until as many others came as are remembered, and noted then', () => {
    const notes: object[] = [];
    const isNew = newIds(2, (note) => notes.push(note), 'X repeated the tweet');
    expect(['a', 'a', 'b', 'a', 'c', 'a', 'c'].map(isNew)).to.deep.equal([true, false, true, false, true, true, false]);
    expect(notes.at(-1)).to.deep.equal({ kind: 'repeat', message: 'X repeated the tweet "c"' });
  });
});

import { expect } from 'chai';
import { RecentIds } from '../../../client/sources/recent-ids.ts';

describe('RecentIds', () => {
  it('knows an id again until as many others came as it holds', () => {
    const ids = new RecentIds(2);
    const added = ['a', 'a', 'b', 'a', 'c', 'a', 'c'].map((id) => ids.add(id));
    expect(added).to.deep.equal([true, false, true, false, true, true, false]);
  });
});

import type { IndexStatus } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { accessPathTo, type Selection } from '../../../ops/query/access-path.ts';
import { scanWarning } from '../../../ops/query/scan-warning.ts';

const index = (IndexStatus: IndexStatus, IndexName = 'ByType') => ({
  GlobalSecondaryIndexes: [{ IndexName, IndexStatus }],
});

describe('the access path of a query', () => {
  const cases: [name: string, selection: Selection, table: Parameters<typeof accessPathTo>[1], expected: string][] = [
    ['a Username', { username: 'u' }, {}, 'query exact'],
    ['a Username, a type and a time', { username: 'u', type: 't', since: 's' }, index('ACTIVE'), 'query filtered'],
    ['a type with the index', { type: 't' }, index('ACTIVE'), 'query exact ByType'],
    ['a type and a time with the index', { type: 't', since: 's' }, index('ACTIVE'), 'query exact ByType'],
    ['a type while the index is updated', { type: 't' }, index('UPDATING'), 'query exact ByType'],
    ['a type while the index is deleted', { type: 't' }, index('DELETING'), 'scan filtered'],
    ['a type while the index is being made', { type: 't' }, index('CREATING'), 'scan filtered'],
    ['a type with another index', { type: 't' }, index('ACTIVE', 'ByName'), 'scan filtered'],
    ['a type without an index', { type: 't' }, {}, 'scan filtered'],
    ['a time', { since: 's' }, index('ACTIVE'), 'scan filtered'],
    ['nothing', {}, {}, 'scan exact'],
  ];
  for (const [name, selection, table, expected] of cases)
    it(`for ${name} is a ${expected.split(' ')[0]}`, () => {
      const { kind, isExact, input } = accessPathTo(selection, table);
      expect([kind, isExact ? 'exact' : 'filtered', input.IndexName].filter(Boolean).join(' ')).to.equal(expected);
    });

  it('names the price of a scan by the size of the table', () => {
    const [warning] = scanWarning({ selection: {} }, { TableSizeBytes: 10_000_000, ItemCount: 12_345 });
    // Units of 4 KB, half of them for reads that may be a second old.
    expect(warning).to.contain('12,345 rows of 10 MB').and.to.contain('1,221 read units');
    const [uncounted] = scanWarning({ selection: {} }, { TableSizeBytes: 0, ItemCount: 0 });
    expect(uncounted).to.contain('has not counted').and.not.to.contain('read units');
    const [small] = scanWarning({ selection: {} }, { TableSizeBytes: 8_193, ItemCount: 1 });
    expect(small).to.contain('1 row of 9 KB').and.to.contain('2 read units');
    const [local] = scanWarning({ selection: {}, endpoint: 'http://127.0.0.1:8000' }, {});
    expect(local).to.contain('On this machine that costs nothing.');
  });

  it('says whether a scan ends early, and how to read less', () => {
    const [all, less] = scanWarning({ selection: { since: 's' } }, {});
    expect(all).to.contain('the whole table, in no order. ');
    expect(less).to.contain('--key USERNAME, or --type TYPE');
    const [some, lessOfType] = scanWarning({ selection: { type: 't' }, limit: 5 }, {});
    expect(some).to.contain('the whole table, in no order, until it has the rows that are asked for. ');
    expect(lessOfType).to.contain('TypeIndex=true').and.not.to.contain('--type');
  });

  it('does not ask for an index that DynamoDB is making', () => {
    const [, less] = scanWarning({ selection: { type: 't' } }, index('CREATING'));
    expect(less).to.contain('wait until').and.not.to.contain('deploy');
    const [, lessElsewhere] = scanWarning({ selection: { type: 't' } }, index('CREATING', 'ByName'));
    expect(lessElsewhere).to.contain('deploy with TypeIndex=true');
  });
});

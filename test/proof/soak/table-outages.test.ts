import { expect } from 'chai';
import { SERVER_ERRORS } from '../../../proof/soak/faults.ts';
import { TableOutages } from '../../../proof/soak/table-outages.ts';

describe('the outages of tables', () => {
  const outages = (tables: Record<string, string[]>) => {
    const heard: string[] = [];
    const all = new TableOutages({
      tables,
      error: SERVER_ERRORS[1],
      onOutage: (table) => heard.push(`${table} away`),
      onOver: (name) => heard.push(`${name} over`),
    });
    const plan = all.around(() => undefined);
    const isRefused = (...named: string[]): boolean =>
      plan({ operation: 'BatchWriteItem', entries: [], tables: named }, 0) !== undefined;
    return { all, heard, isRefused };
  };

  it('last until two invocations have met them and could not finish, one table of a function after the other', () => {
    const { all, heard, isRefused } = outages({ store: ['events', 'rejected'], count: ['rollups'] });
    expect(all.functions).to.deep.equal(['store', 'count']);
    expect([isRefused('events'), isRefused('rejected'), isRefused('another'), isRefused()]).to.deep.equal([
      ...[true, false, false, false],
    ]);
    all.unfinished('store');
    expect(isRefused('events')).to.equal(true);
    all.unfinished('store');
    expect([isRefused('events'), isRefused('events', 'rejected'), isRefused('rollups')]).to.deep.equal([
      ...[false, true, true],
    ]);
    all.unfinished('count');
    all.unfinished('store');
    expect([isRefused('rejected'), isRefused('rollups')]).to.deep.equal([true, true]);
    all.unfinished('store');
    all.unfinished('count');
    expect([isRefused('events', 'rejected'), isRefused('rollups'), all.functions]).to.deep.equal([false, false, []]);
    expect(heard).to.deep.equal(['events away', 'rejected away', 'rollups away', 'store over', 'count over']);
  });

  it('do not end by an invocation that failed for another reason', () => {
    const { all, isRefused } = outages({ store: ['events'] });
    for (let failures = 0; failures < 5; failures += 1) all.unfinished('store');
    expect(isRefused('events')).to.equal(true);
    for (let failures = 0; failures < 5; failures += 1) all.unfinished('store');
    expect(isRefused('events')).to.equal(true);
    all.unfinished('store');
    expect(isRefused('events')).to.equal(false);
  });

  it('refuse the first calls of redrive that name a table', () => {
    const { all } = outages({});
    const plan = all.aroundRedrive(() => undefined);
    const isRefused = (tables: string[]): boolean => plan({ operation: 'Scan', entries: [], tables }, 0) !== undefined;
    const refused = Array.from({ length: 10 }, () => isRefused(['rejected'])).filter(Boolean);
    expect(refused).to.have.length(6);
    expect(
      outages({}).all.aroundRedrive(() => undefined)({ operation: 'PutRecords', entries: [], tables: [] }, 0),
    ).to.equal(undefined);
  });
});

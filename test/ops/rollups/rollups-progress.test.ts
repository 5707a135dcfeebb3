import type { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { RollupsProgress, sizesOf } from '../../../ops/rollups/rollups-progress.ts';
import { TestServices } from '../../support/emulators.ts';
import { ManualClock } from '../../support/manual-clock.ts';

describe('the progress of a verification', () => {
  it('tells how long each table will take to read, and what is read again', () => {
    const clock = new ManualClock();
    const progress = new RollupsProgress({ rows: 1_000, rollups: undefined }, clock);
    progress.onVerifyStep({ reads: 'rollups' });
    clock.advance(10_000);
    progress.onItems(50);
    expect(progress.line()).to.equal('reading the rollups: 50 items, 5/s');
    progress.onVerifyStep({ reads: 'rows' });
    clock.advance(10_000);
    progress.onItems(250);
    expect(progress.line()).to.equal('reading EventData: 25 %, 30 s left, 250 rows');
    progress.onVerifyStep({ suspects: 2 });
    expect(progress.line()).to.equal('waiting for the change stream to catch up with 2 groups');
    progress.onVerifyStep({ reads: 'rows' });
    clock.advance(10_000);
    progress.onItems(500);
    expect(progress.line()).to.equal('reading EventData: 50 %, 10 s left, 500 rows');
  });
});

describe('the progress of a rebuild', () => {
  it('tells how many rows are written, and then how many of them the function has counted', () => {
    const clock = new ManualClock();
    const progress = new RollupsProgress({ rows: 1_000, rollups: 10 }, clock);
    for (const elapsedMs of [1, 10_000]) {
      progress.onRebuildStep({ rows: 100 });
      clock.advance(elapsedMs);
    }
    expect(progress.line()).to.equal('writing the rows of EventData: 20 %, 40 s left, 200 rows');
    progress.onRebuildStep({ problem: new Error('connect ECONNREFUSED') });
    expect(progress.line()).to.equal('trying again after Error: connect ECONNREFUSED, 200 rows so far');
    progress.onRebuildStep({ rows: 50 });
    expect(progress.line()).to.match(/^writing the rows of EventData: 25 %, .*, 250 rows$/);
    progress.onRebuildStep({ written: 800, counted: 400 });
    clock.advance(10_000);
    progress.onRebuildStep({ written: 800, counted: 600 });
    expect(progress.line()).to.equal('waiting for the change stream: 75 %, 10 s left, 600 rows');
    progress.onRebuildStep('settling');
    expect(progress.line()).to.equal('waiting for deletions to arrive');
    progress.onRebuildStep('correcting');
    expect(progress.line()).to.equal('correcting the rollups');
  });
});

describe('the sizes of the tables', () => {
  const services = new TestServices();
  before(() => services.start());
  after(() => services.stop());

  it('are unknown where a table cannot be described, or was never counted', async () => {
    const table = await services.createTable(['Username', 'Id']);
    const sizes = await sizesOf(services.dynamoDb, { table, eventData: 'elsewhere' });
    expect(sizes).to.deep.equal({ rows: undefined, rollups: undefined });
  });

  it('are those that DynamoDB has counted, each of its own table', async () => {
    const counted: Record<string, number> = { rows: 1_000, parts: 10 };
    const send = async ({ input }: DescribeTableCommand) => ({ Table: { ItemCount: counted[input.TableName!] } });
    const sizes = await sizesOf({ send } as never, { table: 'parts', eventData: 'rows' });
    expect(sizes).to.deep.equal({ rows: 1_000, rollups: 10 });
  });
});

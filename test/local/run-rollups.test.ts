import { DeleteItemCommand, PutItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { monotonicClock, systemClock } from '../../aws/system-clock.ts';
import { type Pipeline, startPipeline } from '../../local/pipeline.ts';
import { viewOfRows } from '../../local/rollup-views.ts';
import { rollupLines, rollupProblems } from '../../local/rollups-report.ts';
import { RunRollups } from '../../local/run-rollups.ts';
import { localStack, namesOf } from '../../local/stack.ts';
import { processorNamed } from '../../processors/index.ts';
import { TestServices } from '../support/emulators.ts';
import { cloudEvent } from '../support/events.ts';
import { Changes } from '../support/until.ts';

const never = new AbortController().signal;

describe('the rollups of a pipeline on one machine', () => {
  const services = new TestServices();
  let stacks = 0;
  let pipeline: Pipeline;
  let rollups: RunRollups;
  let stored: number;
  let progress: Changes;
  let problems: string[];

  const start = async (parameters: Record<string, string> = {}): Promise<void> => {
    stacks += 1;
    stored = 0;
    problems = [];
    progress = new Changes();
    rollups = new RunRollups(processorNamed('default').rollups!, monotonicClock, 60_000);
    pipeline = await startPipeline({
      ports: services.endpoints,
      stackName: `rollups-${stacks}`,
      // Nobody has to wait for it at the end.
      parameters: { RollupsBatchingWindowInSeconds: '300', ...parameters },
      functions: {
        DDBEventProcessor: {
          onSettled: ({ length }) => {
            stored += length;
            progress.changed();
          },
        },
        ...rollups.functionRun(() => {}),
      },
      onLog: () => {},
      onProblem: (problem) => problems.push(problem),
      clock: systemClock,
    });
  };
  before(() => services.start());
  after(() => services.stop());
  afterEach(() => pipeline.close());

  /** Puts events of two types and waits until they are stored. */
  const put = async (from: number, to: number, fields: object = {}): Promise<void> => {
    const Records = Array.from({ length: to - from }, (_, index) => {
      const event = cloudEvent({ id: `e-${from + index}`, type: index % 4 === 0 ? 'sale' : 'view', ...fields });
      return { PartitionKey: `${index}`, Data: Buffer.from(JSON.stringify(event)) };
    });
    const before = stored;
    await pipeline.kinesis.send(new PutRecordsCommand({ StreamName: pipeline.names.stream, Records }));
    await progress.untilEqual(() => stored, before + Records.length);
  };
  const rowsView = () => {
    const { dynamoDb: client, names } = pipeline;
    return viewOfRows({ client, table: names.eventDataTable, rollups: processorNamed('default').rollups! });
  };
  const result = async () => {
    await rollups.drained(pipeline, never);
    const found = await rollups.result(pipeline, await rowsView());
    if (!found) throw new Error('there are no rollups');
    return found;
  };
  const groups = async () =>
    Object.fromEntries([...(await result()).view.groups()].map(({ key, totals }) => [key.group, totals.count]));
  const oneOf = async (table: string) => {
    const { Items = [] } = await pipeline.dynamoDb.send(new ScanCommand({ TableName: table, Limit: 1 }));
    return Items[0]!;
  };

  it('equal the rows, also after rows were corrected and deleted', async () => {
    await start();
    await put(0, 40);
    expect(await groups()).to.deep.equal({ sale: 10, view: 30 });
    await put(0, 8, { type: 'refund' });
    const { eventDataTable } = pipeline.names;
    const { Username, Id, Type } = await oneOf(eventDataTable);
    await pipeline.dynamoDb.send(
      new DeleteItemCommand({ TableName: eventDataTable, Key: { Username: Username!, Id: Id! } }),
    );
    const expected: Record<string, number> = { sale: 8, view: 24, refund: 8 };
    expected[Type!.S!]! -= 1;
    expect(await groups()).to.deep.equal(expected);
    expect((await result()).verification).to.deep.equal({ groups: 3, differences: [], leftOut: [], refused: [] });
    expect(rollups.changes).to.equal(40 + 8 + 1);
    expect(problems).to.deep.equal([]);
  });

  it('do not equal them where a part was tampered with, or is of a row that is not there: each difference is named', async () => {
    await start();
    await put(0, 8);
    await rollups.drained(pipeline, never);
    const TableName = pipeline.names.rollupsTable!;
    const { Rollup, Part, ...part } = await oneOf(TableName);
    const [group = ''] = Part!.S!.split('#');
    const isCounted = (change: number): number => (group === 'sale' ? 2 : 6) + change;
    await pipeline.dynamoDb.send(
      new UpdateItemCommand({
        TableName,
        Key: { Rollup: Rollup!, Part: Part! },
        UpdateExpression: 'ADD #count :one',
        ExpressionAttributeNames: { '#count': 'Count' },
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }),
    );
    await pipeline.dynamoDb.send(
      new PutItemCommand({
        TableName,
        Item: { ...part, Rollup: { S: 'events.1#2026-01-01T00:00Z' }, Part: { S: 'x#s' } },
      }),
    );
    const found = await result();
    const window = Rollup!.S!.split('#')[1];
    expect(rollupProblems(found)).to.deep.equal([
      `the rollup events.1 in 2026-01-01T00:00Z, group x: the count is ${isCounted(0)}; the table makes 0`,
      `the rollup events.1 in ${window}, group ${group}: the count is ${isCounted(1)}; the table makes ${isCounted(0)}`,
    ]);
    expect(rollupLines(found, 60)[0]).to.equal('Rollups of EventData, which do not equal its rows:');
  });

  it('are not there where the template is told so', async () => {
    await start({ Rollups: 'false' });
    await put(0, 4);
    await rollups.drained(pipeline, never);
    expect(await rollups.result(pipeline, await rowsView())).to.equal(undefined);
    expect(pipeline.names).not.to.have.property('rollupsTable');
  });
});

describe('the rollups of a run', () => {
  it('are said to be stuck where no change is applied', async () => {
    const names = namesOf(localStack());
    const stuck = { names, caughtUp: () => new Promise<void>(() => {}) };
    const watched = new RunRollups([], { ...monotonicClock, now: jumping(1_000), sleep: async () => {} }, 5_000);
    const error = await watched.drained(stuck, never).then(
      () => undefined,
      ({ message }: Error) => message,
    );
    expect(error).to.equal('nothing has moved for 5 s, and changes of EventData are not in the rollups yet');
  });
});

/** A clock that has moved on at each look. */
const jumping = (ms: number) => {
  let now = 0;
  return () => {
    now += ms;
    return now;
  };
};

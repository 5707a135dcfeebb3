import { expect } from 'chai';
import { systemClock } from '../../../aws/system-clock.ts';
import type { EventData } from '../../../core/event-data.ts';
import { type METRICS, report } from '../../../functions/event-rollups/changes-report.ts';
import { readConfig } from '../../../functions/event-rollups/config.ts';
import { ROLLUPS_KEY } from '../../../functions/event-rollups/part-item.ts';
import { jsonLog } from '../../../functions/log.ts';
import { ConfigError } from '../../../functions/settings.ts';
import { bundleFunctions } from '../../../local/lambda/bundle.ts';
import { functionOptionsOf } from '../../../local/lambda/function-options.ts';
import { type LocalFunction, startFunction } from '../../../local/lambda/lambda.ts';
import { localStack } from '../../../local/stack.ts';
import { PROCESSORS } from '../../../processors/index.ts';
import { changeRecord, changesEvent, shardId } from '../../support/change-event.ts';
import { extract, formatErrors } from '../../support/embedded-metric-format.ts';
import { TestServices } from '../../support/emulators.ts';
import { only } from '../../support/only.ts';
import { Changes } from '../../support/until.ts';

const row = (Type: string, Id: string): EventData => ({
  Username: 'u',
  Id,
  Timestamp: '2026-11-20T12:34:56.000Z',
  Type,
});

describe('the handler of rollups, bundled and running', () => {
  const services = new TestServices();
  const closing: (() => unknown)[] = [];
  let table: string;
  let running: LocalFunction;
  let lines: string[];
  const logged = new Changes();

  before(async () => {
    await services.start();
    closing.push(() => services.stop());
    table = await services.createTable(ROLLUPS_KEY);
    const stack = localStack({}, 'demo');
    const { EventRollups } = await bundleFunctions(stack);
    const { environment, ...options } = functionOptionsOf('EventRollups', stack, services.endpoints);
    running = await startFunction({
      ...options,
      timeout: 900,
      environment: { ...environment, ROLLUPS_TABLE: table },
      bundle: EventRollups!,
      onLog: (line) => {
        lines.push(line);
        logged.changed();
      },
      clock: systemClock,
    });
    closing.push(() => running.close());
  });
  beforeEach(() => {
    lines = [];
  });
  after(async () => {
    for (let close = closing.pop(); close; close = closing.pop()) await close();
  });

  const counts = async (): Promise<Record<string, unknown>> =>
    Object.fromEntries((await services.rows(table)).map(({ Part, Count }) => [String(Part).split('#')[0], Count]));

  it('counts a batch once, however often it is delivered', async () => {
    const batch = changesEvent([
      changeRecord({ after: row('view', '1') }, 0),
      changeRecord({ after: row('sale', '2') }, 1),
      changeRecord({ before: row('view', '1'), after: row('sale', '1') }, 2),
    ]);
    for (const _ of [1, 2, 3])
      expect(await running.invoke(JSON.stringify(batch))).to.include({
        payload: '{"state":{},"batchItemFailures":[]}',
      });
    const expected = { view: 0, sale: 2 };
    expect(only(await counts(), expected)).to.deep.equal(expected);
  });

  it('counts each shard in a part of its own', async () => {
    await running.invoke(JSON.stringify(changesEvent([changeRecord({ after: row('two', '1') }, 9)], shardId(1))));
    // A lower number than the one before: shards count by themselves.
    await running.invoke(JSON.stringify(changesEvent([changeRecord({ after: row('two', '2') }, 5)], shardId(2))));
    const parts = (await services.rows(table)).filter(({ Part }) => String(Part).startsWith('two'));
    expect(parts.map(({ Part, Count }) => [Part, Count])).to.have.deep.members([
      [`two#${shardId(1)}`, 1],
      [`two#${shardId(2)}`, 1],
    ]);
  });

  it('writes as metrics what became of the changes', async () => {
    const odd = changeRecord({ after: row('odd', '8') }, 21);
    odd.dynamodb!.NewImage = { Type: { S: 'odd' } };
    const batch = changesEvent([changeRecord({ after: row('odd', '7') }, 20), odd]);
    const { requestId } = await running.invoke(JSON.stringify(batch));
    // The log goes its own way, besides the answer: this line may be on its way, and those of the invocations before too.
    const own = () => lines.filter((line) => JSON.parse(line).requestId === requestId);
    await logged.untilEqual(() => own().length, 1);
    expect(own().flatMap(formatErrors)).to.deep.equal([]);
    const found = Object.fromEntries(
      own()
        .flatMap(extract)
        .map(({ name, value }) => [name, value]),
    );
    expect(found).to.include({ changes: 2, partsWritten: 1, refused: 1 });
    expect(found.newestChangeMilliseconds).to.be.at.least(0);
    expect(found).to.not.have.any.keys('skipped', 'conflicts', 'unfinished', 'retries');
    const [line] = own().map((text) => JSON.parse(text));
    expect(line).to.include({ level: 'WARN', message: 'changes applied', shardId: shardId(0) });
  });

  it('answers the last invocation of a window, which has no changes', async () => {
    const last = { ...changesEvent([]), isFinalInvokeForWindow: true, window: {}, state: {} };
    expect(await running.invoke(JSON.stringify(last))).to.include({ payload: '{"state":{},"batchItemFailures":[]}' });
  });

  it('fails for an invocation that does not say of which shard it is', async () => {
    const answer = await running.invoke(JSON.stringify({ Records: [changeRecord({ after: row('a', '1') })] }));
    expect(answer).to.have.nested.property('error.errorType', 'TypeError');
  });
});

describe('the configuration of rollups', () => {
  it('is the table and the rollups of the processor', () => {
    expect(readConfig({ ROLLUPS_TABLE: 't', RETENTION_DAYS: '30' })).to.deep.equal({
      rollupsTable: 't',
      rollups: PROCESSORS.default!.rollups,
      logLevel: 'INFO',
      retentionDays: 30,
    });
    expect(readConfig({ ROLLUPS_TABLE: 't', RETENTION_DAYS: '0' })).to.not.have.property('retentionDays');
  });

  it('names every problem at once', () => {
    expect(() => readConfig({ RETENTION_DAYS: 'ten', PROCESSOR: 'nobody' })).to.throw(
      ConfigError,
      /ROLLUPS_TABLE is not set.*PROCESSOR cannot be used.*RETENTION_DAYS is "ten"/,
    );
  });
});

describe('the report of an invocation', () => {
  const lineOf = (changed: Partial<Record<keyof typeof METRICS, number>>): Record<string, unknown> => {
    const found: string[] = [];
    const counts = { changes: 3, partsWritten: 2, skipped: 0, conflicts: 0, refused: 0, unfinished: 0, ...changed };
    report(
      jsonLog('INFO', (line) => found.push(line), { now: () => 0 }),
      { counts, errors: counts.unfinished > 0 ? ['ThrottlingException: slow down'] : [] },
      {
        requestId: 'r',
        functionName: 'f',
        shard: shardId(0),
        records: [changeRecord({ after: row('a', '1') }, 0), changeRecord({ after: row('a', '2') }, 1)],
        retries: 1,
        started: new Date(1_795_178_099_500),
        ended: new Date(1_795_178_099_540),
        metricsNamespace: 'n',
      },
    );
    return JSON.parse(found[0]!);
  };

  it('says how old the changes are, and how long it took', () => {
    expect(lineOf({})).to.include({ level: 'INFO', newestChangeMilliseconds: 3_500, milliseconds: 40, retries: 1 });
  });

  it('is a warning where rows were refused, and an error where changes must come again', () => {
    expect(lineOf({ refused: 1 }))
      .to.include({ level: 'WARN' })
      .and.not.have.property('errors');
    expect(lineOf({ refused: 1, unfinished: 1 })).to.deep.include({
      level: 'ERROR',
      errors: ['ThrottlingException: slow down'],
    });
  });
});

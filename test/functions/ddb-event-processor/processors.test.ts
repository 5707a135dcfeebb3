import { expect } from 'chai';
import type { EventData } from '../../../core/event-data.ts';
import { InvalidEventError } from '../../../core/invalid-event.ts';
import type { Processor } from '../../../core/processor.ts';
import { anyObject } from '../../../core/shapes/any-object.ts';
import { eventDataTable } from '../../../functions/ddb-event-processor/event-data-table.ts';
import { type Processed, processBatch } from '../../../functions/ddb-event-processor/process-batch.ts';
import { putNewestRows } from '../../../functions/ddb-event-processor/put-newest-rows.ts';
import { putRows } from '../../../functions/ddb-event-processor/put-rows.ts';
import { rejectedEventsTable } from '../../../functions/ddb-event-processor/rejected-events-table.ts';
import { timeBudget } from '../../../functions/ddb-event-processor/time-budget.ts';
import type { RetryPolicy } from '../../../functions/retry-policy.ts';
import { type Fault, type FaultPlan, type FaultProxy, startFaultProxy } from '../../../proof/fault-proxy.ts';
import { batchCounts } from '../../support/counts.ts';
import { localDynamoDb, TestServices } from '../../support/emulators.ts';
import { bytes } from '../../support/events.ts';
import { kinesisEvent } from '../../support/kinesis-event.ts';
import { ManualClock } from '../../support/manual-clock.ts';

describe('a processor in the function', () => {
  const services = new TestServices();
  let tables: { events: string; rejected: string };
  const closing: (() => unknown)[] = [];

  before(() => services.start());
  after(() => services.stop());
  beforeEach(async () => {
    tables = { events: await services.createTable(['Username', 'Id']), rejected: await services.createTable(['Id']) };
  });
  afterEach(async () => {
    for (let close = closing.pop(); close; close = closing.pop()) await close();
  });

  /** Processes a batch of JSON values. */
  const deliver = async (
    processor: Omit<Processor, 'shapes'>,
    events: readonly object[],
    plan?: FaultPlan,
  ): Promise<Processed> => {
    const proxy: FaultProxy | undefined = plan && (await startFaultProxy(services.endpoints.dynamoDb, plan));
    const client = localDynamoDb(proxy?.endpoint ?? services.endpoints.dynamoDb);
    closing.push(
      () => client.destroy(),
      () => proxy?.close(),
    );
    const clock = new ManualClock();
    const policy: RetryPolicy = {
      backoff: { baseMs: 1, capMs: 5 },
      concurrency: 4,
      clock: { ...clock, now: () => clock.now(), sleep: async () => {}, random: () => 0 },
    };
    const budget = timeBudget(clock, 10_000);
    closing.push(() => budget.end());
    const put = processor.newest ? putNewestRows : putRows;
    return processBatch(kinesisEvent(events.map((event) => bytes(event))).Records, {
      processor: { shapes: [anyObject], ...processor },
      putEvents: put(client, eventDataTable(tables.events), policy),
      putRejected: putRows(client, rejectedEventsTable(tables.rejected), policy),
      calendar: { now: () => Date.parse('2026-11-21T10:00:00.000Z') },
      budget,
    });
  };

  const dataOf = (row: EventData): Record<string, unknown> => row.Data as Record<string, unknown>;

  it('may drop an event, set one aside, and make several rows of another: each has one outcome', async () => {
    const process = (row: EventData): EventData[] => {
      const { kind, terms } = dataOf(row);
      if (kind === 'bot') return [];
      if (kind === 'bad') throw new InvalidEventError('Refused', 'no terms');
      if (kind === 'fault') throw new TypeError('the secret of a customer');
      return (terms as string[]).map((term) => ({ ...row, Username: term }));
    };
    const { counts, reasons, unwritten } = await deliver({ process }, [
      { id: '1', terms: ['tea', 'rain', 'tram'] },
      { id: '2', kind: 'bot' },
      { id: '3', kind: 'bad' },
      { id: '4', kind: 'fault' },
      { id: '1', terms: ['tea'] },
    ]);
    expect(unwritten).to.deep.equal([]);
    expect(counts).to.deep.equal(
      batchCounts({ records: 5, events: 5, derived: 2, written: 2, dropped: 1, rejected: 2 }),
    );
    expect(reasons).to.deep.equal({ Refused: 1, ProcessorFailed: 1 });
    const keys = (await services.rows(tables.events)).map(({ Username, Id }) => `${Username}/${Id}`);
    expect(keys).to.have.members(['tea/1', 'rain/1', 'tram/1']);
    const details = (await services.rows(tables.rejected)).map(({ Detail }) => Detail);
    expect(details).to.have.members(['no terms', 'process threw TypeError']);
  });

  it('has each event set aside of which the table refuses any row, though it takes the others', async () => {
    const process = (row: EventData): EventData[] =>
      (dataOf(row).notes as string[]).map((Message, index) => ({
        ...row,
        Username: `row ${index}`,
        Message,
        Data: null,
      }));
    const large = 'x'.repeat(420_000);
    const { counts, reasons } = await deliver({ process }, [
      { id: '1', notes: [large, 'small'] },
      { id: '2', notes: ['small', large] },
    ]);
    expect(counts).to.deep.equal(batchCounts({ records: 2, events: 2, derived: 2, rejected: 2 }));
    expect(reasons).to.deep.equal({ TableRefused: 2 });
    expect(await services.rows(tables.events)).to.have.length(2);
    expect(await services.rows(tables.rejected)).to.have.length(2);
  });

  it('has each event delivered again of which any row is unwritten, though others are written', async () => {
    const process = (row: EventData): EventData[] => ['a', 'b', 'c'].map((Username) => ({ ...row, Username }));
    const denied: Fault = { kind: 'error', status: 400, type: 'AccessDeniedException' };
    const plan: FaultPlan = (_, index) => (index === 1 ? denied : undefined);
    const { counts, unwritten } = await deliver({ newest: true, process }, [{ id: '1' }], plan);
    expect(counts).to.deep.equal(batchCounts({ records: 1, events: 1, derived: 2, unwritten: 1 }));
    expect(unwritten).to.have.length(1);
    expect(await services.rows(tables.events)).to.have.length(2);
  });

  it('keeps the last of a key, though its time is before that of another', async () => {
    const process = (row: EventData): EventData => ({ ...row, Username: 'orders' });
    const { counts } = await deliver({ process }, [
      { id: '1', time: '2026-11-20T12:05:00Z', state: 'paid' },
      { id: '1', time: '2026-11-20T12:01:00Z', state: 'corrected' },
    ]);
    expect(counts).to.deep.equal(batchCounts({ records: 2, events: 2, written: 1, superseded: 1 }));
    const [row] = await services.rows(tables.events);
    expect(row?.Data).to.include({ state: 'corrected' });
  });

  it('counts messages of an envelope as dropped', async () => {
    const control = { messageType: 'CONTROL_MESSAGE', logEvents: [] };
    const { counts } = await deliver({}, [control]);
    expect(counts).to.deep.equal(batchCounts({ records: 1, events: 1, dropped: 1 }));
  });

  describe('that keeps the newest', () => {
    const NEWEST = { newest: true, process: (row: EventData) => ({ ...row, Username: 'orders' }) };
    const at = (id: string, minute: number, state: string): object => ({
      id,
      time: `2026-11-20T12:${String(minute).padStart(2, '0')}:00Z`,
      state,
    });
    const states = async (): Promise<Record<string, unknown>> =>
      Object.fromEntries(
        (await services.rows(tables.events)).map(({ Id, Data }) => [Id, (Data as { state: string }).state]),
      );

    it('leaves a newer row in the table as it is, whatever arrives last', async () => {
      await deliver(NEWEST, [at('a', 10, 'paid'), at('b', 10, 'paid')]);
      const { counts } = await deliver(NEWEST, [at('a', 5, 'created'), at('b', 20, 'shipped')]);
      expect(counts).to.deep.equal(batchCounts({ records: 2, events: 2, written: 1, stale: 1 }));
      expect(await states()).to.deep.equal({ a: 'paid', b: 'shipped' });
    });

    it('keeps the newest of a batch, and of two at the same time the one that arrived last', async () => {
      const { counts } = await deliver(NEWEST, [
        at('a', 20, 'shipped'),
        at('a', 10, 'paid'),
        at('b', 10, 'paid'),
        at('b', 10, 'packed'),
      ]);
      expect(counts).to.deep.equal(batchCounts({ records: 4, events: 4, written: 2, superseded: 2 }));
      expect(await states()).to.deep.equal({ a: 'shipped', b: 'packed' });
    });

    it('writes an event that is delivered again, so that a lost answer does no harm', async () => {
      const events = [at('a', 10, 'paid')];
      await deliver(NEWEST, events);
      const { counts } = await deliver(NEWEST, events);
      expect(counts).to.deep.equal(batchCounts({ records: 1, events: 1, written: 1 }));
    });

    it('tries again while the table throttles, and sets aside the row that it refuses', async () => {
      let requests = 0;
      const plan: FaultPlan = () => {
        requests += 1;
        return requests <= 3
          ? { kind: 'error', status: 400, type: 'ProvisionedThroughputExceededException' }
          : undefined;
      };
      const large = { ...at('c', 10, 'paid'), note: 'x'.repeat(420_000) };
      const { counts, retries, reasons } = await deliver(
        NEWEST,
        [at('a', 10, 'paid'), at('b', 10, 'paid'), large],
        plan,
      );
      expect(retries).to.equal(3);
      expect(reasons).to.deep.equal({ TableRefused: 1 });
      expect(counts).to.deep.equal(batchCounts({ records: 3, events: 3, written: 2, rejected: 1 }));
    });
  });
});

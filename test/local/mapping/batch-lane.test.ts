import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { INVOCATION_BYTES } from '../../../core/limits.ts';
import { Lane } from '../../../local/mapping/batch-lane.ts';
import { DEFAULT_SETTINGS } from '../../support/default-settings.ts';
import { gate } from '../../support/gate.ts';
import { asRead, kinesisEvent } from '../../support/kinesis-event.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const WINDOW = 300;

describe('a lane with a batching window', () => {
  let clock: ManualClock;
  let stop: AbortController;
  let lane: Lane;
  let running: Promise<void>;
  /** How many records each batch had. */
  let batches: number[];
  /** What an invocation waits for. */
  let invoked: Promise<void>;

  const start = (batchSize: number): void => {
    clock = new ManualClock();
    stop = new AbortController();
    batches = [];
    invoked = Promise.resolve();
    lane = new Lane({
      settings: { ...DEFAULT_SETTINGS, batchSize, maximumBatchingWindowInSeconds: WINDOW },
      invoke: async (payload) => {
        await invoked;
        batches.push(JSON.parse(payload).Records.length);
        return { payload: 'null', requestId: 'r' };
      },
      onFailure: async () => {},
      onSettled: () => {},
      onProblem: () => {},
      signal: stop.signal,
      clock,
    });
    running = lane.run();
  };
  afterEach(async () => {
    stop.abort();
    await running;
  });
  /** @param bytes of each record, by default what it takes */
  const push = async (count: number, bytes?: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) {
      const record = asRead(kinesisEvent([{ index }]).Records[0]!);
      lane.push({ ...record, bytes: bytes ?? record.bytes });
    }
    await turn();
  };

  it('delivers a batch as soon as it is full, and begins no window before the next record', async () => {
    start(10);
    await push(9);
    expect({ batches, windows: clock.sleepers }).to.deep.equal({ batches: [], windows: 1 });
    await push(1);
    expect({ batches, windows: clock.sleepers }).to.deep.equal({ batches: [10], windows: 0 });
    clock.advance(WINDOW * 1000);
    await push(1);
    expect({ batches, windows: clock.sleepers }).to.deep.equal({ batches: [10], windows: 1 });
    clock.advance(WINDOW * 1000);
    await turn();
    expect({ batches, windows: clock.sleepers }).to.deep.equal({ batches: [10, 1], windows: 0 });
    await push(11);
    clock.advance(WINDOW * 1000 - 1);
    await turn();
    expect({ batches, windows: clock.sleepers }).to.deep.equal({ batches: [10, 1, 10], windows: 1 });
  });

  it('waits for no record where a batch is one record', async () => {
    start(1);
    for (const expected of [[1], [1, 1], [1, 1, 1]]) {
      await push(1);
      expect({ batches, windows: clock.sleepers }).to.deep.equal({ batches: expected, windows: 0 });
    }
  });

  it('delivers a batch as soon as an invocation holds no more bytes', async () => {
    start(10);
    await push(1);
    await push(1, INVOCATION_BYTES);
    expect({ batches, windows: clock.sleepers }).to.deep.equal({ batches: [1, 1], windows: 0 });
  });

  it('delivers what it holds when it is flushed, and nothing where it holds nothing', async () => {
    start(2);
    await push(2);
    await lane.flush();
    await push(1);
    await lane.flush();
    await lane.flush();
    expect({ batches, windows: clock.sleepers }).to.deep.equal({ batches: [2, 1], windows: 0 });
  });

  it('is flushed when what is under way is settled', async () => {
    start(2);
    const { open, opened } = gate();
    invoked = opened;
    await push(2);
    const flushed = lane.flush().then(() => [...batches]);
    await turn();
    open();
    expect(await flushed).to.deep.equal([2]);
  });

  it('leaves no window behind when it is stopped', async () => {
    start(2);
    await push(1);
    stop.abort();
    expect({ batches, windows: clock.sleepers }).to.deep.equal({ batches: [], windows: 0 });
  });
});

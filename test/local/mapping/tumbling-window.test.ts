import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import type { Answer } from '../../../local/lambda/invocation.ts';
import { Lane } from '../../../local/mapping/batch-lane.ts';
import { type OpenWindow, TumblingWindow } from '../../../local/mapping/tumbling-window.ts';
import { DEFAULT_SETTINGS } from '../../support/default-settings.ts';
import { asRead, kinesisEvent } from '../../support/kinesis-event.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const MINUTE = 60_000;
/** A quarter of an hour begins here. */
const START = Date.parse('2026-11-20T12:30:00Z');
const ORIGIN = { shardId: 'shardId-000000000000', eventSourceARN: 'arn:aws:dynamodb:us-east-1:1:table/T/stream/S' };

type Invoked = ReturnType<TumblingWindow['fields']> & { Records: object[] };

describe('the tumbling windows of a shard', () => {
  let clock: ManualClock;
  let invoked: Invoked[];
  let stop: AbortController;
  let lane: Lane;
  let window: TumblingWindow;
  let running: Promise<void>;

  const start = (answer: (event: Invoked, index: number) => Answer = counting, open?: OpenWindow): void => {
    clock = new ManualClock(START);
    invoked = [];
    stop = new AbortController();
    window = new TumblingWindow(900, ORIGIN, open);
    lane = new Lane({
      settings: { ...DEFAULT_SETTINGS, reportBatchItemFailures: true, tumblingWindowInSeconds: 900 },
      window,
      invoke: async (payload) => {
        invoked.push(JSON.parse(payload));
        return { ...answer(invoked.at(-1)!, invoked.length - 1), requestId: 'r' };
      },
      onFailure: async () => {},
      onSettled: () => {},
      onProblem: () => {},
      signal: stop.signal,
      clock,
    });
    running = lane.run();
  };
  /** A function that counts the records of a window. */
  const counting = ({ state, Records }: Invoked): Answer => ({
    payload: JSON.stringify({ state: { count: ((state as { count?: number }).count ?? 0) + Records.length } }),
  });
  afterEach(async () => {
    stop.abort();
    await running;
  });
  const push = (...minutes: number[]): void => {
    for (const minute of minutes) {
      const { Records } = kinesisEvent([{ index: minute }]);
      lane.push({ ...asRead(Records[0]!), arrivedAt: START + minute * MINUTE });
    }
  };
  const seen = () =>
    invoked.map(({ Records, window, state, isFinalInvokeForWindow: isFinal }) =>
      [window.start.slice(11, 16), Records.length, (state as { count?: number }).count, isFinal].join(' '),
    );

  it('puts next to the records what Lambda does', async () => {
    start();
    push(1);
    await lane.flush();
    const [{ Records, ...fields }] = invoked as [Invoked];
    expect(Records).to.have.length(1);
    expect(fields).to.deep.equal({
      window: { start: '2026-11-20T12:30:00Z', end: '2026-11-20T12:45:00Z' },
      state: {},
      ...ORIGIN,
      isFinalInvokeForWindow: false,
      isWindowTerminatedEarly: false,
    });
  });

  it('hands on the state in a window, and ends it with an invocation without records before a later one', async () => {
    start();
    push(1, 2);
    await lane.flush();
    // The batch is cut where the window ends.
    push(14, 15, 16);
    await lane.flush();
    expect(seen()).to.deep.equal(['12:30 2  false', '12:30 1 2 false', '12:30 0 3 true', '12:45 2  false']);
  });

  it('ends a window when its time is over, once', async () => {
    start();
    push(1);
    await lane.flush();
    clock.advance(15 * MINUTE - 1);
    await turn();
    expect(seen()).to.deep.equal(['12:30 1  false']);
    clock.advance(1);
    await lane.flush();
    clock.advance(60 * MINUTE);
    await lane.flush();
    expect(seen()).to.deep.equal(['12:30 1  false', '12:30 0 1 true']);
  });

  it('ends the window when the shard ends', async () => {
    start();
    push(1);
    lane.end();
    await running;
    expect(seen()).to.deep.equal(['12:30 1  false', '12:30 0 1 true']);
  });

  it('goes on with the window of a checkpoint, and its state', async () => {
    start(counting, { start: START, state: { count: 40 } });
    push(1);
    await lane.flush();
    expect(seen()).to.deep.equal(['12:30 1 40 false']);
    expect(window.open).to.deep.equal({ start: START, state: { count: 41 } });
  });

  it('takes an answer without a state for a failure, and keeps the state before it', async () => {
    start((event, index) => (index === 1 ? { payload: '{"batchItemFailures":[]}' } : counting(event)));
    push(1);
    await lane.flush();
    push(2, 3);
    await clock.advanceUntil(lane.flush());
    expect(seen()).to.deep.equal(['12:30 1  false', '12:30 2 1 false', '12:30 2 1 false']);
  });

  it('brings nothing of a later window until the last invocation of the one before has succeeded', async () => {
    const crash: Answer = { error: { errorType: 'Error', errorMessage: 'crash' } };
    start((event, index) => (index === 1 || index === 2 ? crash : counting(event)));
    push(1);
    await lane.flush();
    push(16);
    await clock.advanceUntil(lane.flush());
    const final = '12:30 0 1 true';
    expect(seen()).to.deep.equal(['12:30 1  false', final, final, final, '12:45 1  false']);
  });
});

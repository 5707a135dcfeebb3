import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { lastWait } from '../../client/last-wait.ts';
import { ManualClock } from '../support/manual-clock.ts';

describe('the last wait', () => {
  let clock: ManualClock;
  let told: AbortController;
  let settled: number;
  beforeEach(() => {
    clock = new ManualClock();
    told = new AbortController();
    settled = 0;
  });
  const begin = () => lastWait({ drain: told.signal, settled: () => settled, clock });
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await turn();
  };

  it('begins once the client is told to stop, and goes on while events get on, as others may follow', async () => {
    const { signal } = begin();
    await pass(3_600_000);
    told.abort();
    for (; settled < 10; await pass(8_000)) settled += 1;
    await pass(7_999);
    expect(signal.aborted).to.equal(false);
    await pass(1);
    expect(signal.reason.message).to.equal('it took none for 8 s after the client was told to stop');
  });

  it('leaves nothing behind where all has arrived before', async () => {
    const { signal, end } = begin();
    told.abort();
    end();
    await pass(8_000);
    expect(signal.aborted).to.equal(false);
    expect(clock.sleepers).to.equal(0);
  });
});

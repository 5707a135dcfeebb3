import { expect } from 'chai';
import { type Interrupts, listenForInterrupts, STOP_SIGNALS } from '../../cli/interrupts.ts';

describe('listenForInterrupts', () => {
  let now = 0;
  let said: string[];
  let interrupts: Interrupts;
  beforeEach(() => {
    said = [];
    now = 1_000;
    interrupts = listenForInterrupts((line) => said.push(line), { now: () => now });
  });
  afterEach(() => interrupts.dispose());
  const state = () => [interrupts.drain.aborted, interrupts.stop.aborted];

  for (const signal of STOP_SIGNALS)
    it(`drains at the first ${signal} and stops at the second`, () => {
      process.emit(signal);
      expect(state()).to.deep.equal([true, false]);
      now += 1_000;
      process.emit(signal);
      expect(state()).to.deep.equal([true, true]);
      expect(said).to.deep.equal(['Stopping: delivering what was read. Ctrl-C again gives up at once.']);
    });

  it('hears Ctrl-C, a service manager, and a terminal that ends', () => {
    expect(STOP_SIGNALS).to.deep.equal(['SIGINT', 'SIGTERM', 'SIGHUP']);
  });

  it('takes a Ctrl-C that npm passes on a second time for the same one', () => {
    process.emit('SIGINT');
    now += 1;
    process.emit('SIGINT');
    expect(state()).to.deep.equal([true, false]);
  });
});

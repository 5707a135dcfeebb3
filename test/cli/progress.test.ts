import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  beginStep,
  type Extent,
  fitInto,
  type ProgressOptions,
  percentAndTimeLeft,
  progressOn,
} from '../../cli/progress.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** An output that remembers what was written, and passes for a terminal where it is told to. */
class FakeOutput extends Writable {
  text = '';
  readonly isTTY: boolean;
  columns: number;

  constructor(isTTY: boolean, columns = 80) {
    super();
    this.isTTY = isTTY;
    this.columns = columns;
  }

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  /** What a person sees: a line that is rewritten leaves only its last state. */
  get screen(): string[] {
    return this.text.split('\n').map((line) => line.split('\r\x1b[K').at(-1)!);
  }
}

const LINE = '1,234 sent, 456/s, 500 in flight, 12 retried, 3 refused';

describe('the progress', () => {
  let clock: ManualClock;
  beforeEach(() => {
    clock = new ManualClock(Date.UTC(2026, 10, 21, 12, 0, 0));
  });
  const on = (output: FakeOutput, options: ProgressOptions = { env: {} }) => progressOn(output, clock, options);

  describe('on a terminal', () => {
    it('is one line that is rewritten, at most ten times a second', () => {
      const output = new FakeOutput(true);
      const { show } = on(output);
      let asked = 0;
      for (let step = 0; step < 20; step += 1) {
        show(() => {
          asked += 1;
          return `${asked} sent`;
        });
        clock.advance(10);
      }
      expect(asked).to.equal(2);
      expect(output.screen).to.deep.equal(['2 sent']);
    });

    it('gives way to a line that stays, and goes without a trace', () => {
      const output = new FakeOutput(true);
      const { show, say, end } = on(output);
      show(() => LINE);
      say('the connection was lost');
      expect(output.screen).to.deep.equal(['the connection was lost', '']);
      clock.advance(1_000);
      show(() => LINE);
      expect(output.screen).to.deep.equal(['the connection was lost', LINE]);
      end();
      expect(output.screen).to.deep.equal(['the connection was lost', '']);
    });

    it('is as wide as the terminal, which may be resized', () => {
      const output = new FakeOutput(true, 30);
      const { show } = on(output);
      show(() => LINE);
      expect(output.screen).to.deep.equal(['1,234 sent, 456/s']);
      output.columns = 200;
      clock.advance(100);
      show(() => LINE);
      expect(output.screen).to.deep.equal([LINE]);
      output.columns = 0;
      clock.advance(100);
      show(() => `${LINE}, ${LINE}`);
      expect(output.screen[0]!.length).to.be.within(LINE.length, 79);
    });

    it('is renewed while nothing happens, until the work is done', async () => {
      const output = new FakeOutput(true);
      const started = clock.now();
      const line = () => `${(clock.now() - started) / 1_000} s`;
      let finish = (_: string): void => {};
      const work = () => new Promise<string>((resolve) => (finish = resolve));
      const done = on(output).during(line, work);
      for (const shown of ['0 s', '0.5 s', '1 s']) {
        expect(output.screen).to.deep.equal([shown]);
        clock.advance(500);
        await turn();
      }
      finish('found');
      expect(await done).to.equal('found');
      expect(output.screen).to.deep.equal(['']);
      expect(clock.sleepers).to.equal(0);
    });

    it('goes where the work fails, which stays an error', async () => {
      const output = new FakeOutput(true);
      const work = () => Promise.reject(new Error('no such table'));
      const failed = await on(output)
        .during(() => LINE, work)
        .catch((error: Error) => error.message);
      expect(failed).to.equal('no such table');
      expect(output.screen).to.deep.equal(['']);
    });

    it('is written as into a log where the terminal is dumb', () => {
      const output = new FakeOutput(true);
      const { show } = on(output, { env: { TERM: 'dumb' } });
      clock.advance(2_000);
      show(() => LINE);
      expect(output.text).to.equal(`${LINE}\n`);
    });
  });

  describe('in a log', () => {
    it('is a line after two seconds, and then one every ten, also where the clock is set back', () => {
      const output = new FakeOutput(false);
      const { show, end } = on(output);
      for (let second = 0; second <= 22; second += 0.5) {
        show(() => `after ${second} s`);
        clock.advance(500);
      }
      clock.advance(-3_600_000);
      for (const second of [23, 24]) show(() => `after ${second} s`);
      end();
      expect(output.text).to.equal('after 2 s\nafter 12 s\nafter 22 s\nafter 23 s\n');
    });

    it('is left out where the other lines tell enough', () => {
      const output = new FakeOutput(false);
      const { show, say } = on(output, { env: {}, isQuietInLog: true });
      clock.advance(60_000);
      show(() => LINE);
      say('a line');
      expect(output.text).to.equal('a line\n');
    });

    it('bears the time, and so do the lines between, where that is asked for', () => {
      const output = new FakeOutput(false);
      const { show, say } = on(output, { env: {}, hasTimes: true });
      say('Stopping');
      clock.advance(2_000);
      show(() => LINE);
      expect(output.text).to.equal(`2026-11-21T12:00:00Z Stopping\n2026-11-21T12:00:02Z ${LINE}\n`);
    });

    it('shows the control characters of what it is told as escapes', () => {
      const output = new FakeOutput(false);
      on(output).say('the server answered \u001b[2J\u0085');
      expect(output.text).to.equal('the server answered \\u001b[2J\\u0085\n');
    });

    it('is not cut, and has no escape code', () => {
      const output = new FakeOutput(false, 10);
      const { show, say, end } = on(output);
      clock.advance(2_000);
      show(() => LINE);
      say('a line');
      end();
      expect(output.text).to.equal(`${LINE}\na line\n`);
    });
  });
});

describe('fitInto', () => {
  it('leaves out the last parts, and cuts the first one alone', () => {
    expect(fitInto(LINE, LINE.length)).to.equal(LINE);
    expect(fitInto(LINE, LINE.length - 1)).to.equal('1,234 sent, 456/s, 500 in flight, 12 retried');
    expect(fitInto(LINE, 5)).to.equal('1,234');
  });

  it('never exceeds the columns, and always begins as the line does', () => {
    const parts = fc.array(fc.stringMatching(/^[0-9a-z ]{1,20}$/), { minLength: 1 });
    fc.assert(
      fc.property(parts, fc.nat(100), (texts, columns) => {
        const line = texts.join(', ');
        const fitting = fitInto(line, columns);
        return fitting.length <= columns && line.startsWith(fitting);
      }),
    );
  });
});

describe('percentAndTimeLeft', () => {
  const cases: [extent: Extent, elapsedMs: number, text: string][] = [
    [{ done: 0, total: 1_000 }, 5_000, '0 %'],
    [{ done: 429, total: 1_000 }, 500, '42 %'],
    [{ done: 9, total: 1_000 }, 9_000, '0 %'],
    [{ done: 10, total: 1_000 }, 9_000, '1 %, 15 min left'],
    [{ done: 9, total: 1_000 }, 10_000, '0 %, 18 min left'],
    [{ done: 250, total: 1_000 }, 60_000, '25 %, 3 min left'],
    [{ from: 500, done: 750, total: 1_000 }, 10_000, '75 %, 10 s left'],
    [{ done: 1_000, total: 1_000 }, 10_000, '100 %'],
    // A file that has grown since.
    [{ done: 1_200, total: 1_000 }, 10_000, '100 %'],
    [{ done: 0, total: 0 }, 10_000, '100 %'],
  ];
  it('is each whole percent at that many of a hundred', () => {
    for (let done = 0; done <= 100; done += 1)
      expect(percentAndTimeLeft({ done, total: 100 }, 0)).to.equal(`${done} %`);
  });

  for (const [extent, elapsedMs, text] of cases)
    it(`is ${text} at ${extent.done} of ${extent.total} after ${elapsedMs} ms`, () => {
      expect(percentAndTimeLeft(extent, elapsedMs)).to.equal(text);
    });
});

describe('a step', () => {
  const lineOf = (done: number, total?: number): string => {
    const clock = new ManualClock(77);
    const step = beginStep('reading EventData', clock, { unit: 'row', total });
    clock.advance(60_000);
    step.done += done;
    return step.line();
  };

  it('tells how long it will take where the end is known, and how fast it is elsewhere', () => {
    expect(lineOf(3_000, 12_000)).to.equal('reading EventData: 25 %, 3 min left, 3,000 rows');
    expect(lineOf(3_000)).to.equal('reading EventData: 3,000 rows, 50/s');
  });

  it('estimates from what this run has done', () => {
    const clock = new ManualClock();
    const step = beginStep('waiting', clock, { unit: 'row', total: 1_000, from: 500 });
    expect(step.line()).to.equal('waiting: 50 %, 500 rows');
    clock.advance(30_000);
    step.done = 750;
    expect(step.line()).to.equal('waiting: 75 %, 30 s left, 750 rows');
  });

  it('tells how fast it is where there were more than somebody estimated', () => {
    expect(lineOf(3_000, 2_999)).to.equal('reading EventData: 3,000 rows, 50/s');
  });
});

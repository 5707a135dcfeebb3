import { Writable } from 'node:stream';
import { expect } from 'chai';
import fc from 'fast-check';
import { fitInto, type ProgressOptions, percentAndTimeLeft, progressOn } from '../../cli/progress.ts';

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
  let now: number;
  beforeEach(() => {
    now = Date.UTC(2026, 10, 21, 12, 0, 0);
  });
  const on = (output: FakeOutput, options: ProgressOptions = { env: {} }) =>
    progressOn(output, { now: () => now }, options);

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
        now += 10;
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
      now += 1_000;
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
      now += 100;
      show(() => LINE);
      expect(output.screen).to.deep.equal([LINE]);
      output.columns = 0;
      now += 100;
      show(() => `${LINE}, ${LINE}`);
      expect(output.screen[0]!.length).to.be.within(LINE.length, 79);
    });

    it('is written as into a log where the terminal is dumb', () => {
      const output = new FakeOutput(true);
      const { show } = on(output, { env: { TERM: 'dumb' } });
      now += 2_000;
      show(() => LINE);
      expect(output.text).to.equal(`${LINE}\n`);
    });
  });

  describe('in a log', () => {
    it('is a line after two seconds, and then one every ten', () => {
      const output = new FakeOutput(false);
      const { show, end } = on(output);
      for (let second = 0; second <= 22; second += 0.5) {
        show(() => `after ${second} s`);
        now += 500;
      }
      end();
      expect(output.text).to.equal('after 2 s\nafter 12 s\nafter 22 s\n');
    });

    it('bears the time, and so do the lines between, where that is asked for', () => {
      const output = new FakeOutput(false);
      const { show, say } = on(output, { env: {}, hasTimes: true });
      say('Stopping');
      now += 2_000;
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
      now += 2_000;
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
  const cases: [file: Parameters<typeof percentAndTimeLeft>[0], elapsedMs: number, text: string][] = [
    [{ start: 0, readTo: 0, size: 1_000 }, 5_000, '0 %'],
    [{ start: 0, readTo: 429, size: 1_000 }, 500, '42 %'],
    [{ start: 0, readTo: 250, size: 1_000 }, 60_000, '25 %, 3 min left'],
    [{ start: 500, readTo: 750, size: 1_000 }, 10_000, '75 %, 10 s left'],
    [{ start: 0, readTo: 1_000, size: 1_000 }, 10_000, '100 %'],
    // A file that has grown since.
    [{ start: 0, readTo: 1_200, size: 1_000 }, 10_000, '100 %'],
  ];
  for (const [file, elapsedMs, text] of cases)
    it(`is ${text} at byte ${file.readTo} of ${file.size} after ${elapsedMs} ms`, () => {
      expect(percentAndTimeLeft(file, elapsedMs)).to.equal(text);
    });
});

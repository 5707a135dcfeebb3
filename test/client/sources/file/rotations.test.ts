import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { openCheckpoint } from '../../../../client/kept/source-checkpoint.ts';
import { fileSource } from '../../../../client/sources/file/file.ts';
import type { FileStart } from '../../../../client/sources/file/start.ts';
import { eventMaker } from '../../../../client/sources/file/to-event.ts';
import { emptyFolder } from '../../../support/empty-folder.ts';
import { textsOf } from '../../../support/file-source.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { RotatedLog, type Rotation } from '../../../support/rotated-log.ts';

/** `restart`: the client ends, and begins again after all steps that follow without a wait. */
type Act = 'write' | 'rotate' | 'rotate late' | 'restart' | 'set the clock back';

/**
 * Something that happens to the log while the reader waits for more lines (`sleep`), or while what it has read is being sent (`send`),
 * which may take long. It happens after so many of these waits.
 */
type Step = [act: Act, during: 'sleep' | 'send', waits: number];

/** Longer than it takes to read on through all files that are kept. */
const LAST_WAITS = 120;

/** A time that takes as long as a rotation or more. Milliseconds. */
const LONG_MS = 5_000;

/** The steps that are left, and the waits since the last of them. */
class Plot {
  readonly #left: Step[];
  #waits = 0;
  #idle = 0;

  constructor(steps: Step[]) {
    this.#left = steps;
  }

  get isOver(): boolean {
    return this.#left.length === 0 && this.#idle >= LAST_WAITS;
  }

  /** What happens during a wait: the next step, where it is due, and all that follow it without a wait. */
  actsOf(kind: Step[1]): Act[] {
    this.#idle = kind === 'send' ? 0 : this.#idle + 1;
    const [next] = this.#left;
    if (!next) return [];
    const [, during, waits] = next;
    if (during === kind) this.#waits += 1;
    if ((during !== kind || this.#waits < waits) && this.#idle < LAST_WAITS) return [];
    [this.#waits, this.#idle] = [0, 0];
    const others = this.#left.slice(1).findIndex((step) => step[2] > 0);
    return this.#left.splice(0, others < 0 ? this.#left.length : others + 1).map(([act]) => act);
  }
}

describe('a log that is rotated', () => {
  const folder = emptyFolder();

  /** Follows a log through all steps, to its end. */
  const play = async (rotation: Rotation, steps: readonly Step[]) => {
    await rm(folder, { recursive: true });
    await mkdir(folder);
    const path = join(folder, 'app.log');
    let time = Date.parse('2030-01-01');
    const now = (): number => {
      time += 1;
      return time;
    };
    const log = new RotatedLog(path, rotation, now);
    const sent: number[] = [];
    const problems: string[] = [];
    // The reader leaves a file only once there is a new one.
    const plot = new Plot([...steps, ['write', 'sleep', 1]]);
    let ended = new AbortController();

    const acts: Record<Act, () => Promise<void>> = {
      write: () => log.write(),
      rotate: () => log.rotate(),
      'rotate late': () => log.rotate(true),
      restart: async () => ended.abort(),
      'set the clock back': async () => {
        time -= 3 * 24 * 60 * 60_000;
      },
    };
    const wait = async (kind: 'sleep' | 'send'): Promise<void> => {
      if (kind === 'send') time += LONG_MS;
      for (const [index, act] of plot.actsOf(kind).entries()) {
        if (index > 0) time += LONG_MS;
        await acts[act]();
      }
      if (plot.isOver) ended.abort();
    };
    const clock = {
      now,
      random: () => 0,
      sleep: async (ms: number) => {
        time += ms;
        await wait('sleep');
      },
    };
    const settings = { source: 'file', file: path, checkpoint: join(folder, 'point'), follow: true } as const;
    const run = async (): Promise<void> => {
      ended = new AbortController();
      const { checkpoint, start } = await openCheckpoint(settings, {
        beforeSave: () => true,
        clock: new ManualClock(),
      });
      const context = {
        signal: ended.signal,
        clock,
        calendar: clock,
        note: ({ message }: { message: string }) => problems.push(message),
      };
      const toEvents = { ...eventMaker(), isWrapped: true };
      for await (const events of fileSource(path, context, { follow: true, toEvents, start: start as FileStart })) {
        sent.push(...textsOf(events).map(Number));
        for (const event of events) checkpoint.read(event, event.resume!);
        await wait('send');
        for (const event of events) checkpoint.done(event);
      }
      await checkpoint.close();
    };

    await log.write();
    do {
      await log.create();
      await run();
    } while (!plot.isOver);
    return { sent, problems, written: log.written.toSorted((a, b) => a - b), onDisk: await log.left() };
  };

  const shifted: Rotation = { by: 'rename', names: 'shifted', kept: 2, packs: false, creates: true };
  const whileSent = (...acts: Act[]): Step[] => acts.map((act, index): Step => [act, 'send', index === 0 ? 1 : 0]);
  const whileWaiting = (...acts: Act[]): Step[] => acts.map((act, index): Step => [act, 'sleep', index === 0 ? 1 : 0]);

  it('is read without a gap where the file that was being read is gone, and those after it are there', async () => {
    const steps = whileSent('rotate', 'write', 'rotate', 'write', 'rotate', 'write');
    const { sent, written } = await play(shifted, steps);
    expect(sent).to.deep.equal(written);
  });

  it('is read in the right order where its names shift while earlier files are read', async () => {
    const steps: Step[] = [
      ...whileSent('restart', 'write', 'rotate', 'write', 'rotate', 'write'),
      ...whileSent('rotate', 'write'),
      ...whileSent('rotate', 'write'),
    ];
    const { sent, written, problems } = await play({ ...shifted, kept: 9 }, steps);
    expect(sent).to.deep.equal(written);
    expect(problems).to.be.empty;
  });

  it('is read on where an earlier file is packed before its turn, and says so', async () => {
    const steps: Step[] = [
      ...whileSent('restart', 'write', 'rotate', 'write', 'rotate', 'write'),
      ...whileSent('rotate', 'write', 'rotate', 'write'),
    ];
    const { sent, written, problems } = await play({ ...shifted, packs: true }, steps);
    expect(sent).to.deep.equal(written.filter((line) => line !== 1000));
    expect(problems).to.have.length(1);
  });

  it('says so where files were removed that nobody could have seen', async () => {
    const steps = whileSent('rotate', 'write', 'rotate', 'write', 'rotate', 'write', 'rotate', 'write');
    const { sent, written, problems } = await play(shifted, steps);
    expect(sent).to.deep.equal(written.filter((line) => line !== 1000));
    expect(problems).to.have.length(1);
  });

  it('says so where a file came and went at a time of which nobody knows how long it was, as the clock was set back', async () => {
    const steps = whileWaiting('rotate', 'set the clock back', 'write', 'rotate', 'write');
    const { sent, written, problems } = await play({ ...shifted, kept: 0 }, steps);
    expect(sent).to.deep.equal(written.filter((line) => line !== 1000));
    expect(problems).to.have.length(1);
  });

  it('gives no warning where a file is removed or packed at once, and the reader was not behind', async () => {
    const steps: Step[] = [...whileWaiting('rotate'), ...whileWaiting('write')];
    for (const packs of [true, false])
      for (const creates of [true, false]) {
        const { sent, written, problems } = await play({ ...shifted, kept: 0, packs, creates }, steps);
        expect(sent).to.deep.equal(written);
        expect(problems).to.be.empty;
      }
  });

  it('loses no line that lies there, none without a warning, and sends none twice, however and whenever it is rotated', async () => {
    const rotation = fc.record<Rotation>({
      by: fc.constantFrom('rename', 'rename', 'copy'),
      names: fc.constantFrom('shifted', 'shifted', 'dated'),
      kept: fc.nat(4),
      packs: fc.boolean(),
      creates: fc.boolean(),
    });
    const act = fc.constantFrom<Act>('write', 'write', 'write', 'rotate', 'rotate', 'rotate late', 'restart');
    const waits = fc.oneof(fc.constant(0), fc.nat(2), fc.nat(40));
    const steps = fc.array(fc.tuple(act, fc.constantFrom<'sleep' | 'send'>('sleep', 'send'), waits), {
      minLength: 3,
      maxLength: 25,
    });
    await fc.assert(
      fc.asyncProperty(rotation, steps, async (how, all) => {
        const { sent, written, problems, onDisk } = await play(how, all);
        expect(sent).to.deep.equal([...new Set(sent)].toSorted((a, b) => a - b));
        expect(sent).to.include.members(onDisk);
        if (problems.length === 0) expect(sent).to.deep.equal(written);
      }),
      { seed: 31, numRuns: 8 },
    );
  });
});

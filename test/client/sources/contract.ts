import { randomBytes } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import type { Source, SourceContext, SourceNote } from '../../../client/sources/source.ts';
import { eachOf, firstOf } from '../../support/batches.ts';
import { gate } from '../../support/gate.ts';
import type { LoopbackServer } from '../../support/loopback-server.ts';
import { type Answer, settled, turns } from '../../support/scripted-server.ts';
import { SourceClock } from '../../support/source-clock.ts';

/** The timeouts of the sources under test, of lengths that no wait has. Milliseconds. */
export const IDLE_MS = 33_332;
export const HANDSHAKE_MS = 44_444;

const START = Date.parse('2026-11-21T12:00:00Z');

interface Fake extends LoopbackServer {
  /** How many requests for the stream there were. */
  connects: number;
}

/** A live source and the fake of its server, as the contract needs them. */
export interface LiveSource<F extends Fake, A extends Answer> {
  /** How the tests are headed. */
  name: string;
  start: () => Promise<F>;
  /** Adds answers to the next requests for the stream. */
  script: (fake: F, ...scripts: ((answer: A) => void | Promise<void>)[]) => void;
  accept: (answer: A) => void | Promise<void>;
  /** With the timeouts {@link IDLE_MS} and {@link HANDSHAKE_MS}. */
  open: (fake: F, context: SourceContext) => Source;
  /** The data of the event with this number, as the source gives it. */
  data: (nth: number, text: string) => string;
  /** The number of an event. */
  nthOf: (data: string) => number;
  /** The message that carries such data. */
  message: (data: string, nth: number) => Uint8Array;
  /** The bytes of such a message on the connection. */
  bytes: (message: Uint8Array) => Uint8Array;
  /** A message that is not an event. */
  notice: Uint8Array;
  /** A message that nobody understands. */
  garbage: Uint8Array;
  /** Lets the time pass that the server may be silent. */
  expireIdle: (clock: SourceClock) => Promise<void>;
  /** What the waits have of chance, from 0 up to 1. */
  chance: number;
  /** The waits after connections that bring something and end soon. */
  lostWaits: readonly number[];
  /** The waits where the server answers 503 from the start on. */
  errorWaits: readonly number[];
  /** Refusals in a row after which a source that has worked ends. */
  maxRefusals: number;
}

/** What each live source must hold. */
export const itIsALiveSource = <F extends Fake, A extends Answer>(live: LiveSource<F, A>): void => {
  describe(`the live source ${live.name}`, () => {
    let fake: F;
    let clock: SourceClock;
    let notes: SourceNote[];
    let stop: AbortController;

    beforeEach(async () => {
      fake = await live.start();
      clock = new SourceClock(0, IDLE_MS, IDLE_MS / 2, HANDSHAKE_MS);
      clock.chance = live.chance;
      notes = [];
      stop = new AbortController();
    });

    afterEach('leaves no connection, no timer and no listener behind', async function () {
      // A test that failed may still be reading.
      if (this.currentTest?.isFailed()) stop.abort();
      await fake.allClosed();
      await fake.stop();
      expect(clock.running).to.equal(0);
      for (const signal of clock.signals) expect(getEventListeners(signal, 'abort')).to.be.empty;
    });

    /** Somebody sets it forward or back by a day whenever it is looked at: no wait may depend on it. */
    let day = 0;
    const calendar = { now: () => START + (day++ % 3) * 86_400_000 };

    const open = (): Source =>
      live.open(fake, { signal: stop.signal, note: (note) => notes.push(note), clock, calendar });

    /** Reads `count` events and leaves. */
    const read = async (count: number): Promise<string[]> => (await firstOf(open(), count)).map(String);
    const readNumbers = async (count: number): Promise<number[]> => (await read(count)).map(live.nthOf);

    /** The same, with a pause after each of the first two. */
    const readSlowly = async (count: number): Promise<number[]> => {
      const found: number[] = [];
      for await (const { data } of eachOf(open())) {
        if (found.push(live.nthOf(Buffer.from(data).toString())) === count) break;
        if (found.length <= 2) await turns(100);
      }
      return found;
    };

    const told = (...kinds: SourceNote['kind'][]): string[] =>
      notes.filter(({ kind }) => kinds.includes(kind)).map(({ message }) => message);

    const dataOf = (nth: number): string => live.data(nth, `yolo 🦊👨‍👩‍👧 日本 ${'é'.repeat(nth % 50)}`);
    const messages = (...numbers: number[]): Uint8Array[] => numbers.map((nth) => live.message(dataOf(nth), nth));
    const range = (count: number): number[] => Array.from({ length: count }, (_, nth) => nth);

    type Script = (answer: A) => void | Promise<void>;
    const script = (...scripts: Script[]): void => live.script(fake, ...scripts);
    /** A stream that brings these events and stays open. */
    const bringing =
      (...numbers: number[]): Script =>
      async (answer) => {
        await live.accept(answer);
        await answer.send(...messages(...numbers));
      };
    const ending =
      (how: 'end' | 'cut' | 'reset', ...numbers: number[]): Script =>
      async (answer) => {
        await bringing(...numbers)(answer);
        answer[how]();
      };
    const refusing =
      (status: number): Script =>
      (answer) =>
        answer.refuse(status);
    const silent: Script = () => {};
    /** The script, and a promise for the time when it has run. */
    const noticed = (inner: Script): [Promise<void>, Script] => {
      const { open: resolve, opened: ran } = gate();
      const script: Script = async (answer) => {
        await inner(answer);
        resolve();
      };
      return [ran, script];
    };

    describe('delivers', () => {
      for (const sizes of [[1, 7, 13, 997, 1_021, 2, 4_093, 65_537], [3]])
        it(`every event once, its bytes unchanged, in order, in pieces of ${sizes.join(', ')} bytes`, async () => {
          const numbers = range(sizes.length > 1 ? 240 : 2);
          const bytes = Buffer.concat(messages(...numbers).map(live.bytes));
          script(async (answer) => {
            await live.accept(answer);
            for (let from = 0, i = 0; from < bytes.length; i += 1) {
              const to = from + sizes[i % sizes.length]!;
              await answer.write(bytes.subarray(from, to));
              from = to;
            }
          });
          expect(await read(numbers.length)).to.deep.equal(numbers.map(dataOf));
          expect(notes.map(({ kind }) => kind)).to.deep.equal(['connected']);
        });

      it('what is an event, and tells of a notice and of what it does not understand', async () => {
        script(async (answer) => {
          await bringing(1)(answer);
          await answer.send(live.notice, live.garbage, ...messages(2));
        });
        expect(await readNumbers(2)).to.deep.equal([1, 2]);
        expect(notes.map(({ kind }) => kind)).to.deep.equal(['connected', 'notice', 'unusable']);
      });

      for (const how of ['end', 'cut'] as const)
        it(`to a slow consumer all that had arrived before the ${how} of the stream`, async () => {
          script(ending(how, ...range(60)));
          expect(await readSlowly(60)).to.deep.equal(range(60));
        });

      it('no faster than its consumer takes: memory stays flat', async () => {
        const limit = 64 * 1024 * 1024;
        // Nothing that a compression makes small.
        const noise = randomBytes(60_000).toString('base64');
        let sent = 0;
        script(async (answer) => {
          await live.accept(answer);
          for (let nth = 0; sent < limit && !answer.socket.destroyed; nth += 1) {
            const message = live.message(live.data(nth, noise), nth);
            await answer.send(message);
            sent += message.length;
          }
        });
        for await (const _ of open()) {
          expect(await settled(() => sent)).to.be.within(1, limit / 4);
          break;
        }
      });
    });

    describe('connects again', () => {
      for (const how of ['end', 'cut', 'reset'] as const)
        it(`at once after the ${how} of a stream that worked`, async () => {
          script(ending(how, 1), bringing(2));
          expect(await readNumbers(2)).to.deep.equal([1, 2]);
          expect(clock.waits).to.deep.equal([0]);
          expect(notes.map(({ kind }) => kind)).to.deep.equal(['connected', 'retry', 'connected']);
          expect(told('retry')[0]).to.match(/(closed the connection|was lost)( \(.+\))?; trying again at once$/);
        });

      it('after a silence, once the silent connection is closed', async () => {
        let closed = Promise.resolve();
        let wasClosed = false;
        script(async (answer) => {
          closed = answer.closed.then(() => {
            wasClosed = true;
          });
          await bringing(1)(answer);
        });
        script(async (answer) => {
          await closed;
          await bringing(2)(answer);
        });
        const events = open()[Symbol.asyncIterator]();
        await events.next();
        const second = events.next();
        await live.expireIdle(clock);
        expect(live.nthOf(Buffer.from((await second).value[0].data).toString())).to.equal(2);
        expect(wasClosed).to.equal(true);
        expect(told('retry')[0]).to.match(/ sent nothing for 33\.332 s.*; trying again at once$/);
        await events.return?.();
      });

      it('after a handshake that is never answered', async () => {
        const [asked, never] = noticed(silent);
        script(never, bringing(1));
        const reading = readNumbers(1);
        await asked;
        await clock.expire(HANDSHAKE_MS);
        expect(await reading).to.deep.equal([1]);
        expect(told('retry')[0]).to.match(/ did not answer within 44\.444 s; trying again /);
      });

      it('and gives an event once, though the server repeats it, and tells', async () => {
        script(ending('cut', 1, 2), bringing(1, 2, 3));
        expect(await readNumbers(3)).to.deep.equal([1, 2, 3]);
        expect(told('repeat')).to.have.length(2);
      });

      it('after longer waits each time a connection does not last', async () => {
        const { lostWaits } = live;
        script(...range(lostWaits.length).map((nth) => ending('end', nth)), bringing(lostWaits.length));
        await read(lostWaits.length + 1);
        expect(clock.waits).to.deep.equal(lostWaits);
      });

      it('with waits that begin anew after a connection that lasted', async () => {
        script(ending('end', 0), ending('end', 1), ending('end', 2), ending('end', 3), bringing(4));
        for await (const { data } of eachOf(open())) {
          const nth = live.nthOf(Buffer.from(data).toString());
          if (nth === 2) clock.time += 60_000;
          if (nth === 4) break;
        }
        const [first, second] = live.lostWaits;
        expect(clock.waits).to.deep.equal([first, second, first, second]);
      });

      it('after longer waits each time the server is in trouble', async () => {
        script(...live.errorWaits.map(() => refusing(503)), bringing(1));
        expect(await readNumbers(1)).to.deep.equal([1]);
        expect(clock.waits).to.deep.equal(live.errorWaits);
        expect(told('retry')[0]).to.match(/ answered 503; trying again in /);
      });

      it('with one connection at a time', async () => {
        let open = 0;
        let most = 0;
        const counting =
          (inner: Script): Script =>
          async (answer) => {
            most = Math.max(most, ++open);
            void answer.closed.then(() => {
              open -= 1;
            });
            await inner(answer);
          };
        script(
          ...(['end', 'cut', 'reset'] as const).map((how, nth) => counting(ending(how, nth))),
          counting(bringing(3)),
        );
        expect(await readNumbers(4)).to.deep.equal([0, 1, 2, 3]);
        expect(most).to.equal(1);
      });
    });

    describe('that is refused', () => {
      const failing = async (): Promise<Error> => {
        const error = await read(99).catch((caught: unknown) => caught);
        expect(error).to.be.instanceOf(Error);
        return error as Error;
      };

      for (const status of [400, 401, 403, 404])
        it(`ends at once where it is by ${status}, and says what to do`, async () => {
          script(refusing(status));
          expect((await failing()).message).to.match(new RegExp(`answered ${status}; expected .+: .+`));
          expect(clock.waits).to.be.empty;
          expect(fake.connects).to.equal(1);
        });

      it('goes on once it has worked, as a proxy may have lost its backend for a moment', async () => {
        script(ending('end', 1), refusing(404), refusing(403), bringing(2));
        expect(await readNumbers(2)).to.deep.equal([1, 2]);
        const [, first, second] = clock.waits;
        expect(first).to.be.at.least(5_000);
        expect(second).to.be.greaterThan(first!);
      });

      it('ends where it brings nothing of use, and says what to do', async () => {
        script(async (answer) => {
          await live.accept(answer);
          await answer.send(...range(200).map(() => live.garbage));
        });
        expect((await failing()).message).to.match(/, the last of 100 messages of no use; expected .+: .+/);
        expect(told('unusable')).to.have.length(100);
        expect(fake.connects).to.equal(1);
      });

      it('goes on where something of use comes between, however much else there is in the end', async () => {
        script(async (answer) => {
          await live.accept(answer);
          for (const nth of [1, 2]) await answer.send(...range(99).map(() => live.garbage), ...messages(nth));
        });
        expect(await readNumbers(2)).to.deep.equal([1, 2]);
        expect(told('unusable')).to.have.length(198);
      });

      it('ends after several refusals in a row, once it has worked', async () => {
        script(ending('end', 1), refusing(404), refusing(503));
        script(...range(live.maxRefusals).map(() => refusing(404)));
        expect((await failing()).message).to.match(
          new RegExp(`answered 404, the last of ${live.maxRefusals} tries; expected `),
        );
        expect(fake.connects).to.equal(live.maxRefusals + 3);
      });
    });

    describe('that is stopped', () => {
      const phases: [phase: string, until: Script][] = [
        ['while it connects', silent],
        ['while it reads a silent stream', bringing()],
        [
          'while it reads half an event',
          async (answer) => {
            await live.accept(answer);
            await answer.write(live.bytes(messages(1)[0]!).subarray(0, 9));
          },
        ],
        ['while it reads why the server refuses', (answer) => answer.refuseInPart()],
      ];
      for (const [phase, until] of phases)
        it(`ends without an error ${phase}`, async () => {
          script(async (answer) => {
            await until(answer);
            await turns();
            stop.abort();
          });
          expect(await read(1)).to.be.empty;
          expect(told('retry')).to.be.empty;
          expect(fake.connects).to.equal(1);
        });

      it('ends without an error while it waits to connect again', async () => {
        script(refusing(503));
        let isOver: boolean | undefined;
        clock.onWait = (signal) => {
          stop.abort();
          isOver = signal?.aborted;
        };
        expect(await read(1)).to.be.empty;
        expect(isOver).to.equal(true);
        expect(fake.connects).to.equal(1);
      });

      it('connects to nobody where that was before it begins', async () => {
        stop.abort();
        expect(await read(1)).to.be.empty;
        expect(fake.connects).to.equal(0);
      });

      it('gives nothing more in the middle of a flood, and closes the connection though nobody reads', async () => {
        let closed: Promise<void> | undefined;
        script(async (answer) => {
          closed = answer.closed;
          await bringing(...range(2_000))(answer);
        });
        const found: unknown[] = [];
        for await (const event of open()) {
          found.push(event);
          stop.abort();
          await closed;
        }
        expect(found).to.have.length(1);
      });

      const left = { done: true, value: undefined };

      it('closes the connection where its consumer leaves while it waits', async () => {
        script(bringing(1));
        const events = open()[Symbol.asyncIterator]();
        await events.next();
        const pending = events.next();
        await events.return?.();
        expect(await pending).to.deep.equal(left);
      });

      it('closes the connection where its consumer leaves while it connects', async () => {
        const [asked, never] = noticed(silent);
        script(never);
        const events = open()[Symbol.asyncIterator]();
        const pending = events.next();
        await asked;
        await events.return?.();
        expect(await pending).to.deep.equal(left);
      });

      it('closes the connection where its consumer throws', async () => {
        script(bringing(...range(100)));
        const failed = new Error('no');
        const consume = async () => {
          for await (const _ of open()) throw failed;
        };
        expect(await consume().catch((caught: unknown) => caught)).to.equal(failed);
      });
    });

    it('counts no time as silence in which its consumer is slow', async () => {
      script(bringing(1, 2));
      for await (const _ of open()) {
        await turns();
        expect(clock.running).to.equal(0);
        break;
      }
    });
  });
};

import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { DisconnectedError, RefusedError } from '../../../client/sources/disconnected.ts';
import { jitteredWaits, reconnecting } from '../../../client/sources/reconnecting.ts';
import { SourceError, type SourceNote } from '../../../client/sources/source.ts';
import { SourceClock } from '../../support/source-clock.ts';

/** What one connection brings before it ends with an error. */
interface Script {
  brings?: readonly string[];
  /** Milliseconds. */
  lasts?: number;
  fails: unknown;
}

const lost = new DisconnectedError('the connection was lost');

/** Somebody may set it while a connection lasts. */
const UNSEEN = { now: () => expect.fail('a duration is measured by the calendar') };

describe('reconnecting', () => {
  let notes: SourceNote[];
  let clock: SourceClock;
  let connects: number;
  let stop: AbortController;

  beforeEach(() => {
    notes = [];
    clock = new SourceClock(1_000_000);
    clock.chance = 0.5;
    connects = 0;
    stop = new AbortController();
  });

  const note = (found: SourceNote) => notes.push(found);
  const messages = (scripts: readonly Script[]) =>
    reconnecting(
      async function* (): AsyncGenerator<string, never> {
        const { brings = [], lasts = 0, fails } = scripts[connects] ?? { fails: new Error('no script is left') };
        connects += 1;
        yield* brings;
        clock.time += lasts;
        throw fails;
      },
      { signal: stop.signal, note, clock, calendar: UNSEEN, waitAfter: jitteredWaits({ clock, note }) },
    );

  /** Reads until the end. @returns the error it ended with */
  const read = async (scripts: readonly Script[]): Promise<unknown> => {
    try {
      for await (const _ of messages(scripts));
    } catch (error) {
      return error;
    }
    throw new Error('expected an error');
  };
  const final = new Error('for good');

  it('waits longer each time, with jitter, up to a cap', async () => {
    const scripts = [
      { brings: ['a'], fails: lost },
      ...Array.from({ length: 7 }, () => ({ fails: lost })),
      { fails: final },
    ];
    await read(scripts);
    expect(clock.waits).to.deep.equal([0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(notes[1]?.message).to.equal('the connection was lost; trying again in 1 s');
  });

  it('waits before the second try where the first connection never was', async () => {
    await read([{ fails: lost }, { fails: final }]);
    expect(clock.waits).to.deep.equal([500]);
  });

  it('connects no more where it is stopped while it waits', async () => {
    const reason = new Error('stopped');
    clock.onWait = () => stop.abort(reason);
    expect(await read([{ fails: lost }, { fails: final }])).to.equal(reason);
    expect(connects).to.equal(1);
  });

  it('connects only when the wait is over', async () => {
    clock = new SourceClock(1_000_000, 500);
    clock.chance = 0.5;
    const reading = read([{ fails: lost }, { fails: final }]);
    await turn();
    expect(connects).to.equal(1);
    await clock.expire(500);
    await reading;
    expect(connects).to.equal(2);
  });

  it('waits at least as long as the server asks for', async () => {
    const busy = new DisconnectedError('busy', { retryAfterMs: 7_000 });
    await read([{ brings: ['a'], fails: busy }, { fails: final }]);
    expect(clock.waits).to.deep.equal([7_500]);
  });

  it('ends where it fails from the start on, and says what to do', async () => {
    const error = await read(Array.from({ length: 12 }, () => ({ fails: lost })));
    expect(error).to.be.instanceOf(SourceError).with.property('cause', lost);
    expect((error as Error).message).to.equal(
      'the connection was lost, the last of 10 tries; expected a connection: check the network, then start again',
    );
    expect(connects).to.equal(10);
  });

  const begun: [name: string, begin: Script][] = [
    ['brought something', { brings: ['a'], fails: lost }],
    ['lasted, though it was quiet', { lasts: 60_000, fails: lost }],
  ];
  for (const [name, begin] of begun)
    it(`never gives up after a connection that ${name}`, async () => {
      const scripts: Script[] = [begin, ...Array.from({ length: 20 }, () => ({ fails: lost })), { fails: final }];
      expect(await read(scripts)).to.equal(final);
    });

  const untrusted = { fails: new DisconnectedError('it has expired', { remedy: 'expected one that is trusted' }) };

  it('ends at once where the first connection would fail again, and says what to do', async () => {
    expect(await read([untrusted]))
      .to.be.instanceOf(SourceError)
      .with.property('message', 'it has expired; expected one that is trusted');
  });

  it('never gives up for a certificate after it has worked: the server may renew it', async () => {
    const often = Array.from({ length: 20 }, () => untrusted);
    expect(await read([{ brings: ['a'], fails: lost }, ...often, { fails: final }])).to.equal(final);
  });

  const refused = new RefusedError('it answered 404', { retryAfterMs: 5_000, remedy: 'expected a stream: look' });

  it('bears refusals after it has worked, and ends after several in a row', async () => {
    const works = { brings: ['a'], fails: lost };
    const nine = Array.from({ length: 9 }, () => ({ fails: refused }));
    const scripts = [works, ...nine, { fails: lost }, ...nine, works, ...nine, { fails: refused }];
    const error = await read(scripts);
    expect(connects).to.equal(scripts.length);
    expect(error)
      .to.be.instanceOf(SourceError)
      .with.property('message', 'it answered 404, the last of 10 tries; expected a stream: look');
    expect(clock.waits.slice(0, 3)).to.deep.equal([0, 6_000, 7_000]);
  });

  it('ends with the reason of an abort where a connection ends by it', async () => {
    const reason = new Error('stopped');
    const found: string[] = [];
    let error: unknown;
    try {
      for await (const message of messages([{ brings: ['a'], fails: lost }])) {
        found.push(message);
        stop.abort(reason);
      }
    } catch (caught) {
      error = caught;
    }
    expect([found, error]).to.deep.equal([['a'], reason]);
    expect(clock.waits).to.be.empty;
  });
});

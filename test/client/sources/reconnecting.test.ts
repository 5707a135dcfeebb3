import { expect } from 'chai';
import { DisconnectedError, type ReconnectOptions, reconnecting } from '../../../client/sources/reconnecting.ts';
import { SourceError, type SourceNote } from '../../../client/sources/source.ts';

/** What one connection brings before it ends with an error. */
interface Script {
  brings?: readonly string[];
  /** Milliseconds. */
  lasts?: number;
  fails: unknown;
}

const lost = new DisconnectedError('the connection was lost');

describe('reconnecting', () => {
  let notes: SourceNote[];
  let waits: number[];
  let connects: number;
  let closed: number;
  let now: number;
  let stop: AbortController;

  beforeEach(() => {
    notes = [];
    waits = [];
    connects = 0;
    closed = 0;
    now = 1_000_000;
    stop = new AbortController();
  });

  const messages = (scripts: readonly Script[], options: Partial<ReconnectOptions> = {}) =>
    reconnecting(
      async function* (): AsyncGenerator<string, never> {
        const { brings = [], lasts = 0, fails } = scripts[connects] ?? { fails: new Error('no script is left') };
        connects += 1;
        try {
          yield* brings;
          now += lasts;
          throw fails;
        } finally {
          closed += 1;
        }
      },
      {
        signal: stop.signal,
        note: (note) => notes.push(note),
        sleep: async (ms) => void waits.push(ms),
        random: () => 0.5,
        now: () => now,
        ...options,
      },
    );

  /** Reads until the end. @returns what came, and the error it ended with */
  const read = async (scripts: readonly Script[], options?: Partial<ReconnectOptions>) => {
    const found: string[] = [];
    try {
      for await (const message of messages(scripts, options)) found.push(message);
    } catch (error) {
      return { found, error };
    }
    throw new Error('expected an error');
  };
  const final = new Error('for good');

  it('goes on with the next connection, the first time at once', async () => {
    const { found, error } = await read([
      { brings: ['a', 'b'], fails: lost },
      { brings: ['c'], fails: final },
    ]);
    expect(found).to.deep.equal(['a', 'b', 'c']);
    expect(error).to.equal(final);
    expect(waits).to.deep.equal([0]);
    expect(notes).to.deep.equal([{ kind: 'retry', message: 'the connection was lost; trying again at once' }]);
  });

  it('waits longer each time, with jitter, up to a cap', async () => {
    const scripts = [
      { brings: ['a'], fails: lost },
      ...Array.from({ length: 5 }, () => ({ fails: lost })),
      { fails: final },
    ];
    await read(scripts, { backoff: { baseMs: 1_000, capMs: 10_000 } });
    expect(waits).to.deep.equal([0, 1_000, 2_000, 4_000, 5_000, 5_000]);
    expect(notes[1]?.message).to.equal('the connection was lost; trying again in 1 s');
  });

  it('waits before the second try where the first connection never was', async () => {
    await read([{ fails: lost }, { fails: final }]);
    expect(waits).to.deep.equal([500]);
  });

  it('waits at least as long as the server asks for', async () => {
    const busy = new DisconnectedError('busy', { retryAfterMs: 7_000 });
    await read([{ brings: ['a'], fails: busy }, { fails: final }]);
    expect(waits).to.deep.equal([7_500]);
  });

  it('counts anew after a connection that lasted', async () => {
    const lasting = { brings: ['a'], lasts: 60_000, fails: lost };
    await read([{ brings: ['a'], fails: lost }, { fails: lost }, lasting, { fails: lost }, { fails: final }]);
    expect(waits).to.deep.equal([0, 1_000, 0, 1_000]);
  });

  it('ends where it fails from the start on, and says what to do', async () => {
    const { error } = await read(
      Array.from({ length: 5 }, () => ({ fails: lost })),
      { maxFailuresAtStart: 3 },
    );
    expect(error).to.be.instanceOf(SourceError).with.property('cause', lost);
    expect((error as Error).message).to.equal(
      'the connection was lost, the last of 3 tries; expected a connection: check the network, then start again',
    );
    expect(connects).to.equal(3);
  });

  const begun: [name: string, begin: Script][] = [
    ['brought something', { brings: ['a'], fails: lost }],
    ['lasted, though it was quiet', { lasts: 60_000, fails: lost }],
  ];
  for (const [name, begin] of begun)
    it(`never gives up after a connection that ${name}`, async () => {
      const scripts: Script[] = [begin, ...Array.from({ length: 20 }, () => ({ fails: lost })), { fails: final }];
      expect((await read(scripts, { maxFailuresAtStart: 3 })).error).to.equal(final);
    });

  it('closes each connection before it makes the next', async () => {
    await read([{ brings: ['a'], fails: lost }, { fails: lost }, { fails: final }], {
      sleep: async () => void expect(closed).to.equal(connects),
    });
    expect(connects).to.equal(3);
  });

  it('closes the connection where its consumer leaves', async () => {
    for await (const _ of messages([{ brings: ['a', 'b'], fails: lost }])) break;
    expect([connects, closed]).to.deep.equal([1, 1]);
    expect(notes).to.be.empty;
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
    expect(waits).to.be.empty;
  });

  it('connects no more where it is stopped while it waits', async () => {
    const reason = new Error('stopped');
    const { error } = await read([{ fails: lost }, { fails: final }], { sleep: async () => stop.abort(reason) });
    expect(error).to.equal(reason);
    expect(connects).to.equal(1);
  });
});

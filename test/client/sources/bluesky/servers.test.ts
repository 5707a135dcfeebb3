import { expect } from 'chai';
import { Servers } from '../../../../client/sources/bluesky/servers.ts';
import { DisconnectedError, RefusedError } from '../../../../client/sources/disconnected.ts';

describe('the servers of Jetstream', () => {
  let now: number;
  beforeEach(() => {
    now = 1_000_000;
  });

  const servers = (...names: string[]) =>
    new Servers(
      names.map((name) => new URL(`wss://${name}/subscribe`)),
      { now: () => now },
    );
  const lost = (retryAfterMs = 0) => new DisconnectedError('lost', { retryAfterMs, cause: 'why' });
  const refused = new RefusedError('it answered 404', { retryAfterMs: 5_000, remedy: 'expected a WebSocket' });

  /** The servers that are asked, one after each of the errors, and the waits before. */
  const following = (these: Servers, ...errors: unknown[]): [host: string, waitMs: number][] =>
    errors.map((error) => {
      const told = these.after(error);
      expect(told).to.be.instanceOf(DisconnectedError);
      return [these.current.host, (told as DisconnectedError).retryAfterMs];
    });

  it('are taken in turn', () => {
    expect(following(servers('a', 'b', 'c'), lost(), lost(), lost(), lost())).to.deep.equal([
      ['b', 0],
      ['c', 0],
      ['a', 0],
      ['b', 0],
    ]);
  });

  it('are asked again where there is but one, after the wait it asks for', () => {
    expect(following(servers('a'), lost(), lost(3_000))).to.deep.equal([
      ['a', 0],
      ['a', 3_000],
    ]);
  });

  it('need not heed the wait of another, and are passed over until their own is over', () => {
    const these = servers('a', 'b', 'c');
    expect(following(these, lost(9_000), lost(), lost())).to.deep.equal([
      ['b', 0],
      ['c', 0],
      ['b', 0],
    ]);
    now += 9_000;
    expect(following(these, lost())[0]).to.deep.equal(['c', 0]);
    expect(following(these, lost())[0]).to.deep.equal(['a', 0]);
  });

  it('are waited for where all ask for it, the soonest first', () => {
    expect(following(servers('a', 'b'), lost(9_000), lost(4_000))).to.deep.equal([
      ['b', 0],
      ['b', 4_000],
    ]);
  });

  it('keep what an error says', () => {
    expect(servers('a').after(lost())).to.include({ message: 'lost', cause: 'why' });
  });

  it('are passed over for a while where they refuse, and are asked again', () => {
    const these = servers('a', 'b');
    expect(following(these, refused, lost())).to.deep.equal([
      ['b', 0],
      ['b', 0],
    ]);
    now += 5_000;
    expect(following(these, lost())[0]).to.deep.equal(['a', 0]);
  });

  it('refuse together only where each of them does, until one of them works', () => {
    const these = servers('a', 'b');
    const untrusted = new DisconnectedError('it has expired', { remedy: 'expected a certificate' });
    expect(these.after(untrusted)).to.have.property('remedy', undefined);
    expect(these.after(refused)).to.be.instanceOf(RefusedError).and.include({ remedy: 'expected a WebSocket' });
    expect(these.after(untrusted)).to.equal(untrusted);
    expect(these.after(lost())).not.to.be.instanceOf(RefusedError);
    expect(these.after(refused)).to.be.instanceOf(RefusedError);
  });

  it('say nothing of errors that are not theirs', () => {
    const error = new Error('a bug');
    const these = servers('a', 'b');
    expect(these.after(error)).to.equal(error);
    expect(these.current.host).to.equal('a');
  });
});

import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { DisconnectedError } from '../../../client/sources/disconnected.ts';
import { bytesOf } from '../../../client/sources/response-body.ts';
import { turns } from '../../support/scripted-server.ts';
import { SourceClock } from '../../support/source-clock.ts';

const IDLE_MS = 30;

describe('the bytes of a body', () => {
  let clock: SourceClock;
  beforeEach(() => {
    clock = new SourceClock(0, IDLE_MS);
  });
  const read = (body: PassThrough) => bytesOf(body, { clock, idleMs: IDLE_MS, sender: 'the sender' });

  const caught = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

  it('end with the body', async () => {
    const body = new PassThrough();
    body.end('all');
    const bytes = read(body);
    expect(String((await bytes.next()).value)).to.equal('all');
    expect((await bytes.next()).done).to.equal(true);
  });

  it('are handed out before the error of a lost connection', async () => {
    const body = new PassThrough();
    const bytes = read(body);
    body.write('first');
    await bytes.next();
    body.write('second');
    const lost = new Error('gone');
    body.destroy(lost);
    await turns();
    expect(String((await bytes.next()).value)).to.equal('second');
    const error = await caught(bytes.next());
    expect(error).to.be.instanceOf(DisconnectedError).and.include({ cause: lost });
    expect(error).to.have.property('message', 'the connection to the sender was lost (gone)');
  });

  it('may take as long as they like while nobody asks for them', async () => {
    const body = new PassThrough();
    const bytes = read(body);
    const first = bytes.next();
    body.write('first');
    await first;
    expect(clock.running).to.equal(0);
    await bytes.return(undefined);
  });

  it('are given up where somebody asks and none come', async () => {
    const error = caught(read(new PassThrough()).next());
    await clock.expire(IDLE_MS);
    expect(await error)
      .to.be.instanceOf(DisconnectedError)
      .with.property('message', 'the sender sent nothing for 0.03 s');
  });

  it('destroy the body where their reader leaves', async () => {
    const body = new PassThrough();
    body.write('first');
    for await (const _ of read(body)) break;
    expect(body.destroyed).to.equal(true);
  });
});

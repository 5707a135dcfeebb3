import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { bytesOf } from '../../../client/sources/body.ts';

class GoneError extends Error {}

describe('the bytes of a body', () => {
  const options = (idleMs: number) => ({
    idleMs,
    sender: 'the sender',
    toError: (message: string, cause?: ErrorOptions) => new GoneError(message, cause),
  });

  const caught = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

  it('end with the body', async () => {
    const body = new PassThrough();
    body.end('all');
    const bytes = bytesOf(body, options(1_000));
    expect(String((await bytes.next()).value)).to.equal('all');
    expect((await bytes.next()).done).to.equal(true);
  });

  it('are handed out before the error of a lost connection', async () => {
    const body = new PassThrough();
    const bytes = bytesOf(body, options(1_000));
    body.write('first');
    await bytes.next();
    body.write('second');
    const lost = new Error('gone');
    body.destroy(lost);
    await delay(5);
    expect(String((await bytes.next()).value)).to.equal('second');
    const error = await caught(bytes.next());
    expect(error).to.be.instanceOf(GoneError).and.include({ cause: lost });
    expect(error).to.have.property('message', 'the connection to the sender was lost (gone)');
  });

  it('may take as long as they like while nobody asks for them', async () => {
    const body = new PassThrough();
    const bytes = bytesOf(body, options(30));
    const first = bytes.next();
    body.write('first');
    await first;
    await delay(60);
    expect(body.destroyed).to.equal(false);
    await bytes.return(undefined);
  });

  it('are given up where somebody asks and none come', async () => {
    const error = await caught(bytesOf(new PassThrough(), options(30)).next());
    expect(error).to.be.instanceOf(GoneError).with.property('message', 'the sender sent nothing for 0.03 s');
  });

  it('destroy the body where their reader leaves', async () => {
    const body = new PassThrough();
    body.write('first');
    for await (const _ of bytesOf(body, options(1_000))) break;
    expect(body.destroyed).to.equal(true);
  });
});

import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { bytesOf } from '../../../../client/sources/x/body.ts';
import { ConnectionEndedError } from '../../../../client/sources/x/failure.ts';

describe('the bytes of a body', () => {
  const caught = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

  it('end with the body', async () => {
    const body = new PassThrough();
    body.end('all');
    const bytes = bytesOf(body, 1_000);
    expect(String((await bytes.next()).value)).to.equal('all');
    expect((await bytes.next()).done).to.equal(true);
  });

  it('are handed out before the error of a lost connection', async () => {
    const body = new PassThrough();
    const bytes = bytesOf(body, 1_000);
    body.write('first');
    await bytes.next();
    body.write('second');
    const lost = new Error('gone');
    body.destroy(lost);
    await delay(5);
    expect(String((await bytes.next()).value)).to.equal('second');
    const error = await caught(bytes.next());
    expect(error).to.be.instanceOf(ConnectionEndedError).and.include({ cause: lost });
  });

  it('may take as long as they like while nobody asks for them', async () => {
    const body = new PassThrough();
    const bytes = bytesOf(body, 30);
    const first = bytes.next();
    body.write('first');
    await first;
    await delay(60);
    expect(body.destroyed).to.equal(false);
    await bytes.return(undefined);
  });

  it('are given up where somebody asks and none come', async () => {
    const error = await caught(bytesOf(new PassThrough(), 30).next());
    expect(error).to.be.instanceOf(ConnectionEndedError).with.property('message', 'X sent nothing for 0.03 s');
  });

  it('destroy the body where their reader leaves', async () => {
    const body = new PassThrough();
    body.write('first');
    for await (const _ of bytesOf(body, 1_000)) break;
    expect(body.destroyed).to.equal(true);
  });
});

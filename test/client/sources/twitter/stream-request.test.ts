import { expect } from 'chai';
import { DisconnectedError } from '../../../../client/sources/disconnected.ts';
import { requestStream } from '../../../../client/sources/twitter/stream-request.ts';
import { BEARER_TOKEN, FakeX, type Script } from '../../../support/fake-x.ts';
import { bringing, turns } from '../../../support/scripted-server.ts';
import { SourceClock } from '../../../support/source-clock.ts';

const HANDSHAKE_MS = 20;

describe('a connection to the stream', () => {
  let x: FakeX;
  let clock: SourceClock;
  beforeEach(async () => {
    clock = new SourceClock(0, HANDSHAKE_MS);
    x = await FakeX.start();
  });
  afterEach(async () => {
    await x.allClosed();
    await x.stop();
    expect(clock.running).to.equal(0);
  });

  const connectTo = (signal: AbortSignal) =>
    requestStream(BEARER_TOKEN, { agent: x.agent(), signal, clock, handshakeMs: HANDSHAKE_MS });

  it('gives the body that twitter-api-v2 has not touched', async () => {
    x.script('stream', bringing('first\r\n'));
    const { body, close } = await connectTo(new AbortController().signal);
    expect(body.readableFlowing).to.equal(null);
    expect(body.listenerCount('data')).to.equal(0);
    for await (const chunk of body) {
      expect(String(chunk)).to.equal('first\r\n');
      break;
    }
    close();
  });

  it('asks for the author and the long text of each tweet, and for no expansion that X bills for', async () => {
    const { close } = await connectTo(new AbortController().signal);
    close();
    expect(Object.fromEntries(x.queries[0]!)).to.deep.equal({
      'tweet.fields': 'created_at,author_id,note_tweet,lang,referenced_tweets',
    });
  });

  const silences: [name: string, script: Script][] = [
    ['never sends the headers', () => {}],
    ['changes the protocol', (answer) => answer.upgrade()],
  ];
  for (const [name, script] of silences)
    it(`is given up where X ${name}`, async () => {
      const asked = new Promise<void>((resolve) => {
        x.script('stream', async (answer) => {
          await script(answer);
          await turns();
          resolve();
        });
      });
      const connecting = connectTo(new AbortController().signal).catch((caught: unknown) => caught);
      await asked;
      await clock.expire(HANDSHAKE_MS);
      expect(await connecting)
        .to.be.instanceOf(DisconnectedError)
        .with.property('message', 'X did not answer within 0.02 s');
    });

  for (const status of [200, 429])
    it(`leaves no listener on the signal of the source where X answers ${status}`, async () => {
      if (status !== 200) x.script('stream', (answer) => answer.json(status, {}));
      let listeners = 0;
      const { signal } = new AbortController();
      const counted = new Proxy(signal, {
        get: (target, name) => {
          if (name === 'addEventListener') listeners += 1;
          if (name === 'removeEventListener') listeners -= 1;
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      const connection = await connectTo(counted).catch(() => undefined);
      expect(connection === undefined).to.equal(status !== 200);
      connection?.close();
      expect(listeners).to.equal(0);
    });
});

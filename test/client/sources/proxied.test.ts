import net from 'node:net';
import tls from 'node:tls';
import { expect } from 'chai';
import { httpsAgent } from '../../../aws/https-agent.ts';
import { blueskySource } from '../../../client/sources/bluesky/bluesky.ts';
import type { Source, SourceContext } from '../../../client/sources/source.ts';
import { twitterSource } from '../../../client/sources/twitter/twitter.ts';
import { wikimediaSource } from '../../../client/sources/wikimedia/wikimedia.ts';
import { eachOf } from '../../support/batches.ts';
import { certificateFor } from '../../support/certificate.ts';
import { ConnectProxy } from '../../support/connect-proxy.ts';
import { events, FakeEventStreams } from '../../support/fake-event-streams.ts';
import { FakeJetstream } from '../../support/fake-jetstream.ts';
import { BEARER_TOKEN, FakeX, line, tweet } from '../../support/fake-x.ts';
import { post } from '../../support/jetstream.ts';
import { SourceClock } from '../../support/source-clock.ts';

const HOSTS = { bluesky: 'jetstream.test', wikimedia: 'stream.test', twitter: 'api.x.com' } as const;

/** Ends TLS in front of a fake that speaks none. */
const tlsInFrontOf = async (port: number): Promise<{ port: number; cert: string; stop: () => Promise<void> }> => {
  const { key, cert } = certificateFor(...Object.values(HOSTS));
  const sockets = new Set<net.Socket>();
  const server = tls.createServer({ key, cert }, (socket) => {
    const inside = net.connect(port, '127.0.0.1');
    for (const [from, to] of [
      [socket, inside],
      [inside, socket],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => {}).once('close', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    cert,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** Each fake with one event, and the source that reads it by the name of its server. */
const SOURCES: Record<
  keyof typeof HOSTS,
  () => Promise<{ fake: FakeJetstream | FakeEventStreams | FakeX; open: (context: SourceContext) => Source }>
> = {
  bluesky: async () => {
    const fake = await FakeJetstream.start();
    fake.script(async (answer) => {
      await answer.accept();
      await answer.send(JSON.stringify(post(1)));
    });
    return { fake, open: (context) => blueskySource({ track: [], url: `wss://${HOSTS.bluesky}` }, context) };
  },
  wikimedia: async () => {
    const fake = await FakeEventStreams.start();
    fake.script(async (answer) => {
      answer.accept();
      await answer.write(...events(1));
    });
    const url = `https://${HOSTS.wikimedia}/v2/stream/recentchange`;
    return { fake, open: (context) => wikimediaSource({ url }, context) };
  },
  twitter: async () => {
    const fake = await FakeX.start();
    fake.script('stream', async (answer) => {
      answer.accept();
      await answer.write(line(tweet(1)));
    });
    const credentials = { bearerToken: BEARER_TOKEN };
    return { fake, open: (context) => twitterSource({ credentials, track: ['yolo'] }, context) };
  },
};

describe('a live source behind a proxy', () => {
  for (const [name, start] of Object.entries(SOURCES))
    it(`is reached by TLS through a tunnel: ${name}`, async () => {
      const { fake, open } = await start();
      const front = await tlsInFrontOf(fake.port);
      const proxy = await ConnectProxy.start(front.port);
      const agent = httpsAgent({ HTTPS_PROXY: proxy.url }, { ca: front.cert });
      const clock = new SourceClock(0, 30_000, 15_000);
      const calendar = { now: () => Date.parse('2026-11-21T12:00:00Z') };
      const found: Buffer[] = [];
      const context = { signal: new AbortController().signal, note: () => {}, clock, calendar, agent };
      try {
        for await (const { data } of eachOf(open(context))) {
          found.push(Buffer.from(data));
          break;
        }
      } finally {
        agent.destroy();
        await proxy.stop();
        await front.stop();
        await fake.stop();
      }
      expect(found).to.have.length(1);
      expect(new Set(proxy.asked)).to.deep.equal(new Set([`${HOSTS[name as keyof typeof HOSTS]}:443`]));
    });
});

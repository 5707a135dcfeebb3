import net from 'node:net';
import tls from 'node:tls';
import { expect } from 'chai';
import { httpsAgent } from '../../../aws/https-agent.ts';
import { UserError } from '../../../cli/user-error.ts';
import { blueskySource } from '../../../client/sources/bluesky/bluesky.ts';
import type { Source, SourceContext, SourceNote } from '../../../client/sources/source.ts';
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

/** Reads the event of a source through a proxy. @param options of TLS in place of those that trust the server */
const readThroughProxy = async (
  start: (typeof SOURCES)[keyof typeof HOSTS],
  { onStart = () => {}, onNote = () => {}, tls }: ReadOptions = {},
) => {
  const { fake, open } = await start();
  const front = await tlsInFrontOf(fake.port);
  const proxy = await ConnectProxy.start(front.port);
  onStart(proxy);
  const agent = httpsAgent({ HTTPS_PROXY: proxy.url }, tls ?? { ca: front.cert });
  const clock = new SourceClock(0, 30_000, 15_000);
  const calendar = { now: () => Date.parse('2026-11-21T12:00:00Z') };
  const found: Buffer[] = [];
  const note = ({ kind }: SourceNote): void => {
    if (kind === 'retry') onNote(proxy);
  };
  const context = { signal: new AbortController().signal, note, clock, calendar, agent };
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
  return { found, asked: proxy.asked };
};

interface ReadOptions {
  onStart?: (proxy: ConnectProxy) => void;
  /** Called where the source says that it tries again. */
  onNote?: (proxy: ConnectProxy) => void;
  tls?: object;
}

describe('a live source behind a proxy', () => {
  for (const [name, start] of Object.entries(SOURCES)) {
    it(`is reached by TLS through a tunnel: ${name}`, async () => {
      const { found, asked } = await readThroughProxy(start);
      expect(found).to.have.length(1);
      expect(new Set(asked)).to.deep.equal(new Set([`${HOSTS[name as keyof typeof HOSTS]}:443`]));
    });

    it(`tries again where the proxy is ill for a moment: ${name}`, async () => {
      const { found } = await readThroughProxy(start, {
        onStart: (proxy) => {
          proxy.refusal = 503;
        },
        onNote: (proxy) => {
          proxy.refusal = undefined;
        },
      });
      expect(found).to.have.length(1);
    });

    const hopeless: [what: string, options: ReadOptions, message: RegExp][] = [
      [
        'the proxy lets nobody through',
        {
          onStart: (proxy) => {
            proxy.refusal = 407;
          },
        },
        /could not be reached \(the proxy .* answered 407 .*\); expected a proxy that lets it through$/,
      ],
      [
        'its certificate is not trusted, as where the proxy opens TLS',
        { tls: {} },
        /could not be reached \(.*certificate.*\); expected a certificate that Node trusts: .* NODE_EXTRA_CA_CERTS/,
      ],
    ];
    for (const [what, options, message] of hopeless)
      it(`ends at once where ${what}, and says what to do: ${name}`, async () => {
        let tries = 0;
        const onNote = (): void => {
          tries += 1;
        };
        const error = await readThroughProxy(start, { ...options, onNote }).catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(UserError).with.property('message').that.matches(message);
        expect(tries).to.equal(0);
      });
  }
});

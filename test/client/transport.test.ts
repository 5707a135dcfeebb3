import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { expect } from 'chai';
import client from '../../client/twitter2kinesis.ts';
import { ConnectProxy } from '../support/connect-proxy.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { cloudEvent } from '../support/events.ts';
import { LoopbackServer } from '../support/loopback-server.ts';
import { call, callAlone, killAll, run } from '../support/run.ts';
import { TLS_HOST, TlsKinesis } from '../support/tls-kinesis.ts';

const CLIENT = 'client/twitter2kinesis.ts';
/** Events of four authors. */
const events = (count: number): string =>
  Array.from({ length: count }, (_, index) => {
    const event = cloudEvent({ id: `e-${index}`, subject: `author ${index % 4}` });
    return `${JSON.stringify(event)}\n`;
  }).join('');

describe('the way of the client to AWS', () => {
  const folder = emptyFolder(before);
  afterEach(killAll);

  describe('by TLS', () => {
    let kinesis: TlsKinesis;
    let proxy: ConnectProxy;
    let env: Record<string, string>;
    beforeEach(async () => {
      kinesis = await TlsKinesis.start();
      proxy = await ConnectProxy.start(kinesis.port);
      const certificate = join(folder, 'certificate.pem');
      await writeFile(certificate, kinesis.cert);
      env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', NODE_EXTRA_CA_CERTS: certificate };
    });
    afterEach(async () => {
      await proxy.stop();
      await kinesis.stop();
    });
    const args = ['--stream', 's', '--region', 'eu-west-1', '--source', 'stdin'];

    it('needs no more connections than requests are in flight, wherever the endpoint is named', async () => {
      for (const name of ['AWS_ENDPOINT_URL_KINESIS', 'AWS_ENDPOINT_URL']) {
        const { code, stderr } = await run(CLIENT, [...args, '--ordered'], {
          env: { ...env, [name]: `https://localhost:${kinesis.port}` },
          input: events(80),
        });
        expect(code, stderr).to.equal(0);
      }
      expect(kinesis.requests).to.be.at.least(40);
      // Those of each author one after the other, in each of the two runs.
      expect(kinesis.handshakes).to.be.within(2, 8);
    });

    it('goes through a proxy, and the doctor says through which', async () => {
      const at = [...args, '--endpoint', `https://${TLS_HOST}:${kinesis.port}`];
      const proxied = { ...env, HTTPS_PROXY: proxy.url, NO_PROXY: 'example.com' };
      const sent = await run(CLIENT, at, { env: proxied, input: events(3) });
      expect(sent.code, sent.stderr).to.equal(0);
      expect(new Set(proxy.asked)).to.deep.equal(new Set([`${TLS_HOST}:${kinesis.port}`]));
      const { stdout } = await callAlone(client, ['doctor', ...at], { env: proxied });
      expect(stdout).to.match(
        new RegExp(`^ok +proxy +https: and wss: go through ${proxy.url}, but for example.com \\(NO_PROXY\\)$`, 'm'),
      );
    });

    it('names the proxy that refuses it, at once', async () => {
      proxy.refusal = 403;
      const at = [
        ...args,
        '--endpoint',
        `https://${TLS_HOST}:${kinesis.port}`,
        '--spool',
        join(folder, 'refused.ndjson'),
      ];
      const refused = { ...env, HTTPS_PROXY: proxy.url };
      const { code, stderr } = await callAlone(client, at, { env: refused, input: events(3) });
      expect(stderr).to.contain(
        // How many events were read by then depends on the machine.
        ` failed: the proxy ${proxy.host} answered 403 for ${TLS_HOST}:${kinesis.port}; check HTTPS_PROXY and NO_PROXY`,
      );
      expect(code).to.equal(3);
    });

    it('says what is wrong with a proxy that does not speak HTTP, without its password', async () => {
      const wrong = { ...env, HTTPS_PROXY: 'socks5://me:hunter2@p:1080' };
      const { code, stderr } = await call(client, args, { env: wrong }).finished;
      expect(stderr).to.equal(
        'error: HTTPS_PROXY is "socks5://…@p:1080"; expected a URL like http://proxy.example.com:3128\n',
      );
      expect(code).to.equal(1);
    });
  });

  describe('with keys that AWS refuses', () => {
    let server: LoopbackServer;
    let refused: string[];
    let refusal: string;
    let onRefused: () => Promise<void>;
    const keys = (id: string): string =>
      `[default]\naws_access_key_id=${id}\naws_secret_access_key=b\naws_session_token=t\n`;

    beforeEach(async () => {
      refused = [];
      onRefused = async () => {};
      const kinesis = createServer(async (request, response) => {
        const { Records } = (await json(request)) as { Records: unknown[] };
        const key = /Credential=([^/]+)/.exec(request.headers.authorization ?? '')![1]!;
        response.setHeader('content-type', 'application/x-amz-json-1.1');
        if (key === 'OLD') {
          refused.push(key);
          await onRefused();
          response.writeHead(400).end(JSON.stringify({ __type: refusal, message: 'no' }));
        } else {
          const taken = { ShardId: 'shardId-000000000000', SequenceNumber: '1' };
          response.end(JSON.stringify({ FailedRecordCount: 0, Records: Records.map(() => taken) }));
        }
      });
      server = await new LoopbackServer(kinesis).start();
    });
    afterEach(() => server.stop());
    const argv = () => [
      ...['--endpoint', server.endpoint, '--stream', 's'],
      ...['--region', 'eu-west-1', '--source', 'stdin', '--spool', join(folder, 'spool.ndjson')],
    ];

    for (const name of ['ExpiredTokenException', 'UnrecognizedClientException'])
      it(`reads the profile again after ${name}, until it has others`, async () => {
        refusal = name;
        const credentials = join(folder, 'credentials');
        await writeFile(credentials, keys('OLD'));
        // While somebody writes them, there are none. They are there before the client hears of the second refusal.
        onRefused = async () => writeFile(credentials, refused.length === 2 ? keys('NEW') : '');
        const env = { AWS_PROFILE: 'default', AWS_SHARED_CREDENTIALS_FILE: credentials };
        const { code, stderr } = await callAlone(client, argv(), { env, input: events(3) });
        expect(code, stderr).to.equal(0);
        expect(refused.length).to.equal(2);
      });

    it('ends at once where a session in the environment is over, since nothing can renew it', async () => {
      refusal = 'ExpiredTokenException';
      const session = { AWS_ACCESS_KEY_ID: 'OLD', AWS_SECRET_ACCESS_KEY: 'b', AWS_SESSION_TOKEN: 't' };
      const { code, stderr } = await call(client, argv(), { env: session, input: events(3) }).finished;
      expect(stderr).to.contain('the AWS session has expired');
      expect([code, refused.length]).to.deep.equal([3, 1]);
    });
  });
});

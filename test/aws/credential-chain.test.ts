import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { awsClient } from '../../aws/client.ts';
import { explain, explainStack } from '../../aws/explain.ts';
import { putRecordsTo } from '../../aws/kinesis.ts';
import { ProxyError } from '../../aws/proxy.ts';
import { renewing } from '../../aws/read-credentials-again.ts';
import { isRetryable } from '../../aws/service-error.ts';
import { explainStore } from '../../ops/explain-store.ts';
import { certificateFor } from '../support/certificate.ts';
import { ConnectProxy } from '../support/connect-proxy.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { LoopbackServer } from '../support/loopback-server.ts';
import { inEnvironment } from '../support/run.ts';

/** The services that give credentials, and the one that takes events. Nothing resolves these names: only the proxy leads there. */
const HOSTS = {
  kinesis: 'kinesis.eu-west-1.amazonaws.com',
  oidc: 'oidc.eu-west-1.amazonaws.com',
  portal: 'portal.sso.eu-west-1.amazonaws.com',
  sts: 'sts.eu-west-1.amazonaws.com',
  signIn: 'eu-west-1.signin.aws.amazon.com',
} as const;

const keys = (accessKeyId: string, at = Date.now() + 3_600_000) => ({
  accessKeyId,
  secretAccessKey: 'b',
  sessionToken: 't',
  expiration: at,
});

/** An answer of STS. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const assumed = (operation: string): string => {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = keys('ROLE');
  return `<${operation}Response><${operation}Result><Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey><SessionToken>${sessionToken}</SessionToken><Expiration>${new Date(expiration).toISOString()}</Expiration></Credentials></${operation}Result></${operation}Response>`;
};

const hourAgo = (): string => new Date(Date.now() - 3_600_000).toISOString();

describe('the credential chain of AWS behind a proxy', () => {
  const folder = emptyFolder(before);
  let server: LoopbackServer;
  let ca: string;
  let proxy: ConnectProxy;
  let env: Record<string, string>;
  /** The access keys that signed requests to Kinesis. */
  let signed: string[];

  const answerTo = async (request: IncomingMessage): Promise<string> => {
    const body = await text(request);
    switch (request.headers.host) {
      case HOSTS.oidc:
        return JSON.stringify({ accessToken: 'new', expiresIn: 3_600, refreshToken: 'r2' });
      case HOSTS.portal:
        return JSON.stringify({ roleCredentials: keys(`SSO-${request.headers['x-amz-sso_bearer_token']}`) });
      case HOSTS.sts:
        return assumed(new URLSearchParams(body).get('Action') ?? '');
      case HOSTS.signIn:
        return JSON.stringify({ accessToken: keys('LOGIN'), expiresIn: 900, refreshToken: 'r2', tokenType: 'urn:aws' });
      default: {
        signed.push(/Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1] ?? '');
        const taken = { ShardId: 'shardId-000000000000', SequenceNumber: '1' };
        const { Records } = JSON.parse(body) as { Records: unknown[] };
        return JSON.stringify({ FailedRecordCount: 0, Records: Records.map(() => taken) });
      }
    }
  };

  before(async () => {
    const { key, cert } = certificateFor(...Object.values(HOSTS));
    const services = https.createServer({ key, cert }, async (request, response) =>
      response.end(await answerTo(request)),
    );
    server = await new LoopbackServer(services).start();
    ca = cert;
  });
  after(() => server.stop());
  beforeEach(async () => {
    signed = [];
    proxy = await ConnectProxy.start(server.port);
    env = {
      HTTPS_PROXY: proxy.url,
      HOME: folder,
      AWS_PROFILE: 'mine',
      // Else the account, where it is known, is part of the name of Kinesis.
      AWS_ACCOUNT_ID_ENDPOINT_MODE: 'disabled',
    };
  });
  afterEach(() => proxy.stop());

  const file = async (name: string, content: string): Promise<string> => {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return path;
  };
  const send = () =>
    inEnvironment(env, async () => {
      const client = awsClient(KinesisClient, { region: 'eu-west-1', maxAttempts: 1 }, { env, ca });
      const records = [{ partitionKey: 'k', data: Buffer.from('event') }];
      const taken = await putRecordsTo(client, 's')(records, new AbortController().signal);
      client.destroy();
      return taken;
    });

  const WAYS: Record<
    string,
    { config: string; files?: () => Readonly<{ [path: string]: string }>; asks: string[]; signs: string }
  > = {
    'a sign-in through IAM Identity Center that is over, and is renewed': {
      config: `sso_session=office\nsso_account_id=123456789012\nsso_role_name=Writer\n
        [sso-session office]\nsso_region=eu-west-1\nsso_start_url=https://example.awsapps.com/start\n`,
      files: () => ({
        [`.aws/sso/cache/${createHash('sha1').update('office').digest('hex')}.json`]: JSON.stringify({
          accessToken: 'old',
          expiresAt: hourAgo(),
          clientId: 'c',
          clientSecret: 's',
          refreshToken: 'r',
        }),
      }),
      asks: [HOSTS.oidc, HOSTS.portal],
      signs: 'SSO-new',
    },
    'a sign-in with the AWS CLI that is over, and is renewed': {
      config: 'login_session=arn:aws:iam::123456789012:user/me\n',
      files: () => ({
        [`.aws/login/cache/${createHash('sha256').update('arn:aws:iam::123456789012:user/me').digest('hex')}.json`]:
          JSON.stringify({
            accessToken: { ...keys('OLD'), accountId: '123456789012', expiresAt: hourAgo() },
            clientId: 'arn:aws:signin:::devtools/same-device',
            refreshToken: 'r',
            dpopKey: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({
              type: 'sec1',
              format: 'pem',
            }),
          }),
      }),
      asks: [HOSTS.signIn],
      signs: 'LOGIN',
    },
    'a role that a profile assumes': {
      config: `role_arn=arn:aws:iam::123456789012:role/writer\nsource_profile=base\n
        [profile base]\naws_access_key_id=BASE\naws_secret_access_key=b\n`,
      asks: [HOSTS.sts],
      signs: 'ROLE',
    },
    'a role for a token of OIDC': {
      config: 'role_arn=arn:aws:iam::123456789012:role/writer\nweb_identity_token_file=TOKEN\n',
      files: () => ({ TOKEN: 'the-token' }),
      asks: [HOSTS.sts],
      signs: 'ROLE',
    },
  };
  for (const [name, { config, files, asks, signs }] of Object.entries(WAYS))
    it(`goes through it: ${name}`, async () => {
      for (const [path, content] of Object.entries(files?.() ?? {})) await file(path, content);
      await file(
        '.aws/config',
        `[profile mine]\n${config.replace('TOKEN', () => join(folder, 'TOKEN')).replace(/^ +/gm, '')}`,
      );
      expect(await send()).to.deep.equal([{ shardId: 'shardId-000000000000', sequenceNumber: '1' }]);
      expect(new Set(proxy.asked)).to.deep.equal(new Set([...asks, HOSTS.kinesis].map((host) => `${host}:443`)));
      expect(new Set(signed)).to.deep.equal(new Set([signs]));
    });
});

describe('a profile that gives no credentials', () => {
  const home = emptyFolder();
  const problemWith = async (AWS_PROFILE: string): Promise<string> => {
    const env = { HOME: home, AWS_PROFILE, AWS_EC2_METADATA_DISABLED: 'true' };
    return inEnvironment(env, async () => {
      const client = awsClient(KinesisClient, { region: 'eu-west-1', maxAttempts: 1 });
      return client.config.credentials().then(
        () => 'none',
        (error: Error) => explain(error, { stream: 's', region: 'eu-west-1' }),
      );
    });
  };

  it('is named, since its name may be misspelt', async () => {
    expect(await problemWith('prodution')).to.contain(
      'no AWS credentials (AWS_PROFILE is "prodution", which is not there or gives none); set',
    );
  });

  it('is named with what its process says, and without the command', async () => {
    const processes = {
      failing: 'sh -c "echo The token is over; echo log in >&2; echo again >&2; exit 3" --password hunter2',
      silent: 'exit 3',
      other: 'echo hello',
      old: `echo '{"Version":1,"AccessKeyId":"a","SecretAccessKey":"b","Expiration":"2020-01-01T00:00:00Z"}'`,
    };
    const config = Object.entries(processes).map(([name, run]) => `[profile ${name}]\ncredential_process = ${run}\n`);
    await mkdir(join(home, '.aws'));
    await writeFile(join(home, '.aws/config'), config.join(''));
    const problems = [
      ['failing', 'whose credential_process failed: log in again'],
      ['silent', 'whose credential_process failed'],
      ['other', 'whose credential_process returned invalid JSON'],
      ['old', 'whose credential_process returned expired credentials'],
    ] as const;
    for (const [name, problem] of problems)
      expect(await problemWith(name)).to.contain(`no AWS credentials (AWS_PROFILE is "${name}", ${problem}); set`);
  });

  it('is not named where none is asked for', async () => {
    expect(await problemWith('')).to.contain('no AWS credentials; set');
  });
});

describe('credentials that are given again and again', () => {
  const failed = async (give: () => Promise<object>): Promise<unknown> => {
    try {
      return await give();
    } catch (error) {
      return error;
    }
  };
  const away = () => Object.assign(new Error('the network is away'), { name: 'CredentialsProviderError' });

  it('may fail for a while once they could be given, and not before', async () => {
    const answers = [away(), { accessKeyId: 'a' }, away()];
    const give = renewing(async () => {
      const answer = answers.shift()!;
      if (answer instanceof Error) throw answer;
      return answer;
    });
    expect(isRetryable(await failed(give))).to.equal(false);
    expect(await failed(give)).to.deep.equal({ accessKeyId: 'a' });
    expect(isRetryable(await failed(give))).to.equal(true);
  });

  const missing = () => Object.assign(new Error("ENOENT: open '/token'"), { code: 'ENOENT', path: '/token' });
  const refused = () =>
    Object.assign(new Error('sts:AssumeRole on role/a'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
  for (const [name, error, detail] of [
    ['a role that STS refuses', refused(), 'AccessDenied: sts:AssumeRole on role/a'],
    ['a token that is not there', missing(), "ENOENT: open '/token'"],
    ['a session that the profile only names', new TypeError("reading 'sso_region'"), "TypeError: reading 'sso_region'"],
    [
      'an answer that is not JSON',
      new SyntaxError('Unexpected token, ..."Key":hunter2"'),
      'what was found is not JSON',
    ],
  ] as const)
    it(`are none, and not refused by the service that is asked: ${name}`, async () => {
      const problem = (await failed(renewing(() => Promise.reject(error)))) as Error;
      expect(isRetryable(problem)).to.equal(false);
      expect(explain(problem, { stream: 's', region: 'r' })).to.contain(`no AWS credentials (${detail}); set`);
      const store = { name: 'the table "t"', permissions: 'dynamodb:Scan', where: 'r' };
      expect(explainStore(problem, store)).to.contain(`no AWS credentials (${detail}); sign in`);
      expect(explainStack(problem, 'mine', 'r')).to.contain(`no AWS credentials (${detail})`);
    });

  it('fail as what leads to them did where that may pass, or says everything already', async () => {
    const errors = [
      Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
      Object.assign(new Error('busy'), { name: 'Throttling', $metadata: { httpStatusCode: 400 } }),
      new ProxyError('the proxy refuses', false),
    ];
    for (const error of errors) expect(await failed(renewing(() => Promise.reject(error)))).to.equal(error);
  });
});

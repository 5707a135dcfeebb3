import { chmod, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { globalAgent } from 'node:https';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { type Check, type Finding, runChecks, type Subject, type Tools } from '../../../client/doctor/check.ts';
import { checkpointCheck, diskCheck, judgeSpace, spoolCheck } from '../../../client/doctor/kept-checks.ts';
import { clockCheck, streamCheck } from '../../../client/doctor/kinesis-checks.ts';
import type { KinesisProbe } from '../../../client/doctor/kinesis-probe.ts';
import {
  credentialsCheck,
  proxyCheck,
  regionCheck,
  settingsCheck,
  stackCheck,
} from '../../../client/doctor/settings-checks.ts';
import { sourceCheck } from '../../../client/doctor/source-checks.ts';
import { openCheckpoint } from '../../../client/kept/source-checkpoint.ts';
import { findSettings, readClientFlags } from '../../../client/settings.ts';
import { openSource } from '../../../client/sources/open.ts';
import { SourceError } from '../../../client/sources/source.ts';
import { syntheticSource } from '../../../client/sources/synthetic/synthetic.ts';
import { emptyFolder } from '../../support/empty-folder.ts';
import { BEARER_TOKEN, CONSUMER, FakeX } from '../../support/fake-x.ts';

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);
const KEYS = { accessKeyId: 'AKIAIOSFODNN7WXYZ', secretAccessKey: 'hunter2hunter2hunter2' };

const SUBJECT: Subject = {
  problems: [],
  source: { source: 'synthetic', track: [] },
  stream: { value: 's', origin: 'flag', name: '--stream' },
  region: { value: 'eu-west-1', origin: 'flag', name: '--region' },
  signer: { value: { keys: KEYS }, origin: 'environment', name: 'AWS_ACCESS_KEY_ID' },
  delivery: { ordered: false, aggregate: false, recordLimit: 1_048_576, patienceMs: 300_000, json: false },
};

const at = (endpoint: string): Partial<Subject> => ({
  endpoint: { value: endpoint, origin: 'flag', name: '--endpoint' },
});

const KINESIS: KinesisProbe = {
  identity: async () => ({ accessKeyId: KEYS.accessKeyId, origins: [] }),
  dryRun: async () => 'not written',
  describe: async () => ({ status: 'ACTIVE', openShards: 2 }),
  lastAnswer: () => undefined,
};

const TOOLS: Tools = {
  kinesis: KINESIS,
  openSource: () => Promise.reject(new Error('no source is to be opened')),
  agent: globalAgent,
  calendar: { now: () => NOW },
  clock: {
    now: () => expect.fail('nothing is measured'),
    random: () => 0.5,
    sleep: (_, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve())),
  },
};

const named = (name: string, message = 'said AWS') => Object.assign(new Error(message), { name });
const failing = (error: Error) => () => Promise.reject(error);

/** What one check finds, as a command would run it. */
const find = async (check: Check, subject: Partial<Subject> = {}, tools: Partial<Tools> = {}): Promise<Finding> => {
  const all = await runChecks([check], { ...SUBJECT, ...subject }, { ...TOOLS, ...tools }, () => {});
  const { status, messages } = all[0]!;
  expect(messages.join(), 'a secret').not.to.contain(KEYS.secretAccessKey);
  return { status, messages };
};
const ok = (message: string): Finding => ({ status: 'ok', messages: [message] });
const failed = (...messages: string[]): Finding => ({ status: 'failed', messages });

describe('the checks of the doctor', () => {
  const folder = emptyFolder(before);

  describe('of the proxy', () => {
    it('says which it is, without its login', async () => {
      const url = new URL('http://user:hunter2@proxy.example.com:3128');
      expect(await find(proxyCheck, { proxy: { url, except: '' } })).to.deep.equal(
        ok('https: and wss: go through http://proxy.example.com:3128'),
      );
      expect(await find(proxyCheck, { proxy: { url, except: '.internal,10.0.0.1' } })).to.deep.equal(
        ok('https: and wss: go through http://proxy.example.com:3128, but for .internal,10.0.0.1 (NO_PROXY)'),
      );
    });

    it('says that there is none', async () => {
      expect(await find(proxyCheck)).to.have.property('status', 'skipped');
    });
  });

  describe('of the settings', () => {
    it('names every problem', async () => {
      expect(await find(settingsCheck, { problems: ['no stream', 'no region'] })).to.deep.equal(
        failed('no stream', 'no region'),
      );
    });

    it('says what goes where, and who says so', async () => {
      const endpoint = { value: 'http://127.0.0.1:1', origin: '.env', name: 'AWS_ENDPOINT_URL' } as const;
      expect(await find(settingsCheck, { endpoint })).to.deep.equal(
        ok('from the generator to the stream "s" (--stream) at http://127.0.0.1:1 (AWS_ENDPOINT_URL in .env)'),
      );
      expect(await find(settingsCheck, { stream: { value: 's', origin: 'stack' } })).to.deep.equal(
        ok('from the generator to the stream "s" (the stack)'),
      );
    });

    it('does not ask for what the stack names, where the stack cannot be read', async () => {
      const flags = readClientFlags(['--stack', 'mine', '--source', 'synthetic', '--max', '1']);
      const [found] = await runChecks([settingsCheck], findSettings(flags, { env: {} }), TOOLS, () => {});
      expect(found).to.deep.include(ok('from the generator to the stream that the stack names'));
    });
  });

  describe('of the stack', () => {
    it('passes on why its outputs cannot be read', async () => {
      expect(await find(stackCheck, { stack: { name: 'x', error: 'there is no stack "x"' } })).to.deep.equal(
        failed('there is no stack "x"'),
      );
      const outputs = { stream: 's', region: 'r', clientCredentials: 'Outputs' } as const;
      expect(await find(stackCheck, { stack: { name: 'x', outputs } })).to.include({ status: 'ok' });
      expect(await find(stackCheck)).to.include({ status: 'skipped' });
    });
  });

  describe('of the region', () => {
    for (const name of ['us-gov-east-1', 'eusc-de-east-1'])
      it(`takes ${name} for one`, async () => {
        expect(
          await find(regionCheck, { region: { value: name, origin: 'environment', name: 'AWS_REGION' } }),
        ).to.deep.equal(ok(`${name}, from AWS_REGION`));
      });

    it('takes no other name for one', async () => {
      const region = { value: 'Ireland', origin: '.env', name: 'AWS_REGION' } as const;
      expect(await find(regionCheck, { region })).to.deep.equal(
        failed('"Ireland", from AWS_REGION in .env, is not a region; expected a name like eu-west-1'),
      );
    });
  });

  describe('of the credentials', () => {
    const identity = (found: Partial<Awaited<ReturnType<KinesisProbe['identity']>>>) => ({
      kinesis: { ...KINESIS, identity: async () => ({ accessKeyId: KEYS.accessKeyId, origins: [], ...found }) },
    });

    it('names their kind and the end of the access key', async () => {
      expect(await find(credentialsCheck)).to.deep.equal(
        ok('keys of AWS_ACCESS_KEY_ID, from the environment (access key …WXYZ)'),
      );
      const signer = { value: { keys: KEYS }, name: 'AWS_ACCESS_KEY_ID' };
      expect(await find(credentialsCheck, { signer: { ...signer, origin: '.env' } })).to.deep.equal(
        ok('keys of AWS_ACCESS_KEY_ID, from .env (access key …WXYZ)'),
      );
      const temporary = { keys: { ...KEYS, sessionToken: 't' } };
      expect(await find(credentialsCheck, { signer: { ...SUBJECT.signer, value: temporary } })).to.deep.equal(
        ok('temporary keys of AWS_ACCESS_KEY_ID, from the environment (access key …WXYZ)'),
      );
    });

    it('names what of the chain gave them', async () => {
      const signer = { value: { profile: 'dev' }, origin: 'environment', name: 'AWS_PROFILE' } as const;
      const tools = identity({ origins: ['CREDENTIALS_PROFILE', 'CREDENTIALS_SSO'] });
      expect(await find(credentialsCheck, { signer }, tools)).to.deep.equal(
        ok('the AWS credential chain: profile "dev", signed in through IAM Identity Center (access key …WXYZ)'),
      );
    });

    for (const [origins, meaning] of [
      [['CREDENTIALS_ENV_VARS'], 'keys in the environment'],
      [['CREDENTIALS_PROFILE'], 'keys in the shared AWS files'],
      [['CREDENTIALS_PROFILE', 'CREDENTIALS_PROFILE_PROCESS', 'CREDENTIALS_PROCESS'], 'given by a program'],
      [['CREDENTIALS_PROFILE', 'CREDENTIALS_STS_ASSUME_ROLE'], 'an assumed role'],
      [['CREDENTIALS_PROFILE_LOGIN', 'CREDENTIALS_LOGIN'], 'signed in with the AWS CLI'],
      [['CREDENTIALS_HTTP'], 'the role of the container'],
      [['CREDENTIALS_IMDS'], 'the role of the instance'],
      [[], 'its first that has some'],
    ] as const)
      it(`names what of the chain ${origins.join(' and ') || 'that gives no name'} is`, async () => {
        const signer = { value: {}, origin: 'default' } as const;
        expect(await find(credentialsCheck, { signer }, identity({ origins }))).to.deep.equal(
          ok(`the AWS credential chain: ${meaning} (access key …WXYZ)`),
        );
      });

    it('says until when they are valid, and fails once they are not', async () => {
      const later = await find(credentialsCheck, {}, identity({ expiration: new Date(NOW + 3_600_000) }));
      expect(later.status).to.equal('ok');
      expect(later.messages[0]).to.match(/, valid until 2026-11-21T13:00:00Z$/);
      const before = await find(credentialsCheck, {}, identity({ expiration: new Date(NOW) }));
      expect(before.status).to.equal('failed');
      expect(before.messages[0]).to.match(/ended at 2026-11-21T12:00:00Z; sign in again$/);
    });

    it('says what to do where there are none', async () => {
      const kinesis = { ...KINESIS, identity: failing(named('CredentialsProviderError')) };
      const { status, messages } = await find(
        credentialsCheck,
        { signer: { value: {}, origin: 'default' } },
        { kinesis },
      );
      expect(status).to.equal('failed');
      expect(messages[0]).to.match(/^no AWS credentials \(said AWS\); set AWS_ACCESS_KEY_ID/);
    });

    it('says that it is not Kinesis that cannot be reached for them', async () => {
      const away = Object.assign(new Error('getaddrinfo ENOTFOUND sts'), { code: 'ENOTFOUND' });
      const { messages } = await find(credentialsCheck, {}, { kinesis: { ...KINESIS, identity: failing(away) } });
      expect(messages[0]).to.match(/^what gives the credentials cannot be reached \(ENOTFOUND\); check the network/);
    });
  });

  describe('of the stream', () => {
    const asked: string[] = [];
    const kinesis: KinesisProbe = {
      ...KINESIS,
      dryRun: async () => {
        asked.push('dryRun');
        return 'not written';
      },
      describe: async () => {
        asked.push('describe');
        return { status: 'ACTIVE', openShards: 2 };
      },
    };
    beforeEach(() => {
      asked.length = 0;
    });

    it('asks AWS with DryRun, and says that this tries no key of KMS', async () => {
      expect(await find(streamCheck, {}, { kinesis })).to.deep.equal(
        ok(
          '"s" is there, and these credentials may put records on it; asked with DryRun: nothing was written, and a key of KmsKeyArn was not tried',
        ),
      );
      for (const host of [
        'vpce-1.kinesis.eu-west-1.vpce.amazonaws.com',
        'kinesis.eu-west-1.api.aws',
        'kinesis.cn-north-1.amazonaws.com.cn',
        'kinesis.cn-north-1.api.amazonwebservices.com.cn',
        'kinesis.eusc-de-east-1.amazonaws.eu',
        'kinesis.eusc-de-east-1.api.amazonwebservices.eu',
      ])
        await find(streamCheck, at(`https://${host}`), { kinesis });
      expect(asked).to.deep.equal(Array(7).fill('dryRun'));
    });

    describe('that other doctors ask too', () => {
      /** Refuses so many dry runs, and notes how long the check waits after each. */
      const busy = (refusals: number, waits: number[]): Pick<Tools, 'kinesis' | 'clock'> => ({
        kinesis: {
          ...kinesis,
          dryRun: async () => {
            asked.push('dryRun');
            if (asked.length <= refusals) throw named('ThrottlingException', 'Rate exceeded');
            return 'not written';
          },
        },
        clock: {
          ...TOOLS.clock,
          sleep: async (ms, signal) => {
            if (ms >= 15_000) return TOOLS.clock.sleep(ms, signal);
            waits.push(ms);
          },
        },
      });

      it('waits for its turn: a stream takes one dry run a second', async () => {
        const waits: number[] = [];
        const { status } = await find(streamCheck, {}, busy(2, waits));
        expect(status).to.equal('ok');
        expect(waits).to.deep.equal([1_500, 1_500]);
      });

      it('says so where its turn never comes', async () => {
        expect(await find(streamCheck, {}, busy(Number.POSITIVE_INFINITY, []))).to.deep.equal(
          failed(
            'Kinesis in eu-west-1 cannot serve "s" at the moment (ThrottlingException: Rate exceeded); try again later',
          ),
        );
        expect(asked).to.have.length(5);
      });
    });

    for (const endpoint of ['http://127.0.0.1:4567', 'http://localstack:4566', 'https://amazonaws.com.example.net'])
      it(`never puts a record on ${endpoint}, which may not know DryRun, but looks at it and says so`, async () => {
        expect(await find(streamCheck, at(endpoint), { kinesis })).to.deep.equal(
          ok(
            `"s" at ${endpoint} is ACTIVE with 2 open shards; only looked at, since a Kinesis that is not AWS's may write in a dry run`,
          ),
        );
        expect(asked).to.deep.equal(['describe']);
      });

    it('fails where the stream is not there yet', async () => {
      const creating = { ...KINESIS, describe: async () => ({ status: 'CREATING', openShards: 0 }) };
      expect(await find(streamCheck, at('http://127.0.0.1:1'), { kinesis: creating })).to.deep.equal(
        failed(
          '"s" at http://127.0.0.1:1 is CREATING with 0 open shards; expected it to be ACTIVE: wait until it is created, or choose another',
        ),
      );
      const updating = { ...KINESIS, describe: async () => ({ status: 'UPDATING', openShards: 1 }) };
      const { status } = await find(streamCheck, at('http://127.0.0.1:1'), { kinesis: updating });
      expect(status, 'while it is resharded').to.equal('ok');
    });

    it('owns up to a record that was written', async () => {
      const writing: KinesisProbe = { ...KINESIS, dryRun: async () => 'written' };
      const { status, messages } = await find(streamCheck, {}, { kinesis: writing });
      expect(status).to.equal('ok');
      expect(messages[0]).to.match(/one event of the type kinesis-stream-processor\.doctor is on it/);
    });

    it('says of a refusal what the client says', async () => {
      const dryRun = failing(named('AccessDeniedException'));
      const { status, messages } = await find(streamCheck, {}, { kinesis: { ...KINESIS, dryRun } });
      expect(status).to.equal('failed');
      expect(messages[0]).to.match(/may not put records on "s"; they need kinesis:PutRecord/);
    });

    it('names the other permission where it only looks', async () => {
      const tools = { kinesis: { ...KINESIS, describe: failing(named('AccessDeniedException')) } };
      const { messages } = await find(streamCheck, at('http://localstack:4566'), tools);
      expect(messages[0]).to.match(/they need kinesis:DescribeStreamSummary$/);
    });
  });

  describe('of the clock', () => {
    const skewed = (ahead: number) => ({
      kinesis: { ...KINESIS, lastAnswer: () => ({ theirs: NOW, ours: NOW + ahead }) },
    });
    const cases: [ahead: number, finding: Finding][] = [
      [59_999, ok('as that of Kinesis')],
      [299_000, ok('299 s ahead of Kinesis; AWS refuses requests from 5 minutes on')],
      [-120_000, ok('120 s behind Kinesis; AWS refuses requests from 5 minutes on')],
      [
        301_000,
        failed('301 s ahead of Kinesis; AWS refuses requests from 5 minutes on: set the clock of this machine'),
      ],
    ];
    for (const [ahead, finding] of cases)
      it(`is ${finding.status} where it is ${ahead / 1000} s ahead`, async () => {
        expect(await find(clockCheck, {}, skewed(ahead))).to.deep.equal(finding);
      });

    it('is skipped where Kinesis said nothing', async () => {
      expect(await find(clockCheck)).to.include({ status: 'skipped' });
    });
  });

  describe('of the generator', () => {
    const openSource: Tools['openSource'] = async (settings, context) => syntheticSource(settings.synthetic!, context);
    const synthetic = { rate: 1, size: 1_000, keys: 10, skew: 0, seed: 1 };
    const source = (size: number) => ({
      source: { source: 'synthetic' as const, track: [], synthetic: { ...synthetic, size } },
    });

    it('finds that it can make the events', async () => {
      expect(await find(sourceCheck, source(1_000), { openSource })).to.deep.equal(
        ok('the generator can make such events'),
      );
    });

    it('fails where no event is that small, as the client would', async () => {
      const { status, messages } = await find(sourceCheck, source(10), { openSource });
      expect(status).to.equal('failed');
      expect(messages[0]).to.match(/^--size is "10"; expected at least \d+ bytes/);
    });
  });

  describe('of a file', () => {
    const look = (file: string, more: Partial<Subject['source']> = {}): Promise<Finding> =>
      find(sourceCheck, { source: { source: 'file', file, track: [], ...more } }, { openSource });

    it('says how much there is to read', async () => {
      const path = join(folder, 'events.ndjson');
      await writeFile(path, '{"a":1}\n'.repeat(200));
      expect(await look(path)).to.deep.equal(ok(`"${path}" can be read, 1,600 bytes`));
    });

    it('takes an empty file that is followed: it grows', async () => {
      const path = join(folder, 'rotated.log');
      await writeFile(path, '');
      expect(await look(path, { follow: true })).to.deep.equal(ok(`"${path}" can be read, 0 bytes`));
    });

    it('says of its content what the client would say', async () => {
      const path = join(folder, 'content');
      const found = async (content: Buffer, more: Partial<Subject['source']> = {}) => {
        await writeFile(path, content);
        return look(path, more);
      };
      const packed = gzipSync('{"a":1}\n');
      expect(await found(packed)).to.deep.equal(ok(`"${path}" can be read, ${packed.length} bytes of gzip`));
      expect(await found(packed, { follow: true })).to.deep.equal(
        failed(`"${path}" is packed with gzip, which does not grow line by line; leave out --follow`),
      );
      const indented = Buffer.from('[\n  {\n');
      expect((await found(indented)).status).to.equal('failed');
      expect((await found(indented, { wrap: 'com.example.log' })).status).to.equal('ok');
      const { status, messages } = await found(Buffer.from('id,name\n1,a\n'));
      expect([status, messages.length]).to.deep.equal(['ok', 2]);
      expect(messages[1]).to.contain('lines that are not JSON objects');
    });

    it('fails where there is none, nothing in it, or a directory', async () => {
      const empty = join(folder, 'empty');
      await writeFile(empty, '');
      for (const [path, message] of [
        [join(folder, 'missing'), /there is no file ".+missing"; expected a file with one JSON event a line/],
        [empty, /is empty; expected/],
        [folder, /is a directory; expected .*: gzip -dcf .*\/\* \| the same command with --file - /],
      ] as const) {
        const { status, messages } = await look(path);
        expect(status).to.equal('failed');
        expect(messages[0]).to.match(message);
      }
    });
  });

  describe('of X', () => {
    let x: FakeX;
    beforeEach(async () => {
      x = await FakeX.start();
    });
    afterEach(() => x.stop());
    const look = (twitter: NonNullable<Subject['source']['twitter']>, track = ['yolo']) =>
      find(sourceCheck, { source: { source: 'twitter', track, twitter } }, { agent: x.agent() });

    it('looks at the rules alone, which costs nothing and changes nothing', async () => {
      x.rules = [{ id: '1', value: 'something else' }];
      expect(await look({ bearerToken: BEARER_TOKEN })).to.deep.equal(
        ok('X accepts TWITTER_BEARER_TOKEN; the app has 1 other rule, whose posts also come and cost'),
      );
      expect(x.requests).to.deep.equal(['GET /2/tweets/search/stream/rules']);
    });

    it('logs in with the key and secret of an app', async () => {
      expect(await look(CONSUMER)).to.deep.equal(ok('X accepts TWITTER_CONSUMER_KEY and TWITTER_CONSUMER_SECRET'));
    });

    it('explains 401, and keeps the token to itself', async () => {
      const { status, messages } = await look({ bearerToken: 'the-wrong-token' });
      expect(status).to.equal('failed');
      expect(messages[0]).to.match(/X answered 401 .*TWITTER_BEARER_TOKEN is wrong or was revoked/);
      expect(messages[0]).not.to.contain('the-wrong-token');
    });

    it('explains an answer without rules in it, as the client does', async () => {
      x.script('rules', (answer) => answer.json(200, null));
      const { status, messages } = await look({ bearerToken: BEARER_TOKEN });
      expect({ status, messages }).to.deep.equal(
        failed(
          'the rules at X failed: X answered with null; expected a JSON object: check that the answer comes from X itself',
        ),
      );
    });

    it('says which words no rule can track, without asking X', async () => {
      const { status, messages } = await look({ bearerToken: BEARER_TOKEN }, ['"', '!']);
      expect(status).to.equal('failed');
      expect(messages).to.have.length(2);
      expect(x.requests).to.deep.equal([]);
    });

    it('takes the sample for a part of the rules, as the client does', async () => {
      const source = { source: 'twitter' as const, track: ['x'.repeat(502)], twitter: { bearerToken: BEARER_TOKEN } };
      expect((await find(sourceCheck, { source }, { agent: x.agent() })).status).to.equal('ok');
      const { messages } = await find(sourceCheck, { source: { ...source, sample: 10 } }, { agent: x.agent() });
      expect(messages[0]).to.contain('makes a rule of 1033 characters; expected at most 1024');
    });
  });

  describe('of a live source', () => {
    const source: Partial<Subject> = { source: { source: 'bluesky', track: [] } };

    it('is content with the first event, and leaves', async () => {
      let isLeft = false;
      const openSource: Tools['openSource'] = async () =>
        (async function* () {
          try {
            for (;;) yield [{ partitionKey: 'p', data: Buffer.from('{}') }];
          } finally {
            isLeft = true;
          }
        })();
      expect(await find(sourceCheck, source, { openSource })).to.deep.equal(ok('Bluesky sends events'));
      expect(isLeft).to.equal(true);
    });

    /** A source that notes something, and then waits to be told to end. */
    const noting =
      (kind: 'connected' | 'retry', message: string): Tools['openSource'] =>
      async (_, { signal, note }) =>
        (async function* () {
          note({ kind, message });
          while (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
          yield* [];
        })();

    it('is content with a connection', async () => {
      expect(await find(sourceCheck, source, { openSource: noting('connected', 'here') })).to.deep.equal(
        ok('Bluesky can be reached'),
      );
    });

    it('does not wait for the next try', async () => {
      const openSource = noting('retry', 'the server answered 503; trying again in 2 s');
      expect(await find(sourceCheck, source, { openSource })).to.deep.equal(
        failed('the server answered 503; check the network, then try again'),
      );
    });

    it('passes on why the source gives up', async () => {
      const openSource = failing(new SourceError('the server answered 404; expected a stream: check --url'));
      expect(await find(sourceCheck, source, { openSource })).to.deep.equal(
        failed('the server answered 404; expected a stream: check --url'),
      );
    });

    it('ends where nothing comes', async () => {
      const openSource: Tools['openSource'] = () => new Promise(() => {});
      const clock = { ...TOOLS.clock, sleep: async () => {} };
      const { status, messages } = await find(sourceCheck, source, { openSource, clock });
      expect(status).to.equal('failed');
      expect(messages[0]).to.match(/^no answer within 15 s; check the network/);
    });
  });

  describe('of what is kept', () => {
    const keeping = (files: { spool?: string; checkpoint?: string }): Partial<Subject> => ({
      delivery: { ...SUBJECT.delivery, ...files },
    });

    it('finds that the spool can be written, and writes nothing', async () => {
      const own = await mkdtemp(join(folder, 'kept-'));
      const [spool, checkpoint] = [join(own, 'spool.ndjson'), join(own, 'checkpoint')];
      expect(await find(spoolCheck, keeping({ spool }))).to.deep.equal(ok(`"${spool}" can be written`));
      expect(await find(checkpointCheck, keeping({ checkpoint }))).to.deep.equal(
        ok(`"${checkpoint}" can be written; it is new`),
      );
      expect(await find(diskCheck, keeping({ spool })))
        .to.have.property('status')
        .that.is.oneOf(['ok', 'failed']);
      expect(await readdir(own)).to.deep.equal([]);
    });

    it('says where a file goes on, and fails where the checkpoint is of another', async () => {
      const own = await mkdtemp(join(folder, 'kept-'));
      const [file, other, checkpoint] = [join(own, 'a.ndjson'), join(own, 'b.ndjson'), join(own, 'checkpoint')];
      await writeFile(file, '{}\n');
      await writeFile(other, '{}\n');
      const opened = await openCheckpoint(
        { source: 'file', file, checkpoint },
        { beforeSave: () => true, clock: TOOLS.clock },
      );
      await opened.checkpoint.close();
      const of = (path: string) =>
        find(checkpointCheck, { ...keeping({ checkpoint }), source: { source: 'file', file: path, track: [] } });
      expect(await of(file)).to.deep.equal(ok(`"${checkpoint}" can be written; ${file} continues at byte 0`));
      const found = await of(other);
      expect(found.status).to.equal('failed');
      expect(found.messages[0]).to.contain(file).and.to.contain(other);
    });

    it('fails where the folder is missing', async () => {
      const path = join(folder, 'missing', 'file');
      const spool = await find(spoolCheck, keeping({ spool: path }));
      expect(spool.status).to.equal('failed');
      expect(spool.messages[0]).to.match(/which cannot be written \(ENOENT\); expected a file in a folder that exists/);
      expect(await find(checkpointCheck, keeping({ checkpoint: path }))).to.deep.equal(
        failed(`"${path}" cannot be written; expected a file in a folder that exists and can be written`),
      );
      expect(await find(diskCheck, keeping({ spool: path }))).to.include({ status: 'skipped' });
    });

    it('fails where there can be no file, and says what was expected', async () => {
      const loop = join(await mkdtemp(join(folder, 'kept-')), 'loop');
      await symlink('loop', loop);
      expect(await find(spoolCheck, keeping({ spool: loop }))).to.have.property('status', 'failed');
      expect(await find(checkpointCheck, keeping({ checkpoint: loop }))).to.deep.equal(
        failed(`the checkpoint "${loop}" cannot be read (ELOOP); expected a file of an earlier run, or no file`),
      );
    });

    it('asks for the checkpoint what the client does: it replaces a file that cannot be written, in the folder behind a link', async () => {
      const own = await mkdtemp(join(folder, 'kept-'));
      const [file, checkpoint, link] = [join(own, 'a.ndjson'), join(own, 'checkpoint'), join(own, 'link')];
      await writeFile(file, '{}\n');
      const settings = { source: 'file' as const, file, track: [] };
      const open = (path: string) =>
        openCheckpoint({ ...settings, checkpoint: path }, { beforeSave: () => true, clock: TOOLS.clock });
      await (await open(checkpoint)).checkpoint.close();
      await chmod(checkpoint, 0o400);
      const look = (path: string) => find(checkpointCheck, { ...keeping({ checkpoint: path }), source: settings });
      expect((await look(checkpoint)).status).to.equal('ok');
      await (await open(checkpoint)).checkpoint.close();

      await symlink(join('missing', 'checkpoint'), link);
      expect(await look(link)).to.deep.equal(
        failed(`"${link}" cannot be written; expected a file in a folder that exists and can be written`),
      );
      expect(await open(link).catch(({ message }) => message)).to.match(/ENOENT/);
    });

    it('fails where the disk is nearly full', () => {
      expect(judgeSpace(99 * 1024 * 1024).status).to.equal('failed');
      expect(judgeSpace(2_000 * 1024 * 1024)).to.deep.equal(ok('2,000 MiB are free where the spool would go'));
    });
  });
});

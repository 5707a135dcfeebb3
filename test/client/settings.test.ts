import { expect } from 'chai';
import { LOCAL_PORTS } from '../../aws/local-stack.ts';
import type { StackOutputs } from '../../aws/stack-outputs.ts';
import type { Environment } from '../../cli/environment.ts';
import { findSettings, readClientFlags, toSettings } from '../../client/settings.ts';
import { SOURCES } from '../../client/sources/source-settings.ts';
import { localStack, namesOf } from '../../local/stack.ts';
import { problemsOf } from '../support/refusal.ts';

const read = (argv: string[], env: Environment = {}, outputs?: StackOutputs) =>
  toSettings(findSettings(readClientFlags(argv), { env }, outputs));

const refused = (...call: Parameters<typeof read>) => problemsOf(() => read(...call));

const STREAM = ['--stream', 's', '--region', 'eu-west-1'];
const FILE = ['--file', 'events.ndjson', ...STREAM];
const OUTPUTS: StackOutputs = {
  stream: 'of-the-stack',
  region: 'eu-north-1',
  clientCredentials: 'Outputs',
  credentials: { accessKeyId: 'AK', secretAccessKey: 'SK' },
};

describe('the settings of the client', () => {
  it('come from the flags', () => {
    const kept = ['--spool', 's.ndjson', '--checkpoint', 'c.json'];
    expect(read([...FILE, ...kept, '--max', '7', '--json', '--patience', '9'])).to.deep.equal({
      source: 'file',
      file: 'events.ndjson',
      track: [],
      stream: 's',
      region: 'eu-west-1',
      max: 7,
      ordered: false,
      aggregate: false,
      recordLimit: 1_048_576,
      patienceMs: 9_000,
      spool: 's.ndjson',
      checkpoint: 'c.json',
      json: true,
    });
  });

  it('come from the environment where there is no flag', () => {
    const env = {
      TWITTER_CONSUMER_KEY: 'ck',
      TWITTER_CONSUMER_SECRET: 'cs',
      TRACK: 'rain, snow',
      KINESIS_STREAM: 'from-env',
      AWS_REGION: 'us-west-2',
      AWS_ACCESS_KEY_ID: 'A',
      AWS_SECRET_ACCESS_KEY: 'S',
      AWS_SESSION_TOKEN: 'T',
    };
    expect(read(['--track', 'sun'], env)).to.deep.equal({
      source: 'twitter',
      track: ['sun'],
      twitter: { consumerKey: 'ck', consumerSecret: 'cs' },
      stream: 'from-env',
      region: 'us-west-2',
      credentials: { accessKeyId: 'A', secretAccessKey: 'S', sessionToken: 'T' },
      ordered: false,
      aggregate: false,
      recordLimit: 1_048_576,
      patienceMs: 300_000,
      json: false,
    });
    expect(read([], env).track).to.deep.equal(['rain', 'snow']);
  });

  it('come from the outputs of the stack where nothing else says so', () => {
    expect(read(['--file', '-', '--stack', 'x'], {}, OUTPUTS)).to.include({
      stream: 'of-the-stack',
      region: 'eu-north-1',
    });
    expect(read(['--file', '-', '--stack', 'x'], {}, OUTPUTS).credentials).to.deep.equal(OUTPUTS.credentials);
    expect(read(['--file', '-', '--stack', 'x', ...STREAM], {}, OUTPUTS)).to.include({
      stream: 's',
      region: 'eu-west-1',
    });
  });

  it('prefer a bearer token to the consumer key', () => {
    const env = { TWITTER_BEARER_TOKEN: 'b', TWITTER_CONSUMER_KEY: 'ck', TWITTER_CONSUMER_SECRET: 'cs' };
    expect(read(STREAM, env).twitter).to.deep.equal({ bearerToken: 'b' });
  });

  it('leave the credentials to the AWS credential chain where none are given', () => {
    expect(read(FILE)).not.to.have.property('credentials');
  });

  it('need neither region nor credentials for an endpoint on this machine', () => {
    const settings = read(['--file', '-', '--stream', 's', '--endpoint', 'http://127.0.0.1:4567']);
    expect(settings).to.include({ region: 'us-east-1', endpoint: 'http://127.0.0.1:4567', source: 'stdin' });
    expect(settings.credentials).to.deep.equal({ accessKeyId: 'local', secretAccessKey: 'local' });
  });

  it('know the stack of npm run local, whatever the environment says of another', () => {
    const env = {
      KINESIS_STREAM: 'deployed',
      AWS_ENDPOINT_URL: 'https://kinesis.example.com',
      AWS_PROFILE: 'without-session',
      AWS_ACCESS_KEY_ID: 'half-a-key',
    };
    const names = namesOf(localStack());
    expect(read(['--file', '-', '--local'], env)).to.deep.include({
      stream: names.stream,
      endpoint: `http://127.0.0.1:${LOCAL_PORTS.kinesis}`,
      region: names.region,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const moved = ['--stream', 's', '--endpoint', 'http://127.0.0.1:9'];
    expect(read(['--file', '-', '--local', ...moved])).to.include({ stream: 's', endpoint: 'http://127.0.0.1:9' });
  });

  it('know it also at an address that other machines reach, where npm run local -- --host ADDRESS listens', () => {
    const settings = read(['--file', '-', '--local', '--endpoint', 'http://172.17.0.1:4567']);
    expect(settings).to.deep.include({
      region: namesOf(localStack()).region,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  });

  it('never send placeholders anywhere else', () => {
    expect(read([...FILE, '--endpoint', 'https://kinesis.example.com'])).not.to.have.property('credentials');
  });

  it('take how records are made, the largest of them in KiB', () => {
    const settings = read([...FILE, '--ordered', '--aggregate', '--record-limit', '10240']);
    expect(settings).to.include({ ordered: true, aggregate: true, recordLimit: 10_485_760 });
  });

  it('take the largest record from the stack, for its own stream, unless a flag says otherwise', () => {
    const large = { ...OUTPUTS, maxRecordSizeInKiB: 2_048 };
    const limit = (argv: readonly string[]) => read(['--file', '-', '--stack', 'x', ...argv], {}, large).recordLimit;
    expect(limit([])).to.equal(2_097_152);
    expect(limit(['--record-limit', '1500'])).to.equal(1_536_000);
    expect(limit(STREAM)).to.equal(1_048_576);
  });

  it('take what each source needs', () => {
    expect(read([...FILE, '--wrap', 'com.example.log'])).to.include({ source: 'file', wrap: 'com.example.log' });
    expect(read(['--source', 'stdin', '--wrap', 'x', ...STREAM])).to.include({ source: 'stdin', wrap: 'x' });
    const url = 'wss://jetstream.example.com/subscribe';
    expect(read(['--source', 'bluesky', '--track', 'fox, 狐', '--url', url, ...STREAM])).to.deep.include({
      source: 'bluesky',
      track: ['fox', '狐'],
      url,
    });
    expect(read(['--source', 'wikimedia', ...STREAM])).to.deep.include({ source: 'wikimedia', track: [] });
    const env = { TWITTER_BEARER_TOKEN: 'b' };
    expect(read(['--sample', '12', ...STREAM], env)).to.include({ source: 'twitter', sample: 12 });
  });

  it('follow all of Bluesky, though TRACK is set, but never all of X', () => {
    const env = { TRACK: 'rain', TWITTER_BEARER_TOKEN: 'b' };
    expect(read(['--source', 'bluesky', ...STREAM], env).track).to.deep.equal([]);
    expect(read(STREAM, { TWITTER_BEARER_TOKEN: 'b' }).track).to.deep.equal(['yolo']);
  });

  it('make up events as they are told, else a hundred a second', () => {
    const synthetic = ['--source', 'synthetic', ...STREAM];
    expect(read(synthetic).synthetic).to.deep.equal({ rate: 100, size: 1_000, keys: 1_000, skew: 0, seed: 1 });
    const flags = ['--rate', '0', '--size', '200', '--keys', '5', '--skew', '1.5', '--seed', '42'];
    expect(read([...synthetic, ...flags]).synthetic).to.deep.equal({
      rate: 0,
      size: 200,
      keys: 5,
      skew: 1.5,
      seed: 42,
    });
  });

  it('take an empty variable, as a copied .env.example has it, for none', () => {
    expect(refused([], { KINESIS_STREAM: '', AWS_REGION: '', TWITTER_BEARER_TOKEN: '' })).to.have.length(3);
  });

  it('name all problems at once', () => {
    const argv = ['--source', 'rss', '--max', '0', '--patience', 'x', '--endpoint', 'localhost:4567'];
    expect(refused(argv, { AWS_ACCESS_KEY_ID: 'A' })).to.deep.equal([
      `unknown source "rss"; expected one of ${SOURCES.join(', ')}`,
      'the endpoint is "localhost:4567"; expected a URL like http://127.0.0.1:4567',
      'no stream: give --stream NAME, KINESIS_STREAM, --local, or --stack NAME to read it from the stack',
      'no region: give --region NAME, AWS_REGION, or --stack NAME to read it from the stack',
      'AWS_SECRET_ACCESS_KEY is not set, but its other half is; set both or neither, both in the environment or both in .env',
      '--max is "0"; expected a whole number from 1',
      '--patience is "x"; expected a whole number from 1',
    ]);
  });

  const wrong: [name: string, argv: string[], env: Environment, problem: RegExp][] = [
    [
      'a name that no stream can have',
      ['--file', '-', '--region', 'eu-west-1', '--stream', 'my stream'],
      {},
      /^the stream is "my stream"; expected 1 to 128 letters/,
    ],
    [
      'a region that no host can have',
      ['--file', '-', '--region', 'EU West', '--stream', 's'],
      {},
      /^the region is "EU West"; expected a name like eu-west-1$/,
    ],
    ['two stacks', ['--file', '-', '--stack', 's', '--local'], {}, /^--stack and --local exclude each other/],
    ['a source that needs a file', ['--source', 'file', ...STREAM], {}, /needs --file PATH/],
    [
      'a file with another source',
      ['--source', 'stdin', '--file', 'x', ...STREAM],
      {},
      /does not go with --source stdin/,
    ],
    ['no access to X', STREAM, {}, /set TWITTER_CONSUMER_KEY and TWITTER_CONSUMER_SECRET, or TWITTER_BEARER_TOKEN/],
    ['half an access to X', STREAM, { TWITTER_CONSUMER_KEY: 'k' }, /set TWITTER_CONSUMER_SECRET, or/],
    [
      'a checkpoint of what cannot be read again',
      ['--file', '-', '--checkpoint', 'c', ...STREAM],
      {},
      /does not go with the source "stdin": it can be read only once/,
    ],
    [
      'a checkpoint of X, and say what it cannot do',
      ['--source', 'twitter', '--checkpoint', 'c', ...STREAM],
      { TWITTER_BEARER_TOKEN: 't' },
      /does not go with the source "twitter": .* posts of the time between two runs are missing/,
    ],
    [
      'a contact that no header can have',
      ['--source', 'wikimedia', '--contact', 'me (you)', ...STREAM],
      {},
      /--contact is "me \(you\)"; expected a mail address or a URL/,
    ],
    [
      'such a contact in the environment',
      ['--source', 'wikimedia', ...STREAM],
      { WIKIMEDIA_CONTACT: 'me (you)' },
      /^WIKIMEDIA_CONTACT is "me \(you\)"; expected/,
    ],
    [
      'to follow what does not grow',
      ['--source', 'stdin', '--follow', ...STREAM],
      {},
      /--follow does not go with the source "stdin"; it is for file/,
    ],
    ['one file for two things', [...FILE, '--spool', './events.ndjson'], {}, /name the same file twice/],
    ['the same of the checkpoint', [...FILE, '--checkpoint', './events.ndjson'], {}, /name the same file twice/],
    [
      'the ARN of a stream',
      ['--file', '-', '--region', 'eu-west-1', '--stream', 'arn:aws:kinesis:eu-west-1:1:stream/s'],
      {},
      /^the stream is "arn:aws:kinesis:eu-west-1:1:stream\/s"; expected its name, "s"$/,
    ],
    ['a spool without a name', [...FILE, '--spool', ''], {}, /--spool is empty; expected a path/],
    ['a number beyond what it can be', [...FILE, '--record-limit', '10241'], {}, /"10241"; expected at most 10240 KiB/],
    [
      'a sample of more than all',
      ['--sample', '101', ...STREAM],
      { TWITTER_BEARER_TOKEN: 'b' },
      /--sample is "101"; expected a whole number from 1 to 100/,
    ],
    [
      'a flag of another source',
      [...FILE, '--rate', '5'],
      {},
      /^--rate does not go with the source "file"; it is for synthetic$/,
    ],
    [
      'words for a source without any',
      ['--source', 'wikimedia', '--track', 'fox', ...STREAM],
      {},
      /^--track does not go with the source "wikimedia"; it is for twitter and bluesky$/,
    ],
    [
      'what is not a URL',
      ['--source', 'bluesky', '--url', 'jetstream', ...STREAM],
      {},
      /--url is "jetstream"; expected a URL like wss:/,
    ],
    [
      'what is not a URL of a stream of Wikimedia',
      ['--source', 'wikimedia', '--url', 'stream.wikimedia.org', ...STREAM],
      {},
      /--url is "stream\.wikimedia\.org"; expected a URL like https:/,
    ],
    ['a type without a name', [...FILE, '--wrap', ''], {}, /--wrap is empty; expected the type of the events/],
    [
      'a negative rate',
      ['--source', 'synthetic', '--rate=-1', ...STREAM],
      {},
      /--rate is "-1"; expected a number from 0/,
    ],
    ['events of no bytes', ['--source', 'synthetic', '--size', '0', ...STREAM], {}, /--size is "0"; expected a whole/],
    [
      'events that fit no record',
      ['--source', 'synthetic', '--size', '1048570', ...STREAM],
      {},
      /^--size is "1048570"; expected at most 1048569, /,
    ],
    ['a token with its kind before it', STREAM, { TWITTER_BEARER_TOKEN: 'Bearer t' }, /^TWITTER_BEARER_TOKEN holds /],
    [
      'a secret with the line end of Windows',
      FILE,
      { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'S\r' },
      /^AWS_SECRET_ACCESS_KEY holds a space, a line end/,
    ],
    ['an empty word', ['--track', 'a,,b', ...STREAM], { TWITTER_BEARER_TOKEN: 'b' }, /--track holds an empty word/],
    [
      'a comma too many in a variable',
      STREAM,
      { TWITTER_BEARER_TOKEN: 'b', TRACK: 'a,' },
      /^TRACK holds an empty word/,
    ],
    [
      "the secret's name in place of its value",
      FILE,
      { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'arn:aws:secretsmanager:x' },
      /is the name of a secret/,
    ],
  ];
  for (const [name, argv, env, problem] of wrong)
    it(`refuse ${name}`, () => {
      const problems = refused(argv, env);
      expect(problems).to.have.length(1);
      expect(problems[0]).to.match(problem);
    });

  it('never repeat a secret in a problem', () => {
    const problems = refused(['--max', 'x'], {
      AWS_SECRET_ACCESS_KEY: 'arn:hunter2',
      AWS_ACCESS_KEY_ID: 'A',
      TWITTER_CONSUMER_KEY: 'hunter2 ',
    });
    const inUrls = [
      ...refused(['--endpoint', 'http://user:hunter2@127.0.0.1:4567', '--file', 'f', '--stream', 's']),
      ...refused(['--source', 'bluesky', '--url', 'wsx://user:hunter2@example.org/', ...STREAM]),
    ];
    expect(inUrls[0]).to.match(/^the endpoint is "http:\/\/…@127\.0\.0\.1:4567"; expected a URL like/);
    expect(inUrls.at(-1)).to.match(/^--url is "wsx:\/\/…@example\.org\/"; expected a URL like/);
    expect([...problems, ...inUrls].join()).not.to.contain('hunter2');
  });

  describe('know where they come from', () => {
    const VARIABLES = { AWS_REGION: 'eu-west-1', KINESIS_STREAM: 's', AWS_ENDPOINT_URL_KINESIS: 'http://127.0.0.1:1' };
    const KEYS = { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'S' };
    const find = (argv: string[], env: Environment = {}, dotEnv: string[] = [], outputs?: StackOutputs) => {
      const { stream, region, endpoint, signer } = findSettings(
        readClientFlags(argv),
        { env, dotEnv: new Set(dotEnv) },
        outputs,
      );
      const origins = [stream, region, endpoint, signer].map((found) => found && [found.origin, found.name]);
      return Object.fromEntries(
        ['stream', 'region', 'endpoint', 'signer'].map((name, index) => [name, origins[index]]),
      );
    };

    it('from the flags, which come before all else', () => {
      const argv = ['--stream', 'f', '--region', 'r', '--endpoint', 'http://127.0.0.1:2'];
      expect(find(argv, VARIABLES, ['AWS_REGION'], OUTPUTS)).to.deep.equal({
        stream: ['flag', '--stream'],
        region: ['flag', '--region'],
        endpoint: ['flag', '--endpoint'],
        signer: ['stack', undefined],
      });
    });

    it('from the environment, and from .env what only that sets', () => {
      expect(find([], { ...VARIABLES, ...KEYS }, ['AWS_REGION', 'AWS_ACCESS_KEY_ID'])).to.deep.equal({
        stream: ['environment', 'KINESIS_STREAM'],
        region: ['.env', 'AWS_REGION'],
        endpoint: ['environment', 'AWS_ENDPOINT_URL_KINESIS'],
        signer: ['.env', 'AWS_ACCESS_KEY_ID'],
      });
      expect(find([], { AWS_DEFAULT_REGION: 'r', AWS_PROFILE: 'dev' })).to.deep.include({
        region: ['environment', 'AWS_DEFAULT_REGION'],
        signer: ['environment', 'AWS_PROFILE'],
      });
    });

    it('from the variable for all services where Kinesis has none of its own', () => {
      const all = { AWS_ENDPOINT_URL: 'http://127.0.0.1:2' };
      expect(find([], all)).to.deep.include({ endpoint: ['environment', 'AWS_ENDPOINT_URL'] });
      expect(find([], { ...all, ...VARIABLES })).to.deep.include({
        endpoint: ['environment', 'AWS_ENDPOINT_URL_KINESIS'],
      });
    });

    it('from the environment of a container, also of EKS Pod Identity', () => {
      for (const name of ['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'])
        expect(find(['--stack', 'x'], { [name]: 'http://169.254.170.23/v1/credentials' }, [], OUTPUTS)).to.deep.include(
          {
            signer: ['environment', name],
          },
        );
    });

    it('from the stack', () => {
      expect(find(['--stack', 'x'], {}, [], OUTPUTS)).to.deep.include({
        stream: ['stack', undefined],
        region: ['stack', undefined],
        signer: ['stack', undefined],
      });
    });

    it('from the defaults, for a stack on this machine', () => {
      expect(find(['--endpoint', 'http://127.0.0.1:4567'])).to.deep.include({
        stream: undefined,
        region: ['default', undefined],
        signer: ['default', undefined],
      });
    });
  });
});

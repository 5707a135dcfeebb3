import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ensureHome, loadDotEnv } from '../../cli/environment.ts';
import { fromVariable } from '../../cli/setting.ts';
import { UserError } from '../../cli/user-error.ts';
import { emptyFolder } from '../support/empty-folder.ts';

describe('the variables of .env', () => {
  const folder = emptyFolder(before);

  /** The variables once a file with this text is loaded, and the names that only the file sets. */
  const load = async (text: string, env: Record<string, string | undefined> = {}) => {
    const path = join(folder, '.env');
    await writeFile(path, text);
    return { dotEnv: loadDotEnv(path, env), env };
  };

  it('are set where the environment has none, and are told apart from it', async () => {
    const variables = await load('ONLY_IN_FILE="a b"\nIN_BOTH=file # a comment\n', { IN_BOTH: 'environment' });
    expect(['ONLY_IN_FILE', 'IN_BOTH'].map((name) => fromVariable(variables, name))).to.deep.equal([
      { value: 'a b', origin: '.env', name: 'ONLY_IN_FILE' },
      { value: 'environment', origin: 'environment', name: 'IN_BOTH' },
    ]);
  });

  it('are set for this process', async () => {
    const path = join(folder, 'of-process');
    await writeFile(path, 'TEST_OF_DOT_ENV=a\n');
    loadDotEnv(path);
    const { TEST_OF_DOT_ENV } = process.env;
    delete process.env.TEST_OF_DOT_ENV;
    expect(TEST_OF_DOT_ENV).to.equal('a');
  });

  it('are read from a file of Windows: a byte order mark, and line ends of two characters', async () => {
    const { env, dotEnv } = await load('\ufeffOF_WINDOWS="a b"\r\nOF_WINDOWS_TOO=c\r\n');
    expect(env).to.deep.equal({ OF_WINDOWS: 'a b', OF_WINDOWS_TOO: 'c' });
    expect(dotEnv).to.deep.equal(new Set(['OF_WINDOWS', 'OF_WINDOWS_TOO']));
  });

  it('are all read where spaces stand at the end of a line, before a name, or alone on a line', async () => {
    const spaces = [' ', '\t', ' \t ', '\u00a0', '\u3000'];
    for (const space of spaces)
      for (const end of ['\n', '\r\n']) {
        const lines = [`A=${space}`, 'B=1', space, `C="2 "${space}`, `${space}D=3`];
        const { env } = await load(lines.join(end));
        expect(env).to.deep.equal({ B: '1', C: '2 ', D: '3' });
      }
  });

  it('are not taken for the end of a line without an equals sign, which is refused or passed over', async () => {
    const loaded = await load('TRACK: yolo\nAWS_REGION=eu-west-1\n').catch((error: Error) => error);
    if (loaded instanceof UserError)
      expect(loaded.message).to.match(
        /\.env has a line without "=" that is not a comment; expected lines like NAME=VALUE$/,
      );
    else expect(loaded).to.have.nested.property('env.AWS_REGION', 'eu-west-1');
  });

  const TEMPORARY = 'AWS_ACCESS_KEY_ID=file\nAWS_SECRET_ACCESS_KEY=file\nAWS_SESSION_TOKEN=file\nAWS_REGION=file\n';
  const mixed: [name: string, text: string, env: Record<string, string>, all: Record<string, string>][] = [
    [
      'the keys of the environment are not signed with the session of .env',
      TEMPORARY,
      { AWS_ACCESS_KEY_ID: 'shell', AWS_SECRET_ACCESS_KEY: 'shell' },
      { AWS_ACCESS_KEY_ID: 'shell', AWS_SECRET_ACCESS_KEY: 'shell', AWS_REGION: 'file' },
    ],
    [
      'the keys and the session of the environment stay together',
      TEMPORARY,
      { AWS_ACCESS_KEY_ID: 'shell', AWS_SECRET_ACCESS_KEY: 'shell', AWS_SESSION_TOKEN: 'shell' },
      {
        AWS_ACCESS_KEY_ID: 'shell',
        AWS_SECRET_ACCESS_KEY: 'shell',
        AWS_SESSION_TOKEN: 'shell',
        AWS_REGION: 'file',
      },
    ],
    [
      'half a pair in the environment is not made whole by .env',
      TEMPORARY,
      { AWS_SECRET_ACCESS_KEY: 'shell' },
      { AWS_SECRET_ACCESS_KEY: 'shell', AWS_REGION: 'file' },
    ],
    [
      'an empty key in the environment leaves out those of .env',
      TEMPORARY,
      { AWS_ACCESS_KEY_ID: '' },
      { AWS_REGION: 'file' },
    ],
    [
      'the keys of .env are not signed with a session of the environment',
      'AWS_ACCESS_KEY_ID=file\nAWS_SECRET_ACCESS_KEY=file\n',
      { AWS_SESSION_TOKEN: 'shell' },
      { AWS_ACCESS_KEY_ID: 'file', AWS_SECRET_ACCESS_KEY: 'file' },
    ],
    [
      'the keys and the session of .env stay together',
      TEMPORARY,
      { AWS_SESSION_TOKEN: 'shell' },
      {
        AWS_ACCESS_KEY_ID: 'file',
        AWS_SECRET_ACCESS_KEY: 'file',
        AWS_SESSION_TOKEN: 'file',
        AWS_REGION: 'file',
      },
    ],
    [
      'a copied .env.example takes nothing from the environment',
      'AWS_ACCESS_KEY_ID=\nAWS_SECRET_ACCESS_KEY=\nAWS_SESSION_TOKEN=\n',
      { AWS_SESSION_TOKEN: 'shell' },
      { AWS_SESSION_TOKEN: 'shell' },
    ],
    [
      'a profile of the environment signs, and not the keys of .env',
      TEMPORARY,
      { AWS_PROFILE: 'shell' },
      { AWS_PROFILE: 'shell', AWS_REGION: 'file' },
    ],
    [
      'the keys of the environment sign, and not a profile of .env',
      'AWS_PROFILE=file\n',
      { AWS_ACCESS_KEY_ID: 'shell', AWS_SECRET_ACCESS_KEY: 'shell' },
      { AWS_ACCESS_KEY_ID: 'shell', AWS_SECRET_ACCESS_KEY: 'shell' },
    ],
    [
      'the app of X that the environment names is asked, and not that of a token in .env',
      'TWITTER_BEARER_TOKEN=file\n',
      { TWITTER_CONSUMER_KEY: 'shell', TWITTER_CONSUMER_SECRET: 'shell' },
      { TWITTER_CONSUMER_KEY: 'shell', TWITTER_CONSUMER_SECRET: 'shell' },
    ],
    [
      'the key of an app of X does not go with the secret of another',
      'TWITTER_CONSUMER_KEY=file\nTWITTER_CONSUMER_SECRET=file\n',
      { TWITTER_CONSUMER_KEY: 'shell' },
      { TWITTER_CONSUMER_KEY: 'shell' },
    ],
  ];
  for (const [name, text, env, all] of mixed)
    it(`come with those of one credential from one place: ${name}`, async () => {
      const loaded = await load(text, { ...env });
      expect(loaded.env).to.deep.equal(all);
      const fromFile = Object.keys(all).filter((each) => all[each] !== env[each]);
      expect(loaded.dotEnv).to.deep.equal(new Set(fromFile));
    });

  it('are those that a copied .env.example fills in: the AWS SDK would take an empty region for one', async () => {
    const example = await readFile(new URL('../../.env.example', import.meta.url), 'utf8');
    expect(example).to.contain('\nAWS_REGION=\n');
    expect(await load(example)).to.deep.equal({ env: { TRACK: 'yolo' }, dotEnv: new Set(['TRACK']) });
    expect((await load('', { AWS_REGION: '', NO_COLOR: '' })).env).to.deep.equal({ NO_COLOR: '' });
  });

  it('are refused where the file is text in UTF-16, or not a file', async () => {
    const path = join(folder, 'utf-16');
    await writeFile(path, '\ufeffONLY_IN_FILE=a\n', 'utf16le');
    expect(() => loadDotEnv(path)).to.throw(UserError, 'is not text in UTF-8');
    expect(() => loadDotEnv(folder)).to.throw(UserError, 'cannot be read (EISDIR)');
  });

  it('are none where there is no file', () => {
    expect(loadDotEnv(join(folder, 'missing'))).to.deep.equal(new Set());
  });
});

describe('the home of a user', () => {
  const homeWhere = (home: () => string): string | undefined => {
    const env: Record<string, string | undefined> = {};
    ensureHome(env, home);
    return env.HOME;
  };

  it('is as Docker has it for a user whom the machine does not know, and otherwise stays as it is', () => {
    const unknown = () => {
      throw new Error('A system error occurred: uv_os_homedir returned ENOENT (no such file or directory)');
    };
    expect([homeWhere(unknown), homeWhere(() => '/home/user')]).to.deep.equal(['/', undefined]);
  });
});

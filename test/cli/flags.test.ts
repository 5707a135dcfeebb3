import { expect } from 'chai';
import type { Environment } from '../../cli/environment.ts';
import { readFlags, readPast, readTime } from '../../cli/flags.ts';
import { problemsOf } from '../support/refusal.ts';

const OPTIONS = {
  file: { type: 'string' },
  key: { type: 'string' },
  'record-limit': { type: 'string' },
  ordered: { type: 'boolean' },
} as const;

const refused = (argv: string[], env: Environment) => problemsOf(() => readFlags(argv, OPTIONS, env));

describe('options that npm took for itself, since -- is missing', () => {
  it('are named, and so is the right command', () => {
    // npm run client --file events.ndjson --record-limit=5
    const env = { npm_lifecycle_event: 'client', npm_config_file: 'true', npm_config_record_limit: '5' };
    expect(refused(['events.ndjson'], env)).to.deep.equal([
      'npm took --file and --record-limit for itself; put -- before the options: npm run client -- --file … --record-limit …',
    ]);
  });

  it('are no problem where they arrive all the same', () => {
    const env = { npm_lifecycle_event: 'client', npm_config_file: 'x', npm_config_ordered: 'true' };
    expect(refused(['--file=y', '--ordered'], env)).to.deep.equal([]);
  });

  it('are not looked for where the command was not started by npm', () => {
    expect(refused([], { npm_config_file: 'x' })).to.deep.equal([]);
    expect(refused([], { npm_lifecycle_event: 'client', npm_config_registry: 'x' })).to.deep.equal([]);
  });
});

describe('options that are not understood', () => {
  const SECRETS = 'secrets are read from the environment or from .env, never from the command line';
  const EXIST = 'the options are --file, --key, --record-limit, --ordered, --help';
  const cases: [argv: string[], problem: string][] = [
    [['--bearer-token', 'x'], `Unknown option '--bearer-token'; ${SECRETS}`],
    [['--access-key', 'x'], `Unknown option '--access-key'; ${SECRETS}`],
    [['--partition-key', 'x'], `Unknown option '--partition-key'; ${EXIST}`],
    [['--fiel', 'x'], `Unknown option '--fiel'; ${EXIST}`],
    [['--key'], "Option '--key <value>' argument missing"],
    [['--file', 'a', '--ordered', '--ordered', '--file=b'], '--file is given more than once; expected one value'],
    [['tokens.ndjson'], `Unexpected argument 'tokens.ndjson'; ${EXIST}`],
  ];
  for (const [argv, problem] of cases)
    it(`are told what is expected: ${argv.join(' ')}`, () => {
      expect(refused(argv, {}).map((each) => each.replace(/ This command .*(?=;)/, ''))).to.deep.equal([problem]);
    });

  it('are told how to give a value that begins with a dash', () => {
    expect(refused(['--key', '-x'], {})[0]).to.match(/'--key'.*ambiguous.*; a value .* follows an equals sign/);
  });
});

describe('a time in the past', () => {
  const now = Date.parse('2026-11-20T12:00:00.000Z');
  const read = (value: string): number | string | undefined => {
    const problems: string[] = [];
    return readPast('since', value, now, problems) ?? problems[0];
  };

  for (const [value, time] of [
    ['90s', '2026-11-20T11:58:30.000Z'],
    ['30m', '2026-11-20T11:30:00.000Z'],
    ['2h', '2026-11-20T10:00:00.000Z'],
    ['2d', '2026-11-18T12:00:00.000Z'],
    ['999999999d', '1970-01-01T00:00:00.000Z'],
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2026-11-20T11:00', '2026-11-20T11:00:00.000Z'],
    ['2026-11-20T11:00:01.25', '2026-11-20T11:00:01.250Z'],
    ['2026-11-20T14:00+02:30', '2026-11-20T11:30:00.000Z'],
    ['1815-12-10', '1970-01-01T00:00:00.000Z'],
  ] as const)
    it(`is ${time} where --since is ${value}`, () => {
      expect(read(value)).to.equal(Date.parse(time));
    });

  for (const value of [
    'soon',
    '2026-02-30',
    '2026-11-20T24:00',
    '2026-11-20T11:00+25:00',
    '5',
    '-1h',
    '2026-11-20 11:00',
  ])
    it(`is not ${value}`, () => {
      expect(read(value)).to.equal(`--since is "${value}"; expected 30m, 2h, 7d, or a time like 2026-11-20T12:00:00Z`);
    });

  it('may be any time of an event where that is what is asked for: past, future or before 1970', () => {
    for (const [value, time] of [
      ['2h', '2026-11-20T10:00:00.000Z'],
      ['1815-12-10', '1815-12-10T00:00:00.000Z'],
      ['2030-01-01T00:00:00Z', '2030-01-01T00:00:00.000Z'],
      ['999999999d', '0000-01-01T00:00:00.000Z'],
    ] as const)
      expect(readTime('since', value, now, [])).to.equal(Date.parse(time));
  });

  it('is not in the future', () => {
    expect(read('2026-11-20T12:00:01Z')).to.match(/which is in the future; expected a time in the past$/);
  });
});

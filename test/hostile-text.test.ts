import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Command } from '../cli/command.ts';
import client from '../client/twitter2kinesis.ts';
import local from '../local/local.ts';
import start from '../local/start.ts';
import plan from '../ops/plan/plan.ts';
import query from '../ops/query/query.ts';
import redrive from '../ops/redrive/redrive.ts';
import npmRunTry from '../ops/try/try.ts';
import { emptyFolder } from './support/empty-folder.ts';
import { cloudEvent } from './support/events.ts';
import { REFUSED } from './support/refused.ts';
import { call } from './support/run.ts';

/** C0, C1, DEL, what turns the direction of writing, a line separator. */
const SIGNS = '\u001b[2J\u0007\u009b1m\u007f\u202e\u2066\u200f\u2028';
const HOSTILE = `evil${SIGNS}`;
const RAW = /(?!\n)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066\u2067\ufeff]/u;

/** JSON that keeps all of them, but for the ones that no JSON may have raw. */
const lineOf = (value: unknown): string => JSON.stringify(value);

describe('text of somebody else', () => {
  const folder = emptyFolder(before);
  const file = join(folder, 'events.ndjson');

  before(async () => {
    const events = [
      cloudEvent({ id: HOSTILE, type: HOSTILE, source: HOSTILE, subject: HOSTILE, data: HOSTILE }),
      cloudEvent({ id: '2', time: HOSTILE }),
      cloudEvent({ specversion: HOSTILE }),
      { [HOSTILE]: HOSTILE },
    ];
    await writeFile(file, `${events.map(lineOf).join('\n')}\n{"${SIGNS.replace('\u2028', '')}: no JSON\n`);
  });

  /** Where nothing answers. */
  const nowhere = ['--endpoint', REFUSED];
  const CALLS: [name: string, command: Command, argv: () => string[]][] = [
    ['npm run try', npmRunTry, () => ['--file', file]],
    ['npm run try -- --json', npmRunTry, () => ['--json', '--file', file]],
    ['npm run try of a missing file', npmRunTry, () => ['--file', join(folder, HOSTILE)]],
    // What it prints without --json, it says with it too.
    ['npm start -- --json', start, () => ['--json', '--file', file]],
    ['npm start with a wrong flag', start, () => ['--processor', HOSTILE, `--${HOSTILE}`]],
    ['npm run client with a missing file', client, () => ['--stream', 's', '--file', HOSTILE, ...nowhere]],
    [
      'npm run client with a wrong endpoint',
      client,
      () => ['--stream', HOSTILE, '--endpoint', HOSTILE, '--file', file],
    ],
    ['npm run client -- doctor', client, () => ['doctor', '--stream', HOSTILE, '--file', HOSTILE, ...nowhere]],
    ['npm run client -- doctor --json', client, () => ['doctor', '--json', '--file', HOSTILE, ...nowhere]],
    ['npm run query', query, () => ['--table', HOSTILE, '--type', HOSTILE, '--since', HOSTILE]],
    ['npm run plan', plan, () => ['--rate', HOSTILE, `--${HOSTILE}`]],
    ['npm run redrive', redrive, () => ['--stream', HOSTILE, '--failed-batches', HOSTILE, ...nowhere]],
    ['npm run local', local, () => ['--host', HOSTILE, '--kinesis-port', HOSTILE]],
  ];
  for (const [name, command, argv] of CALLS)
    it(`is escaped in what ${name} prints`, async () => {
      const { stdout, stderr } = await call(command, argv()).finished;
      const shown = stdout + stderr;
      expect(shown).to.contain('\\u');
      expect(RAW.exec(shown)?.[0], shown).to.equal(undefined);
    });

  it('does not reach the signs that keep a right-to-left text in its column of a table', async () => {
    const salaam = join(folder, 'سلام.ndjson');
    await writeFile(salaam, lineOf({ id: 'سلام', Message: 'صباح الخير' }));
    const spool = join(folder, 'spool.ndjson');
    const calls = [
      call(npmRunTry, ['--file', salaam]),
      call(client, ['--stream', 's', '--file', salaam, '--spool', spool, '--patience', '1', ...nowhere]),
    ];
    for (const { finished } of calls)
      expect((await finished).stdout)
        .to.match(/\u2068[^\u2069]*سلام/)
        .and.not.contain('\\u20');
  });
});

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Delivered } from '../../client/delivery.ts';
import { type End, exitCodeOf, reportOf } from '../../client/delivery-report.ts';
import { commandToDeliver, howToGoOn } from '../../client/next-steps.ts';
import { OutOfPatienceError } from '../../client/producer/patience.ts';
import { EventTooLargeError } from '../../client/producer/producer.ts';
import { readClientFlags, type Settings } from '../../client/settings.ts';
import { SourceError } from '../../client/sources/source.ts';
import { XApiError } from '../../client/sources/twitter/failure.ts';
import { clientCounts } from '../support/counts.ts';

const SETTINGS: Settings = {
  source: 'file',
  file: 'events.ndjson',
  track: [],
  stream: 'events',
  region: 'eu-west-1',
  ordered: false,
  aggregate: false,
  recordLimit: 1_048_576,
  patienceMs: 300_000,
  json: false,
};

const DELIVERED: Delivered = {
  ...clientCounts({ read: 1_000, sent: 1_000 }),
  seconds: 2,
  failures: new Map(),
  statistics: {
    sent: 1_000,
    failed: 0,
    inFlight: 0,
    retried: 0,
    refused: 0,
    requests: 2,
    records: 1_000,
    bytes: 300_000,
    shards: [{ shardId: 'shardId-000000000000', sent: 1_000, refused: 0 }],
  },
};

const failuresOf = (...failures: [error: Error, events: number][]): Delivered['failures'] =>
  new Map(failures.map(([error, events]) => [error.name, { error, events }]));

const report = (delivered: Partial<Delivered> = {}, settings: Partial<Settings> = {}, isInterrupted = false) =>
  reportOf({ ...DELIVERED, ...delivered }, { ...SETTINGS, ...settings }, isInterrupted, 'npm run client --');

describe('the report of the client', () => {
  it('is one line where nothing special happened', () => {
    expect(report()).to.deep.include({
      lines: ['Sent 1,000 of 1,000 events to events in 2.00 s (500 events/s).'],
      problems: [],
      exitCode: 0,
    });
  });

  it('tells of all else in columns', () => {
    const spool = 'spool-1.ndjson';
    const { lines } = report({
      sent: 993,
      failed: 7,
      spooled: 7,
      spool,
      retried: 1_250,
      refused: 1_200,
      repeats: 3,
      notices: 1,
      failures: failuresOf([new EventTooLargeError('too large'), 7]),
    });
    expect(lines.slice(1)).to.deep.equal([
      '  read     1,000  from events.ndjson',
      '  retried  1,250  sent again',
      '  refused  1,200  by Kinesis, for the limits of its shards',
      '  dropped      4  not new events: 1 notice, 3 repeats',
      '  failed       7  did not arrive',
      '  kept         7  in spool-1.ndjson',
    ]);
  });

  it('tells how far it was behind a live source', () => {
    const { lines } = report({ lagMs: 830 }, { source: 'bluesky' });
    expect(lines).to.include('  lag   0.8 s  of the newest event, behind the source');
    expect(lines).to.include('  read  1,000  from Bluesky');
  });

  it('gives the reason of what failed, then what to do', () => {
    const error = new OutOfPatienceError('Error: connect ECONNREFUSED 127.0.0.1:9');
    const { problems, exitCode } = report({
      read: 30,
      sent: 0,
      failed: 30,
      spooled: 30,
      spool: 's.ndjson',
      error,
      failures: failuresOf([error, 30]),
    });
    expect(problems).to.deep.equal([
      '30 events failed: Kinesis in eu-west-1 cannot be reached (ECONNREFUSED); check the network, --region and --endpoint',
      '30 events kept in s.ndjson. To deliver them: npm run client -- --file s.ndjson',
    ]);
    expect(exitCode).to.equal(3);
  });

  it('knows what no second try delivers', () => {
    const failures = failuresOf([new EventTooLargeError('an event of 9 bytes'), 1]);
    const { problems } = report({ sent: 999, failed: 1, spooled: 1, spool: 's.ndjson', failures });
    expect(problems.at(-1)).to.equal(
      '1 event kept in s.ndjson. No record holds it: make it smaller, or see --record-limit for a stream that takes more',
    );
  });

  it('gives commands that need no thought: with the same stream, and wrapped only what is not', () => {
    const argv = ['--endpoint', 'http://127.0.0.1:9', '--stream', 'my stream', '--ordered', '--file', 'a b.log'];
    const flags = readClientFlags([...argv, '--wrap', 'app.log', '--spool', 's', '--max', '9', '--patience', '5']);
    const error = new OutOfPatienceError('no');
    const failed = { failed: 2, spooled: 2, spool: 's', failures: failuresOf([error, 2]), error, unreadFrom: 70 };
    const settings = { source: 'file' as const, file: 'a b.log', track: [], wrap: 'app.log' };
    const lines = howToGoOn({ ...DELIVERED, ...failed }, settings, commandToDeliver(flags));
    const command = `npm run client -- --stream 'my stream' --endpoint http://127.0.0.1:9 --ordered --patience 5`;
    expect(lines).to.deep.equal([
      `2 events kept in s. To deliver them: ${command} --file s`,
      `a b.log was read up to byte 70. To send the rest: tail -c +71 'a b.log' | ${command} --wrap app.log --file -`,
    ]);
  });

  it('gives commands that take no name for an option, whatever it begins with', () => {
    const argv = ['--file=-a.log', '--key=-k', '--spool=-s', '--stream=-x'];
    const kept = { failed: 2, spooled: 2, spool: '-s', failures: failuresOf([new Error('no'), 2]), unreadFrom: 70 };
    const settings = { source: 'file' as const, file: '-a.log', track: [], key: '-k' };
    expect(howToGoOn({ ...DELIVERED, ...kept }, settings, commandToDeliver(readClientFlags(argv)))).to.deep.equal([
      '2 events kept in -s. To deliver them: npm run client -- --stream=-x --key=-k --file=-s',
      '-a.log was read up to byte 70. To send the rest: tail -c +71 ./-a.log | npm run client -- --stream=-x --key=-k --file -',
    ]);
  });

  it('sends no more of the rest than --max asks for', () => {
    const kept = { read: 30, sent: 0, failed: 30, spooled: 30, spool: 's', unreadFrom: 70 };
    expect(report(kept, { max: 40 }).problems.at(-1)).to.contain('| npm run client -- --max 10 --file -');
    expect(report(kept, { max: 40, checkpoint: 'c' }).problems.at(-1)).to.contain(
      ': the same command again with --max 10',
    );
    // Where some of what was read is lost, it has to be read again, and nobody knows how much of it has arrived.
    const lost = { read: 40, sent: 38, failed: 2, spoolError: new Error('no'), unreadFrom: 70 };
    expect(report(lost, { max: 40 }).problems.at(-1)).to.contain('| npm run client -- --file -');
  });

  it('says that a file still has what could not be kept, but not that a pipe has', () => {
    const spoolError = new Error('s cannot be written (ENOSPC: no space left on device, write)');
    const lost = { sent: 998, failed: 2, spoolError };
    const problem = `error: 2 events could not be kept: ${spoolError.message}`;
    expect(report({ ...lost, unreadFrom: 70 }).problems).to.include(`${problem}; events.ndjson still has them`);
    const checkpoint = 'point';
    expect(report(lost, { checkpoint }).problems).to.include(`${problem}; the same command again sends them`);
    for (const [name, pipe] of [
      ['/dev/null', { file: '/dev/null' }],
      ['standard input', { source: 'stdin' }],
    ] as const)
      expect(report({ ...lost, unreadFrom: 70 }, pipe)).to.deep.include({
        problems: [
          problem,
          `${name} was delivered up to byte 70. To send the rest: … | tail -c +71 | npm run client -- --file -`,
        ],
        exitCode: 4,
      });
  });

  it('has wrapped lines of a file sent again from the file, where some of them arrived: they have other ids in a pipe', () => {
    const lost = { sent: 998, failed: 2, spoolError: new Error('no'), unreadFrom: 70 };
    expect(report(lost, { wrap: 'app.log' }).problems.at(-1)).to.equal(
      'events.ndjson was delivered up to byte 70. To send the rest: the same command again',
    );
    const kept = { sent: 998, failed: 2, spooled: 2, spool: 's', unreadFrom: 70 };
    for (const [end, settings] of [
      [kept, { wrap: 'app.log' }],
      [lost, { wrap: 'app.log', source: 'stdin' }],
      [lost, {}],
    ] as const)
      expect(report(end, settings).problems.at(-1)).to.contain('tail -c +71 ');
  });

  it('says that a pipe may have held more than was read, where all of that is kept', () => {
    const kept = { sent: 998, failed: 2, spooled: 2, spool: 's', unreadFrom: 70 };
    expect(report(kept, { source: 'stdin' }).problems.at(-1)).to.equal(
      'standard input was read up to byte 70; what came after it, if anything, was not. To send the rest: … | tail -c +71 | npm run client -- --file -',
    );
  });

  it('unpacks what is packed before it leaves out the bytes that were read', () => {
    const kept = { sent: 998, failed: 2, spooled: 2, spool: 's', unreadFrom: 70, isPacked: true };
    for (const [pipe, command] of [
      [{ file: 'a b.gz' }, "gzip -dc 'a b.gz'"],
      [{ file: '/dev/null' }, '… | gzip -dc'],
      [{ source: 'stdin' }, '… | gzip -dc'],
    ] as const)
      expect(report(kept, pipe).problems.at(-1)).to.contain(`: ${command} | tail -c +71 | npm run client -- --file -`);
  });

  it('does not say how to send the rest of what was refused at its first byte', () => {
    const error = new SourceError('standard input is packed with zstd');
    const refused = { read: 0, sent: 0, error, unreadFrom: 0 };
    expect(report(refused, { source: 'stdin' }).problems).to.deep.equal([`error: ${error.message}`]);
  });

  it('says that a source failed, though all that it yielded arrived', () => {
    const error = new XApiError('the rules at X failed');
    const { problems, exitCode, json } = report({ error }, { source: 'twitter' });
    expect(problems).to.deep.equal(['error: the rules at X failed']);
    expect(json).to.include({ error: 'the rules at X failed', exitCode: 5 });
    expect(exitCode).to.equal(5);
  });

  it('takes a checkpoint that cannot be written for no failure of the source', () => {
    const { problems, json, exitCode } = report({
      checkpointError: new Error('the checkpoint "c" cannot be written (ENOSPC)'),
    });
    expect(problems).to.deep.equal(['error: the checkpoint "c" cannot be written (ENOSPC)']);
    expect(json).to.include({ error: 'the checkpoint "c" cannot be written (ENOSPC)' });
    expect(exitCode).to.equal(1);
  });

  it('tells of a checkpoint that cannot be written next to a source that failed', () => {
    const { problems, exitCode } = report({
      error: new SourceError('the server is gone'),
      checkpointError: new Error('the checkpoint "c" cannot be written (ENOSPC)'),
    });
    expect(problems).to.deep.equal([
      'error: the server is gone',
      'error: the checkpoint "c" cannot be written (ENOSPC)',
    ]);
    expect(exitCode).to.equal(5);
  });

  it('says that a source held no events', () => {
    const { problems, exitCode } = report({ read: 0, sent: 0 });
    expect(problems).to.deep.equal(['error: events.ndjson holds no events; expected one JSON event a line']);
    expect(exitCode).to.equal(5);
  });

  const nothing = { read: 0, sent: 0 };
  it('expects no events where it is stopped, of a live source, or of a file that was delivered before', () => {
    expect(report(nothing, {}, true)).to.include({ exitCode: 0 });
    expect(report(nothing, { source: 'bluesky' })).to.include({ exitCode: 0 });
    const resumed = report({ ...nothing, resumedAt: 500 });
    expect(resumed.lines).to.include('All whole lines of events.ndjson had been delivered before.');
    expect(resumed.exitCode).to.equal(0);
  });

  it('finds no fault with a second Ctrl-C that had nothing to give up', () => {
    const error = Object.assign(new Error('aborted'), { name: 'AbortError' });
    expect(report({ error }, {}, true)).to.deep.include({ problems: [], exitCode: 0 });
  });

  describe('for a machine', () => {
    it('has the counts, the failures by their reasons, and the statistics', () => {
      const refused = new OutOfPatienceError('ProvisionedThroughputExceededException: Rate exceeded');
      const { json } = report({
        sent: 990,
        failed: 10,
        spooled: 10,
        spool: 's.ndjson',
        unreadFrom: 77,
        lagMs: 12.3,
        seconds: 1.23456,
        failures: failuresOf([refused, 8], [new EventTooLargeError('too large'), 2]),
      });
      const { requests, records, bytes, shards } = DELIVERED.statistics;
      expect(json).to.deep.equal({
        read: 1_000,
        sent: 990,
        failed: 10,
        spooled: 10,
        notices: 0,
        repeats: 0,
        unusable: 0,
        skipped: 0,
        retried: 0,
        refused: 0,
        lagMs: 12,
        seconds: 1.235,
        eventsPerSecond: 801.9,
        failures: { ProvisionedThroughputExceededException: 8, EventTooLargeError: 2 },
        statistics: { requests, records, bytes, shards },
        spool: 's.ndjson',
        unreadFrom: 77,
        source: 'file',
        stream: 'events',
        exitCode: 3,
      });
    });

    it('has no field that docs/client.md does not have', () => {
      const all = {
        lagMs: 1,
        spool: 's',
        unreadFrom: 7,
        error: new Error('no'),
        failures: failuresOf([new Error('no'), 1]),
      };
      const page = readFileSync(new URL('../../docs/client.md', import.meta.url), 'utf8');
      const [, section = ''] = /\n## The object of --json\n(.+?)\n## /s.exec(page) ?? [];
      for (const name of Object.keys(report(all).json)) expect(section).to.contain(`\`${name}\``);
    });

    it('names a lost connection by its code, whichever error brought it', () => {
      const { json } = report({
        failed: 3,
        failures: failuresOf(
          [new OutOfPatienceError('Error: connect ECONNREFUSED 127.0.0.1:9'), 2],
          [Object.assign(new Error('no'), { code: 'ECONNREFUSED' }), 1],
        ),
      });
      expect(json).to.deep.include({ failures: { ECONNREFUSED: 3 } });
    });
  });
});

const ARRIVED: End = { read: 9, sent: 9, failed: 0, spooled: 0, skipped: 0, error: undefined, isEmpty: false };

describe('the exit code of the client', () => {
  const cases: [name: string, end: Partial<End>, code: number][] = [
    ['every event arrived', {}, 0],
    ['the checkpoint cannot be written', { checkpointError: new Error('no') }, 1],
    ['all that failed is in the spool', { sent: 6, failed: 3, spooled: 3 }, 3],
    ['a part of what failed is in the spool', { sent: 6, failed: 3, spooled: 2, spoolError: new Error('full') }, 4],
    ['the spool may not be on the disk', { sent: 6, failed: 3, spooled: 3, spoolError: new Error('no sync') }, 4],
    ['an event has no outcome at all', { sent: 8, error: new Error('a fault of the client') }, 4],
    ['the source failed', { error: new Error('no') }, 5],
    ['a line was too long', { skipped: 1 }, 5],
    ['the source held nothing', { read: 0, sent: 0, isEmpty: true }, 5],
    ['the source failed, and events did too', { error: new Error('no'), sent: 8, failed: 1, spooled: 1 }, 3],
  ];
  for (const [name, end, code] of cases)
    it(`is ${code} where ${name}`, () => {
      expect(exitCodeOf({ ...ARRIVED, ...end })).to.equal(code);
    });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import stringWidth from 'string-width';
import { ITEM_BYTES } from '../../../core/limits.ts';
import type { Processor } from '../../../core/processor.ts';
import { refuse } from '../../../core/refuse.ts';
import { anyObject } from '../../../core/shapes/any-object.ts';
import type { Shape } from '../../../core/shapes/shape.ts';
import { expectedOf, type Fate } from '../../../local/expected.ts';
import { asStored } from '../../../ops/try/stored.ts';
import { tellingOf } from '../../../ops/try/telling-processor.ts';
import npmRunTry from '../../../ops/try/try.ts';
import { readTryOptions } from '../../../ops/try/try-options.ts';
import { TryReport, toJson, toLines } from '../../../ops/try/try-report.ts';
import { readings } from '../../local/readings-processor.ts';
import { emptyFolder } from '../../support/empty-folder.ts';
import { bytes, cloudEvent, tweetV1 } from '../../support/events.ts';
import { refusalOf } from '../../support/refusal.ts';
import { call, type Finished } from '../../support/run.ts';
import { segmentedBy } from '../../support/segmented.ts';

const ROW = { Username: 'meter', Id: '1', Timestamp: '2026-11-20T12:00:00.000Z', Type: 'reading' };

const objectsIn = ({ stdout }: Finished): Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('npm run try', () => {
  const folder = emptyFolder(before);

  it('tells what becomes of each event, in at most 80 columns, and sums it up', async () => {
    const hostile = 'before\u001b[31mred 東京👩‍👩‍👧‍👦'.repeat(9);
    const input = `${JSON.stringify(cloudEvent({ subject: hostile, data: hostile }))}\n\n${JSON.stringify([tweetV1(), 7])}\nno JSON\n`;
    const { code, stdout, stderr } = await call(npmRunTry, ['--file', '-'], { input }).finished;
    const shown = stdout.split('\n\n')[0]!.split('\n');
    // The blank line is no event, and counts as a line.
    expect(shown.map((line) => line.split(/ +/).slice(0, 2))).to.deep.equal([
      ['1', 'row'],
      ['3.1', 'row'],
      ['3.2', 'rejected'],
      ['4', 'rejected'],
    ]);
    for (const line of shown) expect(stringWidth(line), line).to.be.at.most(80);
    expect(stdout).not.to.contain('\u001b');
    expect(stdout)
      .to.match(/^ {2}events +4 +in 3 lines of standard input$/m)
      .and.to.match(/^ {2}rejected +2 +1 NotJson, 1 NotObject$/m);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
  });

  it('makes events of the lines as the client does, and says which option has no field', async () => {
    const path = join(folder, 'app.log');
    await writeFile(path, 'ERROR disk full\n{"level":"warn","at":1795176000,"msg":"東京"}\n');
    const argv = ['--processor', 'log-filtering', '--wrap', 'log', '--time', 'at', '--id', 'nr', '--json'];
    const wrapped = await call(npmRunTry, [...argv, '--file', path]).finished;
    expect(objectsIn(wrapped)).to.have.nested.property('[0].rows[0].Type', 'ERROR');
    expect(objectsIn(wrapped)).to.have.nested.property('[1].rows[0].Timestamp', '2026-11-20T12:00:00.000Z');
    expect(wrapped.stderr).to.contain('an event has no text or number in the field of --id nr, and is sent as without');
    const plain = await call(npmRunTry, ['--file', '-'], { input: 'ERROR disk full\n' }).finished;
    expect(plain.stderr)
      .to.contain('begins with lines that are not JSON objects')
      .and.to.contain('--wrap TYPE makes events of lines of text');
    const piped = ['--wrap', 'log', '--time', 'at', '--file', '-'];
    const { stdout } = await call(npmRunTry, piped, { input: 'ERROR disk full\n'.repeat(3) }).finished;
    // What was given is not asked for, and all lines of a pipe have the one time of arrival.
    expect(stdout).to.match(
      /\n3 rows got the time of arrival; a time needs its offset, as in 2026-11-20T06:00:00Z\.\n/,
    );
  });

  it('prints one object an event for a machine, with every digit, as the function would store it', async () => {
    const path = join(folder, 'events');
    await writeFile(path, '{"meter":{"id":"m-1"},"n":12345678901234567890.5,"time":"2026-11-20T12:00:00Z","id":1}\n');
    const { code, stdout } = await call(npmRunTry, [
      '--file',
      path,
      '--json',
      '--key',
      'meter.id',
      '--processor',
      'default',
    ]).finished;
    expect(stdout).to.contain('"n":12345678901234567890.5');
    expect(objectsIn({ code, stdout, stderr: '' })).to.deep.include.members([
      {
        line: 1,
        outcome: 'rows',
        rows: [
          {
            Username: 'm-1',
            Id: '1',
            Timestamp: '2026-11-20T12:00:00.000Z',
            Type: 'json',
            Data: JSON.parse('{"meter":{"id":"m-1"},"n":12345678901234567890.5,"time":"2026-11-20T12:00:00Z","id":1}'),
          },
        ],
      },
    ]);
    expect(code).to.equal(0);
  });

  it('lays no line out for a person where a machine reads it', async () => {
    const input = `${JSON.stringify(cloudEvent({ data: '東京'.repeat(99) }))}\n`;
    const tried = (...flags: string[]) => call(npmRunTry, ['--file', '-', ...flags], { input }).finished;
    expect(await segmentedBy(() => tried('--json'))).to.deep.equal([]);
    expect(await segmentedBy(() => tried())).not.to.deep.equal([]);
  });

  it('takes the events of the processor, or tweets where it has none', async () => {
    expect(readTryOptions([]).file).to.match(/events.tweets\.ndjson$/);
    const { code, stdout } = await call(npmRunTry, ['--processor', 'metrics']).finished;
    expect(stdout).to.match(/^ {2}events +324 +in 324 lines of events.metrics\.ndjson$/m);
    expect(code).to.equal(0);
  });

  const wrong: [name: string, args: string[], message: RegExp][] = [
    [
      'a processor that is not there',
      ['--processor', 'nope'],
      /there is no processor "nope"; expected one of .*default/,
    ],
    ['empty options', ['--file', '', '--key', ''], /--file is empty.*\n.*--key is empty/],
  ];
  for (const [name, args, message] of wrong)
    it(`refuses ${name}`, () => {
      expect(refusalOf(() => readTryOptions(args))).to.match(message);
    });

  const refused: [name: string, args: string[], message: RegExp][] = [
    [
      'a file that is not there, and all else that is wrong',
      ['--file', 'nope', '--key', ''],
      /^error: --key is empty\nerror: there is no file "nope" \(.*\); expected/,
    ],
    ['a folder', ['--file', 'events'], /^error: "events" is a directory; expected a file with one JSON event a line/],
  ];
  for (const [name, args, message] of refused)
    it(`refuses ${name}, and says where help is`, async () => {
      const { code, stdout, stderr } = await call(npmRunTry, args).finished;
      expect(stderr)
        .to.match(message)
        .and.to.match(/\nSee npm run try -- --help\n$/);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    });

  it('says what a file is that holds no lines, with the exit code that its help names', async () => {
    const { code, stderr } = await call(npmRunTry, ['--file', '-'], { input: '{\0}\0\n\0' }).finished;
    expect(stderr).to.contain('standard input is text in UTF-16LE; expected UTF-8');
    expect(code).to.equal(1);
    expect((await call(npmRunTry, ['--help']).finished).stdout).to.contain('1 where the file cannot be read as lines');
  });

  it('rejects an event of which the table refuses a row, as it does one over 400 KB', async () => {
    // What the row has besides the text: Username, Id, Timestamp and Type, each with its name, and Data, with 3 bytes and 1 a member.
    const others = 9 + 3 + 33 + 8 + (4 + 3 + (1 + 3) + (1 + 1));
    const lineOf = (size: number): string => `${JSON.stringify({ id: '1', t: 'é'.repeat((size - others) / 2) })}\n`;
    const path = join(folder, 'large');
    await writeFile(path, lineOf(ITEM_BYTES) + lineOf(ITEM_BYTES + 2));
    const { code, stdout, stderr } = await call(npmRunTry, ['--file', path, '--key', 'id']).finished;
    const [fits, tooLarge] = stdout.split('\n');
    expect(fits).to.match(/^1 +row /);
    expect(tooLarge).to.match(/^2 +rejected +TableRefused: a row has 409,602 bytes; DynamoDB stores up to 409,600$/);
    expect(stdout).to.match(/^ {2}rejected +1 +1 TableRefused$/m);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
  });

  it('rejects an event of which a processor computes a number that no table holds', () => {
    const fateOf = (n: number) => asStored({ rows: [{ ...ROW, Data: { list: [n] } }] });
    for (const n of [9e125, -1e-130, 0.1]) expect(fateOf(n), String(n)).to.have.property('rows');
    for (const n of [1e300, 5e-324]) expect(fateOf(n), String(n)).to.include({ reason: 'TableRefused' });
  });

  it('shows of which key and type a row is and what it holds, counts each key once, and says which events lack one', () => {
    const report = new TryReport('2026-11-20T13:00:00.000Z');
    const made: Fate[] = [
      {
        rows: [
          { ...ROW, Message: 'hello' },
          { ...ROW, Id: '2', Data: { n: 1 } },
        ],
      },
      {
        rows: [
          { ...ROW, Message: 'again' },
          { ...ROW, Id: '3' },
        ],
      },
      { rows: [] },
      { reason: 'NotJson', detail: 'no JSON' },
      { reason: 'NotJson', detail: 'no JSON either' },
    ];
    const lines = made.flatMap((fate, index) => {
      report.line({ partitionKey: 'm', data: bytes({}), ...(index < 2 && { isKeyless: true }) });
      const expected = { index: undefined, fate, isSteady: true };
      report.add(index + 1, expected);
      return toLines(index + 1, expected);
    });
    expect(lines.map((line) => line.trim().split(/ {2,}/))).to.deep.equal([
      ['1', 'row', 'reading', 'meter 1', 'hello'],
      ['row', 'reading', 'meter 2', '{"n":1}'],
      ['2', 'row', 'reading', 'meter 1', 'again'],
      ['row', 'reading', 'meter 3'],
      ['3', 'dropped'],
      ['4', 'rejected', 'NotJson: no JSON'],
      ['5', 'rejected', 'NotJson: no JSON either'],
    ]);
    expect(report.summary('own', 'a file')).to.deep.equal([
      'What the processor own makes of them:',
      '  events    5  in 5 lines of a file',
      '  rows      4  of 2 events, under 3 keys',
      '  dropped   1',
      '  rejected  2  2 NotJson',
      '2 events without a partition key got a hash; --key FIELD takes the key from a field of the event.',
    ]);
    expect(report.summary('own', 'a file', { key: 'user.id' }).at(-1)).to.equal(
      '2 events without a partition key got a hash: no text or number is in the field of --key user.id.',
    );
  });

  describe('with a processor of its own', () => {
    const arrived = new Date('2026-11-20T12:00:00Z');
    const tried = (data: Uint8Array, processor: Processor) => {
      const report = new TryReport(arrived.toISOString());
      const event = { partitionKey: 'm', data };
      report.line(event);
      const expected = expectedOf([event], arrived, tellingOf(processor, report));
      for (const one of expected) report.add(1, one);
      return {
        lines: expected.flatMap((one) => toLines(1, one)),
        json: expected.map((one) => JSON.parse(toJson(1, one))),
        summary: report.summary('own', 'a file'),
      };
    };

    it('gives every row of an event, what is dropped, and why one is refused, inside of gzip too', () => {
      const { lines, json, summary } = tried(
        gzipSync('{"id":1,"kwh":1}{"id":2,"kwh":-1}{"id":3,"test":true}'),
        readings,
      );
      expect(json.map(({ event, outcome, rows = [] }) => [event, outcome, rows.length])).to.deep.equal([
        [0, 'rows', 2],
        [1, 'rejected', 0],
        [2, 'dropped', 0],
      ]);
      expect(lines).to.have.length(4);
      expect(lines.map((line) => line.slice(0, 15).trim())).to.deep.equal([
        '1.1    row',
        'row',
        '1.2    rejected',
        '1.3    dropped',
      ]);
      expect(summary.map((line) => line.trim().split(/ +/).slice(0, 2))).to.deep.include.members([
        ['events', '3'],
        ['rows', '2'],
        ['dropped', '1'],
        ['rejected', '1'],
      ]);
    });

    it('tells of rows whose events name no time, as one without its offset is none', () => {
      const hintsOf = (event: object) =>
        tried(bytes(event), { shapes: [anyObject] }).summary.filter((line) => line.includes('time of arrival'));
      expect(hintsOf({ time: '2026-11-20T06:00:00' })).to.deep.equal([
        '1 row got the time of arrival; a time needs its offset, as in 2026-11-20T06:00:00Z, and --time FIELD takes it from a field of plain JSON.',
      ]);
      expect(hintsOf({ time: '2026-11-20T06:00:00Z' })).to.deep.equal([]);
    });

    it('names a processor that gives different rows for the same event', () => {
      let calls = 0;
      const process: Processor['process'] = (row) => {
        calls += 1;
        return { ...row, Message: String(calls) };
      };
      const { json, summary } = tried(bytes({ id: 1 }), { shapes: [anyObject], process });
      expect(json[0]).to.include({ isSteady: false });
      expect(summary.join('\n')).to.contain(
        'own gives different rows for the same event: it did for 1 event, first in line 1.',
      );
      expect(tried(bytes({ id: 1 }), readings).json[0]).not.to.have.property('isSteady');
    });

    it('says where in a row there is what no row may hold, and which attribute no row has', () => {
      const saidOf = (made: object) => {
        const process = (row: object) => ({ ...row, ...made }) as never;
        const shape: Shape = { ...anyObject, toRow: (...args) => process(anyObject.toRow(...args)) };
        const { lines, summary } = tried(bytes({}), { shapes: [anyObject], process });
        const said = summary.filter((line) => line.includes('cannot be stored'));
        expect(tried(bytes({}), { shapes: [shape] }).summary.join(), 'of a shape').to.contain(said.join());
        // The table gets no place, since names of fields may be those of the event.
        expect(lines.join()).to.match(/ProcessorFailed: it made a row (?:that holds|with something)/);
        return said;
      };
      const said = (place: string) => [`The processor own made a row that cannot be stored with its ${place}`];
      expect(saidOf({ Data: { a: 1, trips: [{ at: '' }, { at: new Date(0) }] } })).to.deep.equal(
        said('Data.trips.1.at'),
      );
      expect(saidOf({ Attributes: { list: [1, undefined] } })).to.deep.equal(said('Attributes.list'));
      expect(saidOf({ Data: 1n })).to.deep.equal(said('Data'));
      expect(saidOf({ Fare: 2, Other: undefined })).to.deep.equal(said('Fare'));
    });

    it('says of a processor that it changed the row that it took, or dropped every event', () => {
      const habitsOf = (process: Processor['process']) =>
        tried(bytes({ id: 1, time: '2026-11-20T06:00:00Z', list: [] }), {
          shapes: [anyObject],
          process: process!,
        }).summary.slice(5);
      expect(habitsOf((row) => ({ ...row, Message: 'new' }))).to.deep.equal([]);
      expect(
        habitsOf((row) => {
          (row.Data as { list: number[] }).list.push(1);
          return row;
        }),
      ).to.deep.equal([
        'The processor own changed the row that it took. Expected a new row, as { ...row, Type: "new" } is.',
      ]);
      expect(habitsOf(() => undefined)).to.deep.equal([
        'The processor own dropped every event, as one does whose process returns nothing.',
      ]);
    });

    it('says what its code threw, and where, once for each place: what is rejected has only the kind of the error', () => {
      const throwing = (): never => {
        throw new RangeError('no grams');
      };
      const shape: Shape = { ...anyObject, matches: ({ shape }) => (shape === true ? throwing() : true) };
      const own: Processor = {
        shapes: [shape],
        process: (row) => ('process' in (row.Data as object) ? throwing() : row),
        rollups: [{ name: 'weights', every: 'day', of: throwing }],
      };
      for (const event of [{ shape: true }, { process: true }, {}]) {
        const { lines, summary } = tried(bytes(event), own);
        expect(lines.join()).to.contain('threw RangeError').and.not.to.contain('no grams');
        const said = summary.filter((line) => line.includes('threw'));
        expect(said).to.have.length(1);
        expect(said[0]).to.match(
          /^The processor own threw RangeError: no grams at throwing \(.*try\.test\.ts:\d+:\d+\)$/,
        );
      }
      const badDate: Processor = {
        shapes: [anyObject],
        process: (row) => ({ ...row, Timestamp: new Date('soon').toISOString() }),
      };
      expect(tried(bytes({}), badDate).summary.join()).to.match(
        /Invalid time value at process \(.*try\.test\.ts:\d+:\d+\)/,
      );
      const refusing = (): never => refuse('grams', 1, 'a text');
      expect(tried(bytes({}), { shapes: [anyObject], process: refusing }).summary.join()).not.to.contain('threw');
    });
  });
});

import { expect } from 'chai';
import stringWidth from 'string-width';
import { exactNumber } from '../../core/exact-number.ts';
import type { Rollup } from '../../core/processor.ts';
import { type Verification, verify } from '../../core/rollups/verify.ts';
import { RollupView } from '../../core/rollups/view.ts';
import { NOTHING } from '../../local/audit.ts';
import { FAILED_BATCHES } from '../../local/mapping/failed-batch-folder.ts';
import { rollupLines, rollupProblems } from '../../local/rollups-report.ts';
import { hasSucceeded, type RunResult, toJson, toText } from '../../local/run-report.ts';

/** An audit of ten events, before any of them is found. */
const TEN = { ...NOTHING, events: 10 };
const RESULT: RunResult = {
  delivered: {
    ...{ read: 10, sent: 10, failed: 0, keyless: 0, notices: 0, repeats: 0, unusable: 0, skipped: 0 },
    failures: new Map(),
  } as never,
  audit: { ...TEN, written: 7, rows: 7, rejected: 1, kept: 2 },
  seconds: 2,
  latencies: [1, 2, 3],
  rejected: [{ reason: 'NotJson', detail: 'x' }],
  failedBatches: { folder: FAILED_BATCHES },
  sample: [],
  problems: [],
  nextSteps: [],
};

const headlineOf = (result: RunResult): string => toText(result, 'a file').split('\n')[1]!;
const rowsOf = (result: RunResult): string[] => {
  const lines = toText(result, 'a file').split('\n');
  const from = lines.findIndex((line) => line.startsWith('  ─'));
  return lines.slice(from - 1, lines.indexOf('', from));
};
const row = (Data: unknown, Id = '1'): RunResult['sample'][number] =>
  ({ Username: '/s', Id, Timestamp: '2026-11-20T12:00:00.000Z', Data }) as RunResult['sample'][number];

describe('the report', () => {
  it('counts what is kept in failed batches, says where they are and what puts them back', () => {
    expect(headlineOf(RESULT)).to.equal('10 events through the whole pipeline in 2.00 s. Nothing was lost.');
    expect(toText(RESULT, 'a file')).to.contain('.local/failed-batches').and.to.contain('npm run redrive -- --local');
    expect(hasSucceeded(RESULT)).to.equal(true);
    expect(JSON.parse(toJson(RESULT))).to.include({ written: 7, rejected: 1, kept: 2, unwritten: 0 });
  });

  it('is a success where the rest of a file was not read, and says how to send it', () => {
    const interrupted = { ...RESULT, nextSteps: ['To send the rest: tail -c +11 events.ndjson'] };
    expect(hasSucceeded(interrupted)).to.equal(true);
    expect(headlineOf(interrupted)).to.equal('10 events through the whole pipeline in 2.00 s. Nothing was lost.');
    expect(toText(interrupted, 'a file').split('\n')).to.include(interrupted.nextSteps[0]).and.not.include('Problems:');
  });

  it('says of each figure what it is, how fast it went, and what some rows and rejected events are', () => {
    const result: RunResult = {
      ...RESULT,
      delivered: {
        ...RESULT.delivered,
        read: 2_010,
        sent: 2_006,
        failed: 4,
        notices: 1,
        repeats: 2,
        unusable: 3,
        skipped: 5,
      },
      audit: {
        ...NOTHING,
        ...{ events: 2_006, rows: 1_500, derived: 7, written: 1_490, superseded: 300, stale: 100 },
        ...{ dropped: 50, rejected: 4, filtered: 60, kept: 1, unwritten: 1 },
      },
      seconds: 2.0004,
      latencies: [...Array.from({ length: 98 }, () => 3.6), 999, 1_500],
      rejected: ['NotJson', 'NotUtf8', 'NotJson', 'NotJson'].map((reason, index) => ({
        reason,
        detail: `why ${index}`,
      })),
      sample: [{ ...row(undefined), Message: 'hello\nthere' }, row({ n: 1 }, '22')],
      problems: ['the disk is full'],
      nextSteps: ['To send the rest: x'],
    };
    expect(toText(result, 'a file').split('\n')).to.deep.equal([
      '',
      '1,944 of 2,015 events came through in 2.00 s.',
      '',
      '  read            2,010   from a file',
      '  skipped             6   by the source: 1 notice, 2 repeats, 3 of no use',
      '  too long            5   lines that no stream takes',
      '  sent            2,006   to Kinesis',
      '  failed              4   not taken by Kinesis',
      '  filtered           60   dropped by the FilterCriteria of the mapping',
      '  written         1,490   to EventData: 1,500 rows, since an event makes several',
      '  superseded        300   replaced by a later event of the same row',
      '  stale             100   older than the row, which holds the newest',
      '  dropped            50   of which there is no row to store',
      '  rejected            4   to RejectedEvents: 3 NotJson, 1 NotUtf8',
      '  kept                1   in failed batches',
      '  unwritten           1',
      '',
      '  972 events a second; from source to table 4 ms (median), 1.50 s (99th percentile)',
      '',
      '2 rows of EventData:',
      '',
      '  Username  Id  Timestamp         Message or Data',
      `  ${'─'.repeat(8)}  ──  ${'─'.repeat(16)}  ${'─'.repeat(15)}`,
      '  /s        1   2026-11-20 12:00  hello there',
      '  /s        22  2026-11-20 12:00  {"n":1}',
      '',
      'Rejected, for example:',
      '  NotJson: why 0',
      '  NotUtf8: why 1',
      '  NotJson: why 2',
      '',
      'The failed batches are in .local/failed-batches, with their records.',
      'Fix what made them fail. Then this command puts their events back on a stack that `npm run local` runs with the parameters of this run:',
      '',
      '  npm run redrive -- --local',
      '',
      'Problems:',
      '  the disk is full',
      '',
      'To send the rest: x',
      '',
    ]);
    expect(JSON.parse(toJson(result))).to.deep.equal({
      ...{ read: 2_010, sent: 2_006, failed: 4, notices: 1, repeats: 2, unusable: 3, skipped: 5, ...result.audit },
      ...{ seconds: 2, eventsPerSecond: 971.8, latencyMs: { median: 4, p99: 1_500 } },
    });
  });

  it('says what to do where most events replaced another one, whose id may be that of a device or of its bytes', () => {
    const saidOf = (superseded: number, Id: string, Type = 'json'): string =>
      toText({ ...RESULT, audit: { ...TEN, written: 3, superseded }, sample: [{ ...row(1, Id), Type }] }, 'a file');
    const replaced = 'events replaced another one of the same partition key and';
    expect(saidOf(7, '1')).to.contain(`7 ${replaced} id. Where an id is that of a device or a person, --id FIELD`);
    expect(saidOf(7, 'a'.repeat(64))).to.contain(`7 ${replaced} bytes. What may happen again needs a time or an id`);
    expect(saidOf(3, '1')).not.to.contain(replaced);
    // The events of an order are to replace each other.
    expect(saidOf(7, '1', 'order')).not.to.contain(replaced);
  });

  it('tells the latencies below which half of the events lie, and 99 of a hundred, in whatever order they came', () => {
    const latencies = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(JSON.parse(toJson({ ...RESULT, latencies })).latencyMs).to.deep.equal({ median: 51, p99: 100 });
    expect(JSON.parse(toJson({ ...RESULT, latencies: [] })).latencyMs).to.deep.equal({ median: 0, p99: 0 });
  });

  it('shows no second as 1000 ms', () => {
    const shown = (latency: number): string => toText({ ...RESULT, latencies: [latency] }, 'a file');
    expect(shown(999.4)).to.contain('999 ms (median), 999 ms (99th percentile)');
    expect(shown(999.5)).to.contain('1.00 s (median), 1.00 s (99th percentile)');
  });

  it('has no rate and no latencies where nothing came out', () => {
    expect(toText({ ...RESULT, latencies: [] }, 'a file')).not.to.match(/a second|median/);
  });

  it('says of a run in which nothing went wrong no more than that, and what to try next', () => {
    const { failedBatches: _, ...rest } = RESULT;
    const result = { ...rest, audit: { ...TEN, written: 10, rows: 10 }, rejected: [] };
    expect(toText(result, 'a file').split('\n').slice(0, 14)).to.deep.equal([
      '',
      '10 events through the whole pipeline in 2.00 s. Nothing was lost.',
      '',
      '  read               10   from a file',
      '  sent               10   to Kinesis',
      '  written            10   to EventData: 10 rows',
      '  rejected            0   to RejectedEvents',
      '  unwritten           0',
      '',
      '  5 events a second; from source to table 2 ms (median), 3 ms (99th percentile)',
      '',
      'Try next:',
      '  npm start -- --file your-events.ndjson      events of your own, one JSON a line',
      '  npm run local                               the same stack, for the client and the AWS CLI',
    ]);
  });

  it('shows the largest groups of each rollup, and over how many of its windows, whether they equal the rows or not', () => {
    const rollups = [
      { name: 'views', every: 'hour', of: ({ Id }) => ({ group: `page ${Id}` }) },
      { name: 'sales', every: 'ever', of: () => ({ group: 'all', values: { eur: 1_000, amount: 0.5 } }) },
    ] as const satisfies readonly Rollup[];
    const view = new RollupView(rollups);
    for (const hour of ['12', '13'])
      for (const id of ['1', '2', '3', '4', '5', '6'])
        view.addRow({ ...row('x', id), Type: 't', Timestamp: `2026-11-20T${hour}:00:00.000Z` });
    const linesOf = (other: RollupView) => rollupLines({ rollups, view, verification: verify(view, other) }, 40);
    const bar = '█'.repeat(25);
    expect(linesOf(view)).to.deep.equal([
      'Rollups of EventData, which equal its rows:',
      '',
      '  views by hour: the top 5 of 6 groups in 2 windows',
      ...['1', '2', '3', '4', '5'].map((id) => `    page ${id}  2  ${bar}`),
      '',
      '  sales: 1 group',
      '    all  12  Σ amount 6 Σ eur 12,000  ██',
    ]);
    expect(linesOf(new RollupView(rollups))[0]).to.equal('Rollups of EventData, which do not equal its rows:');
  });

  it('is not a success where there is a problem, or an event that Kinesis did not take', () => {
    expect(hasSucceeded({ ...RESULT, problems: ['x'] })).to.equal(false);
    expect(hasSucceeded({ ...RESULT, delivered: { ...RESULT.delivered, failed: 1 } })).to.equal(false);
    expect(toText(RESULT, 'a file').split('\n')).to.include('Try next:');
  });

  it('is not a success while a rollup differs from the rows, and names what differs', () => {
    const rollups = [{ name: 'views', every: 'day', of: () => ({ group: 'a', values: { ms: 1_234.5 } }) }] as const;
    const table = new RollupView(rollups);
    table.addRow({ ...row('x'), Type: 't' });
    const resultOf = (view: RollupView) => ({
      ...RESULT,
      rollups: { rollups, view, verification: verify(table, view) },
    });
    const equal = resultOf(table);
    expect(hasSucceeded(equal)).to.equal(true);
    expect(toText(equal, 'a file')).not.to.contain('Rollups');
    const lines = toText({ ...equal, sample: [row('x')] }, 'a file').split('\n');
    const from = lines.indexOf('Rollups of EventData, which equal its rows:');
    expect(lines.slice(from + 1, from + 4)).to.deep.equal([
      '',
      '  views by day: 1 group in 1 window',
      `    a  1  Σ ms 1,234.5  ${'█'.repeat(56)}`,
    ]);
    expect(JSON.parse(toJson(equal)).rollups).to.deep.equal({ groups: 1, differences: 0 });

    const wrong = resultOf(new RollupView(rollups));
    expect(hasSucceeded(wrong)).to.equal(false);
    expect(JSON.parse(toJson(wrong)).rollups).to.deep.equal({ groups: 1, differences: 6 });
    const text = toText(wrong, 'a file');
    expect(text).to.contain('the rollup views.1 in 2026-11-20, group a: the count is 0; the table makes 1');
    expect(text).to.contain('the rollup views.1 in 2026-11-20, group a: the sum of ms is 0; the table makes 1234.5');
  });

  it('shows the first sums of a group that has many, and says how many more there are', () => {
    const rollups: Rollup[] = [
      {
        name: 'wide',
        every: 'ever',
        of: () => ({
          group: 'a',
          values: Object.fromEntries(Array.from({ length: 12 }, (_, place) => [`v${10 + place}`, 1])),
        }),
      },
    ];
    const view = new RollupView(rollups);
    view.addRow({ Username: 'u', Id: '1', Timestamp: '2026-11-20T12:00:00.000Z', Type: 'a' });
    const line = rollupLines({ rollups, view, verification: verify(view, view) }, 40).at(-1);
    expect(line).to.contain('a  1  Σ v10 1 ').and.to.contain(' Σ v19 1 and 2 more');
  });

  it('names so many differences, and how many more there are', () => {
    const difference = { key: { rollup: 'r.1', window: 'ever', group: 'g' }, figure: 'count', table: '1', rollup: '2' };
    const differences = Array.from({ length: 23 }, () => difference) as Verification['differences'];
    const rollups = {
      rollups: [],
      view: new RollupView([]),
      verification: { groups: 1, differences, refused: [], leftOut: [] },
    };
    expect(rollupProblems(rollups)).to.have.length(21);
    expect(rollupProblems(rollups).at(-1)).to.equal('the rollups have 3 more differences');
  });

  it('says where failed batches are that could not be moved, why, and how to put back those', () => {
    const failedBatches = { folder: "/tmp/it's-full", error: 'ENOSPC' };
    const lines = toText({ ...RESULT, failedBatches }, 'a file').split('\n');
    expect(lines).to.include(
      "The failed batches are in /tmp/it's-full, since .local/failed-batches cannot be written (ENOSPC), with their records.",
    );
    expect(lines).to.include("  npm run redrive -- --local --failed-batches '/tmp/it'\\''s-full'");
  });

  it('does not speak of a loss where a live source was stopped before its first event', () => {
    const result = {
      ...RESULT,
      delivered: { ...RESULT.delivered, read: 0, sent: 0 },
      audit: NOTHING,
      rejected: [],
    };
    expect(hasSucceeded(result)).to.equal(true);
    expect(headlineOf(result)).to.equal('No event came in 2 s.');
  });

  it('is not a success while an event is nowhere', () => {
    const result = { ...RESULT, audit: { ...RESULT.audit, written: 6, unwritten: 1 } };
    expect(hasSucceeded(result)).to.equal(false);
    expect(headlineOf(result)).to.equal('7 of 10 events came through in 2.00 s.');
    expect(toText(result, 'a file')).not.to.contain('Try next:');
  });

  for (const [reason, wayOut] of [
    ['NotJson', 'jq -c'],
    ['NotUtf8', 'iconv -f LATIN1 -t UTF-8'],
    ['NotObject', '--wrap TYPE'],
    ['UnknownShape', '--processor NAME'],
    ['ProcessorFailed', 'npm run try'],
  ] as const)
    it(`is not a success where everything was rejected with ${reason}, and names the way out`, () => {
      const rejected = Array.from({ length: 10 }, () => ({ reason, detail: 'why' }));
      const result = { ...RESULT, audit: { ...TEN, rejected: 10 }, rejected };
      expect(hasSucceeded(result)).to.equal(false);
      expect(headlineOf(result)).to.equal('No row was written: 10 of 10 events were rejected in 2.00 s.');
      const text = toText(result, 'a file');
      expect(text).to.contain(`10 ${reason}`).and.to.contain(`${reason}: why`).and.to.contain(wayOut);
      expect(text).not.to.contain('Try next:').and.not.to.contain('Nothing was lost');
    });

  it('has a word for one event a second', () => {
    expect(toText({ ...RESULT, seconds: 10 }, 'a file')).to.contain('  1 event a second; from source');
  });

  it('does not speak of text where every event was JSON that the processor does not take', () => {
    const textFor = (...reasons: string[]): string => {
      const rejected = reasons.map((reason) => ({ reason, detail: 'why' }));
      return toText({ ...RESULT, audit: { ...TEN, rejected: 10 }, rejected }, 'a file');
    };
    expect(textFor('ProcessorFailed', 'Refused', 'UnknownShape', 'FieldInvalid')).not.to.contain('--wrap');
    expect(textFor('ProcessorFailed', 'NotJson')).to.contain('--wrap');
    expect(textFor('Refused')).not.to.contain('\n\n\n');
  });

  it('says how to see what a processor does where it fails for some events, and of many that fail alike only once', () => {
    const failed = { reason: 'ProcessorFailed', detail: 'process threw TypeError' };
    const rejected = [failed, failed, failed, { reason: 'NotJson', detail: 'x' }, failed];
    const text = toText({ ...RESULT, audit: { ...TEN, written: 5, rows: 5, rejected: 5 }, rejected }, 'a file');
    expect(text).to.contain(
      '\nRejected, for example:\n  ProcessorFailed: process threw TypeError\n  NotJson: x\n\nThe processor is at fault. `npm run try',
    );
    expect(toText(RESULT, 'a file')).not.to.contain('npm run try');
  });

  it('says of a processor that drops every event that it does', () => {
    const textFor = (audit: Partial<RunResult['audit']>) =>
      toText({ ...RESULT, audit: { ...TEN, dropped: 9, ...audit }, rejected: [] }, 'a file');
    const hint = 'The processor dropped every event, as one does whose process returns nothing. `npm run try';
    expect(textFor({ dropped: 10 })).to.contain(hint);
    expect(textFor({ written: 1, rows: 1 })).not.to.contain(hint);
    expect(textFor({ rejected: 1 })).not.to.contain(hint);
  });

  it('says of the only event that it was rejected', () => {
    const delivered = { ...RESULT.delivered, read: 1, sent: 1 };
    const result = { ...RESULT, delivered, audit: { ...TEN, events: 1, rejected: 1 } };
    expect(headlineOf(result)).to.equal('No row was written: 1 of 1 event was rejected in 2.00 s.');
  });

  it('is a success where the filter dropped all events, and says so', () => {
    const all = { ...RESULT, audit: { ...TEN, filtered: 10 }, rejected: [] };
    expect(headlineOf(all)).to.equal('The filter dropped all of 10 events in 2.00 s.');
    expect(hasSucceeded(all)).to.equal(true);
  });

  it('accounts for what the processor makes of the events, those of envelopes one by one', () => {
    const counts = { written: 9, superseded: 8, stale: 4, dropped: 6, rejected: 3 };
    const audit = { ...TEN, events: 30, rows: 12, derived: 3, ...counts };
    const result = { ...RESULT, audit, rejected: [] };
    expect(toText(result, 'a file')).to.contain('30 events in their envelopes').and.to.contain('12 rows');
    expect(headlineOf(result)).to.equal('30 events through the whole pipeline in 2.00 s. Nothing was lost.');
    expect(hasSucceeded(result)).to.equal(true);
    expect(JSON.parse(toJson(result))).to.include({ ...audit, eventsPerSecond: 15 });
    const dropped = { ...result, audit: { ...TEN, dropped: 9, rejected: 1 } };
    expect(hasSucceeded(dropped), 'a processor that drops almost all').to.equal(true);
  });

  it('names the last column after what the rows have', () => {
    const withMessage = { ...row(undefined), Message: 'hello' };
    const headingOf = (sample: RunResult['sample']) =>
      rowsOf({ ...RESULT, sample })[0]!
        .trim()
        .split(/ {2,}/)
        .at(-1);
    expect(headingOf([withMessage])).to.equal('Message');
    expect(headingOf([row({ kwh: 1 })])).to.equal('Data');
    expect(headingOf([withMessage, row({ kwh: 1 })])).to.equal('Message or Data');
  });

  it('shows every digit of a number, and bytes as what they are', () => {
    const sample = [
      row({ nano: exactNumber('1731824474044529123') }, 'exact'),
      row(Uint8Array.of(0xff, 0x00, 0x01), 'bytes'),
    ];
    const rows = rowsOf({ ...RESULT, sample });
    expect(rows.find((line) => line.includes('exact'))).to.contain('{"nano":1731824474044529123}');
    expect(rows.find((line) => line.includes('bytes'))).to.contain('3 bytes /wAB');
    expect(rowsOf({ ...RESULT, sample: [row(undefined)] }).at(-1), 'a row without data').to.match(/12:00$/);
  });

  it('never passes a control character of an event on to a terminal', () => {
    const hostile = 'before\u001b[31mRED\u001b]0;title\u0007\u009b31m\u202eafter';
    const sample = [row(hostile, hostile), { ...row(''), Username: hostile, Message: hostile }];
    const result = { ...RESULT, sample, rejected: [{ reason: 'NotJson', detail: hostile }] };
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(toText(result, 'a file').replaceAll('\n', '')).not.to.match(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
  });

  it('fits 80 columns, whatever the rows hold', () => {
    const wide = '東京👩‍👩‍👧‍👦'.repeat(40);
    const sample = [
      { Username: wide, Id: wide, Timestamp: '2026-11-20T12:00:00.000Z', Message: `${wide}\n${wide}` },
      row('x'.repeat(200), '9'.repeat(60)),
    ] as RunResult['sample'];
    const rows = rowsOf({ ...RESULT, sample });
    expect(rows).to.have.length(4);
    for (const line of rows) expect(stringWidth(line), line).to.be.at.most(80);
  });
});

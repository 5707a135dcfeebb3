import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseTemplate } from '../../../local/template/template.ts';
import { PLAN_HELP, readPlanOptions } from '../../../ops/plan/plan-options.ts';
import { PRICES, PRICES_AS_OF } from '../../../ops/plan/prices.ts';
import { problemsOf } from '../../support/refusal.ts';
import { DEPLOYED } from './workload.ts';

const read = (line: string) => readPlanOptions(line.split(' '), DEPLOYED);
const refused = (line: string) => problemsOf(() => read(line));

describe('the options of the plan', () => {
  it('take the rate for the peak, the size for the row, and the template for the rest', () => {
    const { workload, deployed, assumptions, json } = read('--rate 10.5 --size 700');
    const rollups = { rollups: 1, groups: 10, windows: 1 };
    expect(workload).to.deep.equal({
      rate: 10.5,
      peak: 10.5,
      size: 700,
      itemSize: 700,
      rows: 1,
      clients: 1,
      days: 30,
      rollups,
    });
    expect(deployed).to.deep.equal(DEPLOYED);
    expect(assumptions).to.include({ cpuMicroseconds: 60, writeMs: 10 });
    expect(json).to.equal(false);
    expect(read('--rate 1 --size 1 --rollups 0').workload).not.to.have.property('rollups');
  });

  it('change what they name', () => {
    const { workload, deployed, assumptions, json } = read(
      '--rate 1 --size 2 --peak 3 --item 4 --rows 2.5 --clients 5 --days 6 --batch 7 --window 8 --parallel 9 --memory 900 --retention 12 --type-index --cpu-us 10 --write-ms 11 --rollups 7 --groups 8 --windows 9 --json',
    );
    expect(workload).to.deep.equal({
      rate: 1,
      peak: 3,
      size: 2,
      itemSize: 4,
      rows: 2.5,
      clients: 5,
      days: 6,
      rollups: { rollups: 7, groups: 8, windows: 9 },
    });
    expect(deployed).to.include({
      batchSize: 7,
      maximumBatchingWindowInSeconds: 8,
      parallelizationFactor: 9,
      memorySize: 900,
      retentionDays: 12,
      typeIndex: true,
    });
    expect(assumptions).to.include({ cpuMicroseconds: 10, writeMs: 11 });
    expect(json).to.equal(true);
  });

  it('name every problem at once', () => {
    expect(refused('--peak 0 --days 1.5 --batch 10001 --window 301 --parallel 11')).to.deep.equal([
      '--rate is missing; expected the events a second, such as --rate 1000',
      '--size is missing; expected the bytes of an event, such as --size 1000',
      '--peak is "0"; expected a number from 0.001 to 1000000000',
      '--days is "1.5"; expected a whole number from 1 to 3660',
      '--batch is "10001"; expected a whole number from 1 to 10000',
      '--window is "301"; expected a whole number from 0 to 300',
      '--parallel is "11"; expected a whole number from 1 to 10',
    ]);
  });

  it('take what the template takes for the same parameter, and no more', () => {
    const text = readFileSync(new URL('../../../template.yaml', import.meta.url), 'utf8');
    const { Parameters } = parseTemplate(text) as unknown as {
      Parameters: Record<string, { MinValue: number; MaxValue: number }>;
    };
    const named = [...PLAN_HELP.matchAll(/^ {2}(--\w+) \w+ +(\w+)/gm)].flatMap(([, option, name = '']) =>
      name in Parameters ? [{ option, ...Parameters[name]! }] : [],
    );
    expect(named).to.have.length(5);
    for (const { option, MinValue, MaxValue } of named) {
      const isRefused = (value: number) => refused(`--rate 1 --size 1 ${option}=${value}`).length > 0;
      expect([MinValue - 1, MinValue, MaxValue, MaxValue + 1].map(isRefused), option).to.deep.equal([
        true,
        false,
        false,
        true,
      ]);
      // Lambda and DynamoDB take whole numbers of each.
      expect(isRefused(MinValue + 0.5), option).to.equal(true);
    }
  });

  it('take what they can mean, and no more', () => {
    const limits: [option: string, least: number, most: number][] = [
      ['--size', 1, 10_485_760],
      ['--item', 1, 409_600],
      ['--clients', 1, 10_000],
      ['--days', 1, 3_660],
      ['--rollups', 0, 100],
      ['--groups', 1, 1_000_000_000],
      ['--windows', 1, 1_000_000],
      ['--cpu-us', 0, 1_000_000],
      ['--write-ms', 0, 60_000],
    ];
    const others = { '--rate': 1, '--size': 1, '--item': 1 };
    for (const [option, least, most] of limits) {
      const isRefused = (value: number) => {
        const options = Object.entries({ ...others, [option]: value });
        return refused(options.map(([name, given]) => `${name}=${given}`).join(' ')).length > 0;
      };
      expect([least - 1, least, most, most + 1].map(isRefused), option).to.deep.equal([true, false, false, true]);
    }
  });

  it('refuse a peak below the average, and a row that no table holds', () => {
    expect(refused('--rate 5 --size 1 --peak 2')).to.deep.equal([
      '--peak is 2, less than the --rate of 5; expected at least as much',
    ]);
    expect(refused('--rate 5 --size 409601')).to.deep.equal([
      '--size is "409601", and a row holds 409600; give --item, the bytes that are stored of it',
    ]);
    expect(refused('--rate 5 --size 409601 --item 100')).to.deep.equal([]);
    expect(refused('--rate 5 --size 409600')).to.deep.equal([]);
    expect(refused('--rate x --size 1 --peak 0.5')).to.have.length(1);
  });

  it('are in a help with the date of the prices', () => {
    expect(PLAN_HELP).to.contain(PRICES_AS_OF);
  });
});

describe('the prices', () => {
  it('each have a source, and are dated', () => {
    expect(PRICES_AS_OF).to.match(/^\d{4}-\d\d-\d\d$/);
    for (const [name, { dollars, per, unit, source }] of Object.entries(PRICES)) {
      expect(dollars > 0 && per > 0, name).to.equal(true);
      expect(unit, name).to.match(/^\//);
      expect(source, name).to.match(/^https:\/\//);
    }
  });
});

import { expect } from 'chai';
import { type EventData, keyOf } from '../../core/event-data.ts';
import { contributionOf } from '../../core/processor.ts';
import { processorNamed } from '../../processors/index.ts';
import {
  addTo,
  detailOf,
  eventsOfUse,
  type Group,
  groupsOf,
  itMakesWhatItsLinesSay,
  type Line,
  rowsFor,
  rowsIn,
  tableOf,
} from '../support/processed.ts';

const NAME = 'iot-metering';

/** An amount in kWh or m³, by a way of its own: what one kWh or m³ is in the unit divides it. */
const UNITS: Record<string, [unit: string, inOne: number]> = {
  Wh: ['kWh', 1_000],
  kWh: ['kWh', 1],
  ' KWH': ['kWh', 1],
  MWh: ['kWh', 1 / 1_000],
  MJ: ['kWh', 3.6],
  GJ: ['kWh', 0.0036],
  L: ['m³', 1_000],
  l: ['m³', 1_000],
  m3: ['m³', 1],
  M3: ['m³', 1],
  'm³': ['m³', 1],
  ft3: ['m³', 1 / 0.028316846592],
};

const isAmount = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'number' && value >= 0 && value < 1e10) ||
  (typeof value === 'string' && /^[\d.]+$/.test(value));

const isTime = (value: unknown): boolean =>
  typeof value === 'number' ||
  (typeof value === 'string' && /T/.test(value) && /Z$|[+-]\d\d:\d\d$/.test(value) && !value.includes('02-30'));

/** The numbers in the file are seconds from 1970. */
const dateOf = (start: number | string): Date => new Date(typeof start === 'number' ? start * 1_000 : start);

/** What a reading becomes, or why it is refused. */
const readingOf = (json: Line): Line => {
  const [unit, inOne] = UNITS[json.unit] ?? [];
  if (!unit) return 'Refused';
  if (!isTime(json.start)) return 'FieldInvalid';
  if (dateOf(json.start).getUTCFullYear() < 2020) return 'Refused';
  if (![json.used, json.counter, json.resets].every(isAmount)) return 'Refused';
  const [used, counter] = [json.used, json.counter].map((value) =>
    value === undefined || value === null ? null : Math.round((Number(value) / inOne!) * 1e6) / 1e6,
  );
  if (used === null && counter === null) return 'Refused';
  const Timestamp = dateOf(json.start).toISOString();
  const register = json.register ?? 'main';
  return {
    Username: String(json.meter),
    Id: `${Timestamp} ${register} ${unit}`,
    Timestamp,
    Type: json.reset ? 'reset' : 'reading',
    Message: `${register}: used ${used ?? '?'} ${unit}, counter at ${counter ?? '?'} ${unit}`,
    Data: { register, unit, used, counter, resets: json.resets ?? 0, estimated: 'estimated' in json },
  };
};

const expectedOf = (json: Line): Line => {
  if (!Object.keys(json).includes('meter')) return { reason: 'UnknownShape' };
  if (json.meter === null || json.meter === '') return { reason: 'KeyMissing' };
  if (json.event || json.test) return { rows: [] };
  const rows = (json.readings ?? [{}]).map((one: Line) =>
    typeof one === 'string' ? 'Refused' : readingOf({ ...json, ...one }),
  );
  const reason = rows.find((row: Line) => typeof row === 'string');
  return reason ? { reason } : { rows };
};

const EVENTS = eventsOfUse(NAME, expectedOf);
const ROWS = rowsIn(EVENTS);
/** What the table holds in the end: a key once, with what came last. */
const TABLE = tableOf(ROWS);

const rowsOfMeter = (meter: string): EventData[] =>
  TABLE.filter(({ Username }) => Username === meter).sort((a, b) => (a.Id < b.Id ? -1 : 1));

/** The lines of a meter that became rows, a reading once, in the order of their intervals. */
const readingsOf = (meter: string): Line[] => {
  const rows = EVENTS.filter(({ json, expected }) => json?.meter === meter && expected.rows?.length > 0);
  const byTime = new Map(rows.map(({ json }) => [`${dateOf(json.start).getTime()} ${json.register}`, json]));
  return [...byTime.values()].sort((a, b) => dateOf(a.start).getTime() - dateOf(b.start).getTime());
};

describe('iot-metering', () => {
  itMakesWhatItsLinesSay(EVENTS);

  it('keeps what is used and what is fed in apart, by the register', () => {
    const numbered = [1, 2].map((register) => ({
      meter: 'm',
      start: '2026-11-20T06:00:00Z',
      used: 1,
      unit: 'kWh',
      register,
    }));
    const rows = numbered.flatMap((reading) => rowsFor(NAME, reading));
    expect(rows.map(({ Id }) => Id.slice(-6))).to.deep.equal([' 1 kWh', ' 2 kWh']);
  });

  it('counts two meters apart whose names and registers are the same words in a row', () => {
    const names = ['a', 'b', 'b c', 'c', 'b"', '"b', 'c"', '"b c"', 'a b', 'a "b', '\\"', '" b'];
    const groups = names.flatMap((meter) =>
      names.map((register) => {
        const [row] = rowsFor(NAME, { meter, register, start: '2026-11-20T06:00:00Z', used: 1, unit: 'kWh' });
        return contributionOf(processorNamed(NAME).rollups![0]!, row!)!.group;
      }),
    );
    expect(new Set(groups).size).to.equal(names.length ** 2);
    expect(groups).to.include('b c b kWh').and.to.include('b "b c" kWh');
  });

  it('makes a row of each unit that a meter of heat counts in at the same time', () => {
    const heat = { meter: 'he-hel-0001', start: '2026-11-20T06:00:00Z' };
    const readings = [
      { counter: 12.5, unit: 'MWh' },
      { counter: 301.25, unit: 'm³' },
    ];
    const rows = rowsFor(NAME, { ...heat, readings });
    expect(new Set(rows.map(keyOf)).size).to.equal(2);
    expect(rows.map(({ Message }) => Message)).to.deep.equal([
      'main: used ? kWh, counter at 12500 kWh',
      'main: used ? m³, counter at 301.25 m³',
    ]);
  });

  it('refuses a message that tells two amounts of one interval, of which one would be lost', () => {
    const message = { meter: 'm', start: '2026-11-20T06:00:00Z', unit: 'kWh' };
    const refused = 'readings is an array; expected one of each start, register and unit; the others would be lost';
    expect(detailOf(NAME, { ...message, readings: [{ used: 1 }, { used: 2 }] })).to.equal(refused);
    expect(rowsFor(NAME, { ...message, readings: [{ used: 1 }, { used: 1 }] })).to.have.lengthOf(2);
  });

  it('takes no register for the main one whose name it cannot read', () => {
    const reading = { meter: 'm', start: '2026-11-20T06:00:00Z', unit: 'kWh', used: 1 };
    expect(detailOf(NAME, { ...reading, register: { obis: '1.8.0' } })).to.contain('register is an object');
    for (const register of [undefined, null, ''])
      expect(rowsFor(NAME, { ...reading, ...(register !== undefined && { register }) })[0]?.Message).to.match(/^main/);
  });

  const HOPELESS: [meter: string, detail: string][] = [
    ['el-krk-0001', 'used is a number; expected a number from 0 to 9999999999'],
    ['el-krk-0006', 'unit is nothing; expected one such as kWh or m³'],
    ['el-krk-0008', 'start is a text of 20 characters; expected a time after 2020; the clock of the meter is wrong'],
    [
      'el-krk-0010',
      'start is a text of 16 characters; expected an RFC 3339 time like "2026-11-20T12:00:00Z", or one such as 1795176000',
    ],
    ['el-krk-0015', 'counter is nothing; expected a number, or what was used'],
    ['el-krk-0018', 'counter is an array; expected a number from 0 to 9999999999'],
    ['el-krk-0019', 'resets is a number; expected a number from 0 to 9999999999'],
  ];
  for (const [meter, detail] of HOPELESS)
    it(`sets ${meter} aside, since ${detail}`, () => {
      const { line } = EVENTS.find(({ json }) => json?.meter === meter)!;
      expect(detailOf(NAME, line)).to.equal(detail);
    });

  it('sums what each register used in each hour, a reading once', () => {
    const hours: Record<string, Group> = {};
    const readings = EVENTS.filter(({ expected }) => expected.rows?.length > 0).flatMap(({ json }) =>
      (json.readings ?? [json]).map((one: Line): Line => ({ ...json, ...one })),
    );
    const keyOfReading = ({ meter, start, register }: Line) => [meter, dateOf(start).getTime(), register].join();
    const once = new Map(readings.map((reading) => [keyOfReading(reading), reading]));
    for (const reading of once.values()) {
      const [unit, inOne] = UNITS[reading.unit]!;
      if (reading.used === undefined || reading.used === null) continue;
      const group = `${reading.meter} ${reading.register ?? 'main'} ${unit}`;
      const used = (Number(reading.used) / inOne).toFixed(6);
      addTo(hours, `${dateOf(reading.start).toISOString().slice(0, 13)} ${group}`, { used });
    }
    expect(groupsOf(NAME, 'consumption', TABLE)).to.deep.equal(hours);
    // Four intervals of a quarter of an hour are in one hour.
    expect(hours['2026-11-20T05 el-cpt-0032 main kWh']?.count).to.equal(4);
  });

  it('keeps the least, the most and the last of a counter apart for each time that it began anew', () => {
    const rollup = processorNamed(NAME).rollups!.find(({ name }) => name === 'counters')!;
    const groups: Record<string, number[]> = {};
    for (const row of rowsOfMeter('ga-tor-2207')) {
      const { group, values } = contributionOf(rollup, row)!;
      groups[group] = [...(groups[group] ?? []), Number(values!.counter)];
    }
    const readings = readingsOf('ga-tor-2207');
    const counters = (resets: number) =>
      readings.filter((json) => json.resets === resets).map(({ counter }) => counter);
    expect(groups).to.deep.equal({
      'ga-tor-2207 main m³ after 3 resets': counters(3),
      'ga-tor-2207 main m³ after 4 resets': counters(4),
    });
    expect(Math.max(...counters(4))).to.be.below(Math.min(...counters(3)));
    // Within a run, what was used is how far the counter went.
    const [, ...used] = readings.filter((json) => json.resets === 3).map((json) => json.used);
    const sum = used.reduce((total: number, one: number) => total + one, 0);
    expect(counters(3).at(-1) - counters(3)[0]).to.be.closeTo(sum, 1e-6);
  });
});

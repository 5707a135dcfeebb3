import { expect } from 'chai';
import { type EventData, keyOf } from '../../core/event-data.ts';
import { processorNamed } from '../../processors/index.ts';
import {
  addTo,
  detailOf,
  eventsOfUse,
  type Group,
  groupsOf,
  itMakesWhatItsLinesSay,
  type Line,
  type Outcome,
  processed,
  rowsFor,
  rowsIn,
  rowsOfOutcome,
} from '../support/processed.ts';

const NAME = 'order-processing';
const STATES = ['created', 'paid', 'packed', 'shipped', 'delivered', 'cancelled', 'refunded'];

const boughtIn = (items: readonly Line[]): string[] =>
  items.filter((item) => item !== null).map(({ quantity, name }) => `${quantity ?? '1'} × ${name ?? 'something'}`);

/** What becomes of a line, computed by other means than those of the processor. */
const expectedOf = (json: Line): Line => {
  if (!Object.keys(json).includes('order') || !Object.keys(json).includes('state')) return { reason: 'UnknownShape' };
  if (json.order === null || json.order === '') return { reason: 'KeyMissing' };
  const state = STATES.find((one) => one === json.state?.trim().toLowerCase());
  const amount = Number.parseFloat(json.total);
  const isAmount = amount >= 0 && [String(amount), amount.toFixed(2), amount.toFixed(3)].includes(String(json.total));
  const isTime = typeof json.at === 'number' || /[Z]$|[+-]\d\d:\d\d$/.test(json.at);
  if (!state || !isAmount || !isTime || json.currency?.length !== 3) return { reason: 'FieldInvalid' };
  if (json.test) return { rows: [] };
  const bought = boughtIn(json.items ?? []);
  const currency = json.currency.toUpperCase();
  return {
    rows: [
      {
        Username: `${json.customer ? json.customer : json.order}`,
        Id: `${json.order}`,
        Timestamp: new Date(json.at).toISOString(),
        Type: `order.${state}`,
        Message: `${state}: ${currency} ${json.total}${bought.length > 0 ? ' for ' : ''}${bought.join(', ')}`,
      },
    ],
  };
};

/** The outcome without Data, which has tests of its own. */
const shortOf = (outcome: Outcome): Line =>
  'rows' in outcome ? { rows: outcome.rows.map(({ Data, ...row }) => row) } : outcome;

const EVENTS = eventsOfUse(NAME, expectedOf);
const ROWS = rowsIn(EVENTS);

/** What the table holds in the end, whatever came last. */
const newestOf = (rows: readonly EventData[]): EventData[] => {
  const table = new Map<string, EventData>();
  for (const row of rows) {
    const before = table.get(keyOf(row));
    if (!before || before.Timestamp < row.Timestamp) table.set(keyOf(row), row);
  }
  return [...table.values()];
};

/** The events of an order, in the order of the file. */
const eventsOf = (order: string) => EVENTS.filter(({ json }) => json?.order === order);

const rowOf = (order: string): EventData => newestOf(ROWS).find(({ Id }) => Id === order)!;

describe('order-processing', () => {
  itMakesWhatItsLinesSay(EVENTS, shortOf);

  it('keeps the newest state of an order', () => {
    expect(processorNamed(NAME).newest).to.equal(true);
  });

  it('ends in the same table in whatever order the events come', () => {
    const byKey = (a: EventData, b: EventData): number => (keyOf(a) < keyOf(b) ? -1 : 1);
    const table = newestOf(ROWS).sort(byKey);
    expect(newestOf([...ROWS].reverse()).sort(byKey)).to.deep.equal(table);
    const last = new Map<string, number>();
    for (const { json, expected } of EVENTS)
      if (expected.rows?.length === 1)
        last.set(`${json.order}`, Math.max(last.get(`${json.order}`) ?? 0, new Date(json.at).getTime()));
    expect(table.map(({ Id, Timestamp }) => [Id, Timestamp])).to.have.deep.members(
      [...last].map(([order, time]) => [order, new Date(time).toISOString()]),
    );
  });

  it('keeps all that the shop says, with the state, the currency and the total in one form', () => {
    const { line, json } = eventsOf('OSL-70001')[0]!;
    const outcome = processed(NAME, line.replace('"created"', '" Created"').replace('"EUR"', '"eur"'));
    const [row] = 'rows' in outcome ? outcome.rows : [];
    expect(row?.Data).to.deep.equal({ ...json, total: 213.5 });
  });

  it('keeps every digit of a tracking number that is a number', () => {
    expect(String((rowOf('LAG-70004').Data as Line).shipping.tracking)).to.equal('12345678901234567890');
  });

  it('finds the order of a guest by its own number', () => {
    const guests = ROWS.filter(({ Username, Id }) => Username === Id);
    const expected = EVENTS.map(({ json }) => json).filter((json) => json?.order && json.state && !json.customer);
    expect(guests.map(({ Id }) => Id)).to.deep.equal(expected.map(({ order }) => order));
    expect(new Set(expected.map(({ customer }) => customer))).to.deep.equal(new Set([null, undefined, '']));
    for (const customer of [0, '0', false]) {
      const [row] = rowsFor(NAME, { ...expected[0], customer });
      expect(row?.Username).to.equal(expected[0].order);
    }
  });

  it('takes nobody for a guest whose customer it cannot read', () => {
    const { json } = EVENTS.find(({ expected }) => expected.rows?.length === 1)!;
    expect(detailOf(NAME, { ...json, customer: { id: 7 } })).to.equal(
      'customer is an object; expected an id, or nothing for a guest',
    );
  });

  it('takes numbers of orders and customers for text', () => {
    const { line } = EVENTS.find(({ json }) => json?.order === 880031)!;
    const long = line.replace('880031', '1795176000123456781').replace('770412', '1795176000123456782');
    expect(rowsFor(NAME, long)[0]).to.include({
      Username: '1795176000123456782',
      Id: '1795176000123456781',
    });
  });

  it('takes a total that was added up in doubles for the amount that it is', () => {
    const { json } = eventsOf('OSL-70001')[0]!;
    const outcome = processed(NAME, { ...json, total: 0.1 + 0.2 });
    expect(rowsOfOutcome(outcome)[0]?.Data).to.deep.equal({ ...json, total: 0.3 });
    // As PHP writes 49.8 where its precision is 17.
    const [row] = rowsOfOutcome(
      processed(NAME, JSON.stringify({ ...json, total: 0 }).replace('"total":0', '"total":49.799999999999997')),
    );
    expect(row?.Message).to.contain(' 49.8 ');
    expect(processed(NAME, { ...json, total: 12.3456 })).to.deep.equal({ reason: 'FieldInvalid' });
  });

  it('takes an amount with zeros behind its decimals, and a state as it is spelled in America', () => {
    const { json } = eventsOf('OSL-70001')[0]!;
    const [row] = rowsFor(NAME, { ...json, total: '199.5000', state: 'Canceled' });
    expect(row?.Type).to.equal('order.cancelled');
    expect(row?.Data).to.include({ total: 199.5, state: 'cancelled' });
    expect(processed(NAME, { ...json, total: '199.5001' })).to.deep.equal({ reason: 'FieldInvalid' });
  });

  it('takes a state in the capitals and the small letters of a Turkish machine', () => {
    const { json } = eventsOf('OSL-70001')[0]!;
    for (const state of ['SHİPPED', 'shıpped', 'Shipped', 'SHI\u0307PPED'])
      expect(rowsFor(NAME, { ...json, state })[0]?.Type, state).to.equal('order.shipped');
  });

  it('takes seconds for a time', () => {
    const { json } = eventsOf('OSL-70001')[0]!;
    const [row] = rowsFor(NAME, { ...json, at: 1795176000 });
    expect(row?.Timestamp).to.equal('2026-11-20T12:00:00.000Z');
  });

  const HOPELESS: [order: string, detail: string][] = [
    ['LDZ-70102', 'state is a text of 7 characters; expected a state from created to refunded'],
    ['LDZ-70107', 'at is nothing; expected an RFC 3339 time like "2026-11-20T12:00:00Z", or one such as 1795176000'],
    ['LDZ-70108', 'total is a text of 5 characters; expected an amount like 49.80'],
    ['LDZ-70114', 'currency is nothing; expected a code like EUR'],
  ];
  for (const [order, detail] of HOPELESS)
    it(`sets ${order} aside, since ${detail.split(';')[0]}`, () => {
      const [{ line } = { line: '' }] = eventsOf(order);
      expect(processed(NAME, line)).to.deep.equal({ reason: 'FieldInvalid' });
      expect(detailOf(NAME, line)).to.equal(detail);
    });

  it('counts the orders of each state, each order once', () => {
    const states: Record<string, Group> = {};
    const last = new Map<string, Line>();
    for (const { json, expected } of EVENTS)
      if (expected.rows?.length === 1 && new Date(json.at) > new Date(last.get(`${json.order}`)?.at ?? 0))
        last.set(`${json.order}`, json);
    for (const { state } of last.values()) addTo(states, `order.${state.trim().toLowerCase()}`);
    expect(groupsOf(NAME, 'states', newestOf(ROWS))).to.deep.equal(states);
    expect(Object.keys(states)).to.have.members(STATES.map((state) => `order.${state}`));
  });

  it('sums what paid orders are worth by currency, without those that were cancelled or refunded', () => {
    const revenue: Record<string, Group> = {};
    for (const { Message = '' } of newestOf(ROWS)) {
      const [, state, currency, total] = /^(\w+): ([A-Z]{3}) ([\d.]+)/.exec(Message)!;
      if (!['created', 'cancelled', 'refunded'].includes(state!)) addTo(revenue, currency!, { total: total! });
    }
    expect(groupsOf(NAME, 'revenue', newestOf(ROWS))).to.deep.equal(revenue);
    expect(Object.keys(revenue)).to.have.members('JPY PLN NGN BRL EGP INR EUR MXN VND KWD'.split(' '));
  });
});

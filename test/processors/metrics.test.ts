import { expect } from 'chai';
import type { EventData } from '../../core/event-data.ts';
import {
  addTo,
  detailOf,
  type Group,
  groupsOf,
  jsonOf,
  type Line,
  linesOf,
  processed,
  reasonOf,
  rowsFor,
  tableOf,
} from '../support/processed.ts';

const NAME = 'metrics';
const LINES = linesOf(NAME);
const T = '2026-11-20T12:05:00.000Z';

/** The route of every path in the file, read by eye. */
const ROUTES = new Map([
  ['/', '/'],
  ['/orders', '/orders'],
  ['/orders?page=2&sort=-created', '/orders'],
  ['/orders/8841', '/orders/{id}'],
  ['/orders/8842/', '/orders/{id}'],
  ['/orders/8843/items', '/orders/{id}/items'],
  ['/orders/8843/items/3', '/orders/{id}/items/{id}'],
  ['/orders/:id', '/orders/{id}'],
  ['/orders/{orderId}/items', '/orders/{id}/items'],
  ['/orders/<int:order>/refund', '/orders/{id}/refund'],
  ['/carts/6f1d2c3b-7a90-4e21-9c55-0b1d2e3f4a5b', '/carts/{id}'],
  ['/carts/0B9E5A44-1111-4F6C-8D3A-9F00AB12CD34/items', '/carts/{id}/items'],
  ['/search?q=%E3%83%A9%E3%83%BC%E3%83%A1%E3%83%B3', '/search'],
  ['/search?q=caf%C3%A9&lang=fr', '/search'],
  ['/search/suggest?q=s%C3%B8', '/search/suggest'],
  ['/products/facade-paint', '/products/facade-paint'],
  ['/products/17?ref=newsletter#reviews', '/products/{id}'],
  ['/products/17/reviews', '/products/{id}/reviews'],
  ['/categories/%D9%83%D8%AA%D8%A8', '/categories/%D9%83%D8%AA%D8%A8'],
  ['/categories/kaffee', '/categories/kaffee'],
  ['/categories/書籍', '/categories/書籍'],
  ['/media/5f3c9a0012bd77e4', '/media/{id}'],
  ['/media/5f3c9a0012bd77e4/thumb', '/media/{id}/thumb'],
  ['/media/upload', '/media/upload'],
  ['/users/me', '/users/me'],
  ['/users/me/addresses', '/users/me/addresses'],
  ['/users/40112', '/users/{id}'],
  ['/login;jsessionid=8F0A', '/login'],
  ['/login', '/login'],
  ['/logout', '/logout'],
  ['/checkout', '/checkout'],
  ['/checkout/payment', '/checkout/payment'],
  ['/checkout/payment/callback?ok=1', '/checkout/payment/callback'],
  ['/v1/prices/2026/11', '/v1/prices/{id}/{id}'],
  ['/v2/stock/warehouse-lagos', '/v2/stock/warehouse-lagos'],
  ['/v2/stock/deadbeef', '/v2/stock/deadbeef'],
  ['//orders//8850', '/orders/{id}'],
  ['/exports/2026-11-19', '/exports/{id}'],
  ['/badge', '/badge'],
  ['/webhooks/github', '/webhooks/github'],
]);

/** What becomes of the odd samples: latency and status, or the reason and a part of what the rejection says, or nothing. */
const ODD: Record<string, [ms: number, status: number | null] | [reason: string, says: string] | []> = {
  'odd-probe': [],
  'odd-probe-2': [],
  'odd-no-probe': [12, 200],
  'odd-late': [88.25, 200],
  'odd-late-zone': [250, 200],
  'odd-corrected': [90, 200],
  'odd-text-number': [41.5, 200],
  'odd-negative': ['Refused', 'the latency is a number; expected 0 ms to an hour'],
  'odd-nanoseconds': ['Refused', 'expected 0 ms to an hour'],
  'odd-null-latency': ['Refused', 'the latency is nothing'],
  'odd-null-ms-took': [1_500, 200],
  'odd-words': ['Refused', 'the latency is a text of 4 characters'],
  'odd-minutes': ['Refused', 'the latency is'],
  'odd-comma': ['Refused', 'the latency is'],
  'odd-status-words': [3_000, null],
  'odd-no-status': [15, null],
  'odd-zero': [0, 200],
  'odd-time-epoch': [20, 200],
  'odd-time-no-zone': ['FieldInvalid', 'time is a text of 19 characters'],
  'odd-time-missing': ['FieldInvalid', 'time is nothing'],
  'odd-method-null': ['KeyMissing', 'method is null'],
  'odd-path-empty': ['KeyMissing', 'path is an empty text'],
  'odd-other-shape': ['UnknownShape', 'expected a sample of a request (method, path)'],
  'odd-digits': [34.2, 200],
  'odd-true': ['Refused', 'the latency is'],
};

interface Sample {
  id: string;
  time: string;
  method: string;
  path: string;
  status: number | string;
  service: string;
  ms?: number;
  seconds?: number;
  took?: string;
}

/** Milliseconds in whole microseconds. The last letters of a text say what it counts. */
const latencyOf = ({ ms, seconds, took = '' }: Sample): number => {
  const thousandths = ms !== undefined ? ms * 1e3 : seconds !== undefined ? seconds * 1e6 : microsecondsOf(took);
  return Math.round(thousandths) / 1e3;
};

const microsecondsOf = (took: string): number => {
  const amount = Number.parseFloat(took);
  if (took.endsWith('us') || took.endsWith('µs')) return amount;
  return took.endsWith('ms') ? amount * 1e3 : amount * 1e6;
};

/** The row of an ordinary sample. */
const rowOf = (sample: Sample): EventData => {
  const Timestamp = new Date(sample.time).toISOString();
  return {
    Username: `${sample.method.toUpperCase()} ${ROUTES.get(sample.path)}`,
    Id: `${Timestamp} ${sample.id}`,
    Timestamp,
    Type: 'request',
    Data: { ms: latencyOf(sample), status: Number(sample.status), service: sample.service },
  };
};

const isOrdinary = (sample: Sample | undefined): boolean => sample?.id !== undefined && !(sample.id in ODD);

/** What a sample adds to the rollup, where it becomes a row. */
const countedOf = (sample: Line): { group: string; time: string; ms: number }[] => {
  if (sample && isOrdinary(sample)) {
    const { Username, Timestamp } = rowOf(sample);
    return [{ group: Username, time: Timestamp, ms: latencyOf(sample) }];
  }
  const [ms] = ODD[sample?.id] ?? [];
  if (typeof ms !== 'number') return [];
  const time = sample.time === 1_795_176_300 ? T : new Date(sample.time).toISOString();
  return [{ group: sample.path === '/search' ? 'GET /search' : 'GET /orders', time, ms }];
};

const outcomeOf = (line: string) => processed(NAME, line);
const rowsOfLine = (line: string): readonly EventData[] => rowsFor(NAME, line);
const lineOf = (id: string): string => LINES.findLast((line) => line.includes(`"id":"${id}"`))!;
const ROWS = LINES.flatMap(rowsOfLine);

/** A sample of a request with these fields. */
const sampleOf = (fields: object): object => ({ id: 'x', time: T, method: 'GET', path: '/', ms: 1, ...fields });

describe('the processor metrics', () => {
  it('has a file of 300 events and more, of which all but the odd ones become the right row', () => {
    const ordinary = LINES.filter((line) => isOrdinary(jsonOf(line)));
    expect(LINES.length).to.be.at.least(300);
    expect(ordinary.length).to.be.at.least(280);
    for (const line of ordinary) expect(outcomeOf(line), line).to.deep.equal({ rows: [rowOf(jsonOf(line)!)] });
  });

  for (const [id, [first, second]] of Object.entries(ODD))
    if (first === undefined)
      it(`drops the sample ${id}`, () => {
        expect(outcomeOf(lineOf(id))).to.deep.equal({ rows: [] });
      });
    else if (typeof first === 'string')
      it(`rejects the sample ${id}: ${second}`, () => {
        expect(outcomeOf(lineOf(id))).to.deep.equal({ reason: first });
        expect(detailOf(NAME, lineOf(id))).to.contain(second);
      });
    else
      it(`takes ${first} ms and the status ${second} out of the sample ${id}`, () => {
        expect(rowsOfLine(lineOf(id))[0]?.Data).to.deep.include({ ms: first, status: second });
      });

  it('rejects lines that are not JSON, not objects, or whose id is missing', () => {
    const reasons = LINES.filter((line) => jsonOf(line)?.id === undefined).map((line) => reasonOf(outcomeOf(line)));
    expect(reasons).to.deep.equal(['KeyMissing', 'NotJson', 'NotJson', 'NotObject', 'NotObject']);
  });

  it('takes ULIDs and e-mail addresses for ids, which would make a route of each person', () => {
    for (const id of ['01ARZ3NDEKTSV4RRFFQ69G5FAV', 'ada@example.org', 'ada%40example.org', 'ada%2540example.org']) {
      expect(rowsFor(NAME, sampleOf({ path: `/users/${id}/orders` }))[0]?.Username).to.equal('GET /users/{id}/orders');
    }
  });

  it('takes a number with a sign or the name of a format behind it for an id, and a version for none', () => {
    const routes: [path: string, route: string][] = [
      ['/orders/17.json', '/orders/{id}'],
      ['/files/550e8400-e29b-41d4-a716-446655440000.pdf', '/files/{id}'],
      ['/chats/-1001234567890/messages', '/chats/{id}/messages'],
      ['/phones/+442079460123/sms', '/phones/{id}/sms'],
      ['/phones/%2b442079460123/sms', '/phones/{id}/sms'],
      ['/api/1.0/orders.json', '/api/1.0/orders.json'],
      ['/api/2026-11/orders', '/api/2026-11/orders'],
    ];
    for (const [path, route] of routes) {
      expect(rowsFor(NAME, sampleOf({ path }))[0]?.Username).to.equal(`GET ${route}`);
    }
  });

  it('takes the path out of an address, as proxies and load balancers have it', () => {
    for (const path of ['https://shop.example:443/orders/17?token=1', 'http://shop.example', 'HTTP://[::1]?a=/b']) {
      const route = path.includes('orders') ? '/orders/{id}' : '/';
      expect(rowsFor(NAME, sampleOf({ path }))[0]?.Username).to.equal(`GET ${route}`);
    }
  });

  it('takes a latency of less than a microsecond, which JavaScript writes with an exponent', () => {
    expect(rowsFor(NAME, sampleOf({ ms: undefined, seconds: 0.0000009 }))[0]?.Data).to.deep.include({ ms: 0.001 });
  });

  it('takes a latency with its unit in a field that has one of its own', () => {
    for (const ms of ['34.2 ms', '0.0342s', '34.2'])
      expect(rowsFor(NAME, sampleOf({ ms }))[0]?.Data).to.deep.include({ ms: 34.2 });
    expect(rowsFor(NAME, sampleOf({ ms: undefined, seconds: '34200us' }))[0]?.Data).to.deep.include({ ms: 34.2 });
  });

  const DURATIONS: [took: string, ms: number][] = [
    ['1m2.5s', 62_500],
    ['59m59.999s', 3_599_999],
    ['350\u00b5s', 0.35],
    ['350\u03bcs', 0.35],
    ['350000ns', 0.35],
  ];
  for (const [took, ms] of DURATIONS)
    it(`reads ${took}, as programs in Go and Rust write it`, () => {
      expect(rowsFor(NAME, sampleOf({ ms: undefined, took }))[0]?.Data).to.deep.include({ ms });
    });

  it('counts and sums the latency of each route by the minute as plain arithmetic does', () => {
    const expected: Record<string, Group> = {};
    // Of samples with one id the last one counts.
    const samples = new Map(LINES.map(jsonOf).map((sample) => [sample?.id, sample]));
    for (const { group, time, ms } of [...samples.values()].flatMap(countedOf))
      addTo(expected, `${time.slice(0, 16)} ${group}`, { ms });
    expect(groupsOf(NAME, 'latency', tableOf(ROWS))).to.deep.equal(expected);
  });

  it('takes a path of a million characters', () => {
    const paths = [`/${'4'.repeat(500)}/${'0-'.repeat(500_000)}`, `/${'4/'.repeat(2_000)}${'a@'.repeat(500_000)}\n`];
    for (const path of paths) {
      expect(processed(NAME, sampleOf({ path }))).to.deep.equal({ reason: 'KeyTooLong' });
    }
  });
});

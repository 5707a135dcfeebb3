import { expect } from 'chai';
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
  tableOf,
} from '../support/processed.ts';

const NAME = 'clickstream';

/** Every program of the file, by a part of its name that no browser of the file has. */
const PROGRAMS = [
  'Examplebot',
  'SampleBot',
  'KnowledgeSpider',
  'HeadlessChrome',
  'curl/',
  'python-requests',
  'Wget',
  'Go-http',
  'Apache-Http',
  'Lighthouse',
  'UptimeMonitor',
  'LinkPreview',
  'ExampleCrawler',
  'feedfetcher',
];

/** Host and page of an address, cut out of its text. */
const partsOf = (address: string): { host: string; page: string } => {
  const [, rest = ''] = address.split('://');
  const [place = ''] = rest.split(/[?#]/);
  const [authority = '', ...segments] = place.split('/');
  const host = authority.replace(/^.*@/, '').replace(/:\d+$/, '').toLowerCase().replace('www.', '');
  const named = segments
    .map((segment) => (segment.endsWith('%E0%A4') ? segment : decodeURIComponent(segment)))
    .map((segment) => (segment.includes('@') ? '(e-mail)' : segment));
  if (named.at(-1)?.startsWith('index.')) named.pop();
  while (named.at(-1) === '') named.pop();
  return { host, page: [host, ...named].join('/') };
};

const sourceOf = (referrer: unknown): string => {
  if (typeof referrer !== 'string' || !referrer.includes('://')) return 'direct';
  const { host } = partsOf(referrer);
  return host.startsWith('bücher') ? 'xn--bcher-kva.example' : host;
};

const timeOf = (ts: string | number): Date | undefined =>
  /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:\d\d)$/.test(String(ts)) || Number(ts) > 0 ? new Date(ts) : undefined;

/** What becomes of a line, computed by other means than those of the processor. */
const expectedOf = (json: Line, line: string): Line => {
  if (json.url === undefined) return { reason: 'UnknownShape' };
  if (!/^https?:..[^/]/.test(json.url)) return { reason: 'FieldInvalid' };
  const time = timeOf(json.ts);
  if (!time) return { reason: 'FieldInvalid' };
  if (!json.session && !json.visitor) return { reason: 'KeyMissing' };
  if (json.webdriver || !json.ua || PROGRAMS.some((name) => json.ua.includes(name))) return { rows: [] };
  const type = json.event ?? 'view';
  if (type !== 'view' && type !== 'click') return { rows: [] };
  const { page } = partsOf(json.url);
  const load = Number.parseFloat(json.ms);
  return {
    rows: [
      {
        Username: json.session ? json.session : json.visitor,
        Id: `${time.toISOString()} ${/"hit":"?([^",]+)/.exec(line)?.[1]?.replace('null', 'hash') ?? 'hash'}`,
        Timestamp: time.toISOString(),
        Type: type,
        Message: json.target ? `${page} → ${json.target}` : page,
        Data: {
          page,
          from: sourceOf(json.referrer),
          ...(load > 0 && load < 600_000 && !String(json.ms).includes('s') && { ms: load }),
        },
      },
    ],
  };
};

const EVENTS = eventsOfUse(NAME, expectedOf);
const ROWS = rowsIn(EVENTS);

/** The outcome without what only the processor computes: the hash of a hit that has no name. */
const withoutHash = (outcome: Outcome): Line =>
  'rows' in outcome
    ? { rows: outcome.rows.map((row) => ({ ...row, Id: row.Id.replace(/ [0-9a-f]{64}$/, ' hash') })) }
    : outcome;

/** What the table holds in the end. */
const TABLE = tableOf(ROWS);
const VIEWS: Line[] = TABLE.filter(({ Type }) => Type === 'view');

const handMade = (hit: string) => EVENTS.find(({ json }) => json?.hit === hit)!;

describe('clickstream', () => {
  itMakesWhatItsLinesSay(EVENTS, withoutHash);

  it('leaves a path that is not UTF-8 as it is written, and still tells where the visit came from', () => {
    const hit = {
      ...handMade('hand-73').json,
      url: 'https://shop.example/100%',
      referrer: 'https://menu.example/caf%E9',
    };
    expect(rowsFor(NAME, hit)[0]?.Data).to.include({
      page: 'shop.example/100%',
      from: 'menu.example',
    });
  });

  it('drops a program that is known by the address of a page about it or of those who run it, by what it does, or by the library that it is made with', () => {
    const { json, outcome } = EVENTS.find(({ expected }) => expected.rows?.length === 1)!;
    expect(outcome).to.have.property('rows').with.lengthOf(1);
    for (const ua of [
      'Mozilla/5.0 (compatible; Sample Search; +https://search.example/about)',
      'Mozilla/5.0 (compatible; Sample Search; http://search.example/about)',
      'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Sample-User/1.0; +sample-user@search.example)',
      'Mozilla/5.0 (compatible; Sample Slurp)',
      'samplecrawl/2.1',
      'Sample web scraper',
      'Sample_LinkChecker/1.0',
      'Java/21.0.1',
      'Ruby',
      'axios/1.7.2',
      'okhttp/4.12.0',
      'SampleRuntime/7.40.0',
      'sample-probe/1.31',
      'SampleApp/12 CFNetwork/1410.0.3 Darwin/22.6.0',
      'Mozilla/5.0 (compatible; Sample-InspectionTool/1.0)',
      'Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 SampleSynthetics/7',
    ])
      expect(processed(NAME, { ...json, ua }), ua).to.deep.equal({ rows: [] });
    const browser = { ...json, ua: 'Mozilla/5.0 (Linux; Android 14; okhttp) JavaFX/8.0 Sample/1.0' };
    expect(rowsFor(NAME, browser)).to.have.lengthOf(1);
    for (const ua of [
      'Firefox',
      'Mozilla/5.0',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) (Sample ios@9.2.3)',
      'Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 Phantom/android/26.1',
      'SamplePhone/1.0 NetFront/4.2 Profile/MIDP-2.0 Configuration/CLDC-1.1',
      'Opera/9.80 (J2ME/MIDP; Opera Mini/8.0; U; en) Presto/2.12 Version/12.16',
    ])
      expect(rowsFor(NAME, { ...json, ua }), ua).to.have.lengthOf(1);
  });

  it('keeps no query of a link that was clicked, and no address of a person', () => {
    const hit = { hit: 'h', event: 'click', ts: 1795176000, session: 's', url: 'https://example.com/a', ua: 'Firefox' };
    const links: [target: string, told: string][] = [
      ['https://www.example.org/pay/?token=s3cr3t#card', 'example.org/pay'],
      ['mailto:lucie@example.org?subject=hi', 'mailto'],
      ['tel:+442079460123', 'tel'],
      ['javascript:void(0)', 'javascript'],
      ['Sale: shoes', 'Sale: shoes'],
      ['Any questions?', 'Any questions?'],
      ['/search?q=what%20I%20search', 'example.com/search'],
      ['/search?q=what I search', 'example.com/search'],
      ['../b/?what-I-search', 'example.com/b'],
      ['search?q=s3cr3t#top', 'example.com/search'],
      ['?q=s3cr3t', 'example.com/a'],
      ['#token=s3cr3t', 'example.com/a'],
      ['//www.example.org/pay?token=s3cr3t', 'example.org/pay'],
      ['//[?q=s3cr3t', '?'],
      ['/month', '/month'],
      ['ada@example.org', '(e-mail)'],
      ['Write to ada%40example.org', '(e-mail)'],
      ['#lluvia', '#lluvia'],
    ];
    for (const [target, told] of links) {
      const [row] = rowsFor(NAME, { ...hit, target });
      expect(row?.Message, target).to.equal(`example.com/a → ${told}`);
    }
  });

  it('takes an e-mail address out of a page however it is written, and keeps a name behind an @', () => {
    const hit = { hit: 'h', ts: 1795176000, session: 's', ua: 'Firefox' };
    const pages: [path: string, told: string][] = [
      ['u/ada@example.org/edit', 'u/(e-mail)/edit'],
      ['u/ada%40example.org/edit', 'u/(e-mail)/edit'],
      ['u/ada%2540example.org/edit', 'u/(e-mail)/edit'],
      ['u/ada%252540example.org/%E9', 'u/(e-mail)/%E9'],
      ['u/ada＠example.org', 'u/(e-mail)'],
      ['u/ada @ example.org', 'u/(e-mail)'],
      ['@ada/posts', '@ada/posts'],
      ['%40ada/posts', '@ada/posts'],
      ['package/@types/node', 'package/@types/node'],
    ];
    for (const [path, told] of pages)
      expect(rowsFor(NAME, { ...hit, url: `https://example.com/${path}` })[0]?.Message).to.equal(`example.com/${told}`);
  });

  it('knows a page whose address has a slash too many', () => {
    const hit = { hit: 'h', ts: 1795176000, session: 's', url: 'https://example.com//b///c//', ua: 'Firefox' };
    expect(rowsFor(NAME, hit)[0]?.Message).to.equal('example.com/b/c');
  });

  it('takes a page that Segment tells of for a view, and drops what else Segment calls', () => {
    const call = {
      type: 'page',
      messageId: 'm-1',
      anonymousId: 'a-1',
      userId: null,
      timestamp: '2026-11-20T12:00:00.500Z',
      sentAt: '2026-11-20T12:00:09Z',
      properties: { title: 'Kites', path: '/kites', url: 'https://www.books.example.com/kites?q=red' },
      context: { page: { referrer: 'https://search.example/?q=kites' }, userAgent: 'Mozilla/5.0 (X11) Firefox/140.0' },
    };
    expect(processed(NAME, call)).to.deep.equal({
      rows: [
        {
          Username: 'a-1',
          Id: '2026-11-20T12:00:00.500Z m-1',
          Timestamp: '2026-11-20T12:00:00.500Z',
          Type: 'view',
          Message: 'books.example.com/kites',
          Data: { page: 'books.example.com/kites', from: 'search.example' },
        },
      ],
    });
    for (const other of [{ type: 'identify' }, { type: 'track', event: 'Order Completed' }])
      expect(processed(NAME, { ...call, ...other }), other.type).to.deep.equal({ rows: [] });
    expect(processed(NAME, { ...call, properties: {} })).to.deep.equal({ reason: 'FieldInvalid' });
    const context = { ...call.context, page: { url: 'https://books.example.com/tea' } };
    const [row] = rowsFor(NAME, { ...call, properties: { url: '', referrer: '' }, context });
    expect(row?.Data).to.deep.equal({ page: 'books.example.com/tea', from: 'direct' });
  });

  it('drops previews of networks, and takes the session out of an address', () => {
    const hit = {
      hit: 'h',
      ts: 1795176000,
      session: 's',
      url: 'https://example.com/a;jsessionid=8F/b;v=1/steins;gate',
      ua: 'Firefox',
    };
    const preview = { ...hit, ua: 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)' };
    expect(processed(NAME, preview)).to.deep.equal({ rows: [] });
    expect(rowsFor(NAME, hit)[0]?.Message).to.equal('example.com/a/b/steins;gate');
  });

  it('takes any number of seconds for a time, and a session and a load that are long numbers', () => {
    const line =
      '{"hit":"h","ts":1795176000.1234567891,"session":17951759901234567890,"ms":12.300000000000001,"url":"https://example.com/","ua":"Mozilla/5.0"}';
    const [row] = rowsFor(NAME, line);
    expect(row).to.include({ Username: '17951759901234567890', Timestamp: '2026-11-20T12:00:00.123Z' });
    expect(row?.Data).to.include({ ms: 12.3 });
  });

  const HOPELESS: [hit: string, detail: string][] = [
    ['hand-82', 'visitor is an empty text; expected a text that is not empty, or a number'],
    ['hand-86', 'url is null; expected the address of a web page'],
    ['no-time', 'ts is nothing; expected an RFC 3339 time like "2026-11-20T12:00:00Z", or one such as 1795176000'],
  ];
  for (const [hit, detail] of HOPELESS)
    it(`sets ${hit} aside, since ${detail.split(';')[0]}`, () => {
      expect(detailOf(NAME, handMade(hit).line)).to.equal(detail);
    });

  it('counts the views of each page by the minute, with the milliseconds of those that tell them', () => {
    const views: Record<string, Group> = {};
    for (const { Timestamp, Data } of VIEWS)
      addTo(views, `${Timestamp.slice(0, 16)} ${Data.page}`, 'ms' in Data ? { ms: Data.ms } : {});
    expect(groupsOf(NAME, 'views', TABLE)).to.deep.equal(views);
  });

  it('counts where visits come from by the hour, not the steps within a site', () => {
    const sources: Record<string, Group> = {};
    for (const { Timestamp, Data } of VIEWS)
      if (Data.from !== Data.page.split('/')[0]) addTo(sources, `${Timestamp.slice(0, 13)} ${Data.from}`);
    expect(groupsOf(NAME, 'sources', TABLE)).to.deep.equal(sources);
    expect(new Set(Object.keys(sources).map((group) => group.slice(14))))
      .to.include('direct')
      .and.include('com.example.reader');
  });
});

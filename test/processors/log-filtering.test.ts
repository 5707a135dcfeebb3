import { expect } from 'chai';
import { eventMaker } from '../../client/sources/file/to-event.ts';
import { mapEvent } from '../../core/decode.ts';
import type { EventData } from '../../core/event-data.ts';
import type { SourceEvent } from '../../core/source-event.ts';
import processor from '../../processors/log-filtering.ts';
import {
  ARRIVED,
  addTo,
  detailOf,
  firstRowOf,
  type Group,
  groupsOf,
  linesOf,
  type Outcome,
  PARTITION_KEY,
  processedRecord,
  reasonOf,
  rowsOfOutcome,
  tableOf,
} from '../support/processed.ts';

const NAME = 'log-filtering';
const LINES = linesOf(NAME);

/** What the programs of the file say, and how bad a person finds it. */
const MESSAGES = {
  BELOW: [
    'listening on :8080',
    'user signed in',
    'order accepted',
    'cache warmed up',
    'Benutzer hat sich abgemeldet',
    '注文を受け付けました',
    'تم تسجيل الدخول',
    'retrying is not needed, no error found',
    'job finished',
    'connection pool ready',
    'flushed 40 metrics',
    'payment captured',
    'новый заказ принят',
    'config reloaded',
    'index refreshed in the background',
    'select from carts took its time',
    'entering validate()',
    'token refreshed early',
    'cache miss for key',
    'heartbeat sent',
    'frame 17 decoded',
    'lock taken and given back',
  ],
  WARN: [
    'disk is 91 % full',
    'certificate expires in 6 days',
    'slow query on carts',
    'retry of the payment provider',
    'キューが長くなっています',
    'Warteschlange wächst',
    'la respuesta tardó demasiado',
    'deprecated header X-Api-Version',
    'clock differs from NTP by 2 s',
    'rate limit reached for tenant',
    'memory pressure, cache evicted',
    'पुनः प्रयास हो रहा है',
    'fallback prices are in use',
    'lost a replica, two are left',
  ],
  ERROR: [
    'cannot connect to the database',
    'payment was refused by the bank',
    'timeout while calling stock',
    'فشل الاتصال بالخادم',
    'не удалось отправить письмо',
    '在庫サービスに接続できません',
    'uncaught TypeError in cart view',
    'write to bucket failed',
    'schema of the event is unknown',
    'e-mail could not be sent 📭',
    'lock was lost during checkout',
    'invoice number used twice',
  ],
  FATAL: [
    'out of memory, giving up',
    'no leader for partition 3',
    'data directory is corrupt',
    'license of the engine is over',
  ],
};
const LEVEL_OF = new Map(Object.entries(MESSAGES).flatMap(([level, texts]) => texts.map((text) => [text, level])));

type Fields = Record<string, string | number>;

/** One line of a log, taken out of what it arrived in. */
interface LogLine {
  text: string;
  /** What its envelope says about it. */
  outer: Fields;
  service: string;
}

/** Takes lines out of wraps, of records of Fluent Bit and Filebeat, and of subscriptions. An object may be the line itself. */
const logLinesOf = (line: string): LogLine[] => {
  const json = JSON.parse(line);
  if (json.messageType)
    return json.logEvents
      .filter(() => json.messageType === 'DATA_MESSAGE')
      .map(({ message, timestamp }: { message: string; timestamp: number }) => ({
        text: message,
        outer: { time: new Date(timestamp).toISOString() },
        service: json.logGroup,
      }));
  if (json.specversion) return [{ text: json.data, outer: { time: json.time ?? ARRIVED }, service: json.source }];
  const service = json.service ?? json.app ?? json.container_name ?? PARTITION_KEY;
  return [{ text: json.log ?? (isWithin(json.message) ? json.message : line), outer: json, service }];
};

const isWithin = (message: string | undefined): boolean => message !== undefined && /^\{|" \d{3} /.test(message);

const timeIn = ({ time, ts, timestamp, ...others }: Fields): string => {
  const found = ts ?? time ?? timestamp ?? others['@timestamp'] ?? ARRIVED;
  // Seconds have a point where their thousandths begin.
  return new Date(
    typeof found === 'number' ? Number(String(found).replace('.', '').padEnd(13, '0')) : found,
  ).toISOString();
};

/** The parts of a row that tell what it is of; nothing where the line is dropped. */
type Essence = Pick<EventData, 'Username' | 'Timestamp' | 'Type' | 'Message'>;

const essenceOf = ({ text, outer, service }: LogLine): Essence | undefined => {
  if (text.includes('] "')) return ofAccess(text, service);
  const message = [...LEVEL_OF.keys()].find((one) => text.includes(one));
  const level = message === undefined ? 'BELOW' : LEVEL_OF.get(message)!;
  if (level === 'BELOW') return undefined;
  const inner: Fields = text.startsWith('{') ? JSON.parse(text) : {};
  const pairs = Object.fromEntries(text.split(' ').map((word) => word.split('=')));
  const isStructured = text.startsWith('{') || 'msg' in pairs;
  const first = text.split(/\s/)[0]!;
  return {
    Username: String(inner.service ?? pairs.service ?? inner.app ?? service),
    Timestamp: timeIn({ ...outer, ...inner, ...pairs, ...(first.startsWith('2026') && { time: first }) }),
    Type: level,
    Message: isStructured ? message! : text.trim(),
  };
};

const ofAccess = (text: string, service: string): Essence | undefined => {
  const [before = '', request = '', behind = '', , , agent = ''] = text.split('"');
  const [method = '', target = ''] = request.split(' ');
  const path = target.split('?')[0]!;
  const status = behind.trim().split(' ')[0]!;
  const isHealth = ['/healthz', '/readyz', '/livez'].includes(path) || /ELB|kube/.test(agent);
  if (isHealth || Number(status) < 400) return undefined;
  const [day, month, year, hour, minute, second, zone = ''] = before.split('[')[1]!.split(/[/: ]|\]/);
  return {
    Username: service,
    Timestamp: new Date(
      `${year}-${month === 'Nov' ? '11' : '??'}-${day}T${hour}:${minute}:${second}${zone.slice(0, 3)}:${zone.slice(3)}`,
    ).toISOString(),
    Type: Number(status) < 500 ? 'WARN' : 'ERROR',
    Message: `${method} ${path} ${status}`,
  };
};

const isOrdinary = (line: string): boolean =>
  line.startsWith('{') && line.endsWith('}') && !line.includes('"id":"odd-');

const becomes = (record: string | object): Outcome[] => processedRecord(NAME, record);
const rowFor = (record: string | object): EventData | undefined => firstRowOf(NAME, record);
const ROWS = LINES.flatMap(becomes).flatMap(rowsOfOutcome);
const oddLine = (name: string): string => LINES.find((line) => line.includes(`"id":"odd-${name}"`))!;
const odd = (name: string): Outcome => becomes(oddLine(name))[0]!;
const rowOf = (name: string): EventData => rowsOfOutcome(odd(name))[0]!;

describe('the processor log-filtering', () => {
  it('has a file of 300 events and more, of which all but the odd ones become what a person expects', () => {
    const ordinary = LINES.filter(isOrdinary);
    expect(ordinary.length).to.be.at.least(300);
    let [kept, dropped] = [0, 0];
    for (const line of ordinary) {
      const outcomes = becomes(line);
      const expected = logLinesOf(line).map(essenceOf);
      expect(outcomes.length, line).to.equal(expected.length);
      for (const [at, outcome] of outcomes.entries()) {
        const rows = rowsOfOutcome(outcome);
        const essences = rows.map(({ Username, Timestamp, Type, Message }) => ({ Username, Timestamp, Type, Message }));
        expect(reasonOf(outcome), line).to.equal(undefined);
        expect(essences, line).to.deep.equal([expected[at]].filter((essence) => essence !== undefined));
        if (rows.length > 0) kept += 1;
        else dropped += 1;
      }
    }
    expect(kept).to.be.at.least(120);
    expect(dropped).to.be.at.least(120);
  });

  it('keeps the order of time below a service', () => {
    const timed = ROWS.filter(({ Attributes }) => Attributes?.time !== null);
    expect(timed.length).to.be.above(ROWS.length / 2);
    for (const { Id, Timestamp } of timed) expect(Id.startsWith(`${Timestamp} `)).to.equal(true);
  });

  it('keeps pages whose path only begins like that of a health check', () => {
    expect(rowOf('health-insurance')).to.include({ Type: 'WARN', Message: 'GET /health-insurance 404' });
  });

  it('keeps what is not HTTP at all but was answered', () => {
    expect(rowOf('tls-on-http')).to.include({ Type: 'WARN', Message: String.raw`\x16\x03\x01\x02  400` });
  });

  it('has times in UTC, of the next day too', () => {
    expect(rowOf('zone').Timestamp).to.equal('2026-11-21T02:30:00.000Z');
    expect(rowOf('late').Timestamp).to.equal('2026-11-19T23:59:58.500Z');
    expect(rowOf('seconds').Timestamp).to.equal('2026-11-20T10:00:00.250Z');
  });

  it('takes escaped quotes out of logfmt', () => {
    expect(rowOf('escaped')).to.deep.include({ Message: 'he typed "cancel" twice', Username: 'checkout' });
    expect(rowOf('escaped').Data).to.deep.include({ user: '佐藤' });
  });

  for (const [why, names] of Object.entries({
    'is a health check, failing or not': ['health-failing', 'health-json', 'probe-agent'],
    'has the word ERROR elsewhere': ['info-not-error', 'severity-info', 'word-in-message', 'outer-level'],
    'names no level': ['no-level', 'stack-line', 'blank'],
  }))
    for (const name of names)
      it(`drops ${name}, which ${why}`, () => {
        expect(odd(name)).to.deep.equal({ rows: [] });
      });

  it('keeps what no other field of the row shows: a time without a zone, a second message, time or service, one that is no text', () => {
    const shown = { message: 'x', service: 'cart', ts: 1795176000 };
    const others = { level: 'error', timestamp: '2026-11-20 12:00:00,123', time: 1795176001, msg: 'y', app: 'shop' };
    const inRow = { Message: 'x', Username: 'cart', Timestamp: '2026-11-20T12:00:00.000Z', Data: others };
    expect(rowFor({ ...shown, ...others })).to.deep.include(inRow);
    const numbers = { level: 'error', time: 0.034, service: 7 };
    expect(rowFor({ ...numbers, message: 'x' })).to.deep.include({ Timestamp: ARRIVED, Data: numbers });
  });

  it('keeps a message and a service that are objects with the other fields', () => {
    const line = { level: 'error', message: { code: 7 }, service: { name: 'pay', version: '2' }, app: ['a'], ts: 1e9 };
    const { ts, ...Data } = line;
    expect(rowFor(line)?.Data).to.deep.equal(Data);
  });

  it('keeps each line of a request whose id is in all of them', () => {
    const said = ['payment refused', 'order cancelled'];
    const rows = said.map((msg) => rowFor({ id: 'r-1', level: 'error', service: 's', ts: 1795176000, msg })!);
    expect(tableOf(rows).map(({ Message }) => Message)).to.deep.equal(said);
  });

  it('rejects what is not a line of a log', () => {
    for (const name of ['bytes', 'nothing']) {
      expect(odd(name)).to.deep.equal({ reason: 'Refused' });
      expect(detailOf(NAME, oddLine(name))).to.equal(
        'it has no message, no level and no status; expected a line of a log with fields of these names',
      );
    }
    expect(odd('cut-json')).to.deep.equal({ reason: 'NotJson' });
    expect(detailOf(NAME, oddLine('cut-json'))).to.equal('not JSON: the text ends too early');
  });

  it('rejects lines of the file that are not JSON or not objects', () => {
    const broken = LINES.filter((line) => !line.startsWith('{') || !line.endsWith('}'));
    expect(broken.flatMap(becomes).map(reasonOf)).to.deep.equal(['NotJson', 'NotJson', 'NotObject', 'NotObject']);
  });

  it('reads text that only begins like JSON as text', () => {
    expect(rowOf('braces')).to.include({ Type: 'WARN', Message: '{worker-3} WARN queue is long' });
  });

  const WRAPPING = eventMaker(
    {},
    { wrap: { type: 'log', hostname: 'web-1', isOrdered: false, calendar: { now: () => 0 }, runId: 'run' } },
  );
  const arriving = ({ data, partitionKey }: SourceEvent, at: number): EventData | undefined =>
    processor.process(mapEvent(data, { at: new Date(at), partitionKey }, processor.shapes));

  it('takes a wrapped line for one of its log, whose name is its source', () => {
    const event = WRAPPING.ofPipe('/var/log/app.log')(Buffer.from('ERROR disk full'), { number: 1, start: 0 });
    expect(arriving(event, 0)).to.include({ Username: '/web-1/var/log/app.log', Type: 'ERROR' });
  });

  it('has one row for a line of a file that is sent again, though it names no time', () => {
    const toEvent = WRAPPING.ofFile('/var/log/app.log', '17');
    for (const line of ['2026-11-20 12:00:00,123 ERROR disk full', '{"level":"error","msg":"disk full"}']) {
      const [first, again, other] = [0, 0, 40].map((start, times) =>
        arriving(toEvent(Buffer.from(line), { number: 1, start }), times * 1_000),
      );
      expect(again?.Id).to.equal(first?.Id);
      expect(other!.Id > first!.Id).to.equal(true);
    }
  });

  it('reads objects within CloudEvents', () => {
    expect(rowOf('object')).to.include({ Username: '/billing', Type: 'WARN', Message: 'invoice without address' });
  });

  it('takes a status for a level where it is worse', () => {
    expect(rowOf('status-only')).to.include({ Type: 'ERROR', Username: 'gateway' }).and.not.to.have.property('Message');
    expect(rowOf('info-500')).to.include({ Type: 'ERROR', Message: 'request completed' });
    expect(odd('status-text')).to.deep.equal({ rows: [] });
    for (const line of ['{"status":1,"message":"exited"}', '{"status":"ok","message":"x"}'])
      expect(becomes(line)[0], line).to.deep.equal({ rows: [] });
  });

  it('looks into the message where the event has no level of its own', () => {
    expect(rowOf('level-null')).to.include({ Type: 'WARN', Message: 'from inside' });
  });

  it('keeps every digit of large numbers, outside and within a message', () => {
    expect(JSON.stringify(rowOf('big').Data)).to.contain('12345678901234567890');
    expect(JSON.stringify(rowOf('big-inside').Data)).to.contain('12345678901234567890');
  });

  it('keeps emoji, and the partition key for an event without a service', () => {
    expect(rowOf('emoji')).to.include({ Type: 'WARN', Message: '🔥🔥 CPU 👩‍🚒' });
    expect(rowOf('no-service').Username).to.equal(PARTITION_KEY);
  });

  it('does not keep the query string of an access log, which may hold a secret', () => {
    expect(LINES.join('')).to.contain('s3cr3t-in-url');
    expect(JSON.stringify(ROWS)).not.to.contain('s3cr3t-in-url');
  });

  it('has one row for what is repeated', () => {
    const repeated = LINES.filter((line, at) => LINES.indexOf(line) < at)
      .flatMap(becomes)
      .flatMap(rowsOfOutcome);
    expect(LINES.length - new Set(LINES).size).to.equal(3);
    expect(ROWS.length - tableOf(ROWS).length).to.equal(repeated.length);
  });

  it('counts the levels of each service by the minute', () => {
    const expected: Record<string, Group> = {};
    for (const { Username, Type, Timestamp } of tableOf(ROWS))
      addTo(expected, `${Timestamp.slice(0, 16)} ${Username} ${Type}`);
    expect(groupsOf(NAME, 'levels', tableOf(ROWS))).to.deep.equal(expected);
  });
});

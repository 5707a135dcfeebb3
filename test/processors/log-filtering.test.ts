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

const becomes = (line: string): Outcome[] => processedRecord(NAME, line);
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

  for (const name of ['health-failing', 'health-json', 'probe-agent'])
    it(`drops the health check ${name}, failing or not`, () => {
      expect(odd(name)).to.deep.equal({ rows: [] });
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

  for (const name of ['info-not-error', 'severity-info', 'word-in-message', 'outer-level'])
    it(`drops ${name}: the word ERROR is not its level`, () => {
      expect(odd(name)).to.deep.equal({ rows: [] });
    });

  for (const name of ['no-level', 'stack-line', 'blank'])
    it(`drops ${name}: it names no level`, () => {
      expect(odd(name)).to.deep.equal({ rows: [] });
    });

  const LINES_OF_LOGGERS: [line: string, level: string, timestamp?: string][] = [
    ['2026/11/20 12:00:00 [error] 31#31: *1 connect() failed (111: Connection refused)', 'ERROR'],
    ['[Fri Nov 20 12:00:00.123456 2026] [core:crit] [pid 1] AH00124: request too long', 'FATAL'],
    ['2026-11-20T12:00:00.5Z 0 [Warning] [MY-010055] deprecated', 'WARN', '2026-11-20T12:00:00.500Z'],
    [
      'https 2026-11-20T12:00:00.186641Z app/shop/50dc6c49 203.0.113.9:2817 10.0.0.1:80 0.086 0.048 0.037 502 - 0 57 "GET https://shop.example:443/cart?token=s3cr3t HTTP/1.1" "Mozilla/5.0" ECDHE TLSv1.2',
      'ERROR',
      '2026-11-20T12:00:00.186Z',
    ],
    [
      '2026-11-20\t12:00:01\tLAX1\t392\t203.0.113.9\tGET\td111.cloudfront.example\t/cart\t404\t-\tMozilla/5.0\ttoken=s3cr3t\t-\tError',
      'WARN',
      '2026-11-20T12:00:01.000Z',
    ],
    // Apache writes a quote of a request, of a referrer or of an agent with a backslash.
    [
      String.raw`203.0.113.9 - - [20/Nov/2026:12:00:02 +0000] "GET /cart?token=s3cr3t&q=\"\\ HTTP/1.1" 404 7 "http://a/\"" "kiosk \"7\""`,
      'WARN',
      '2026-11-20T12:00:02.000Z',
    ],
    ['{ "level": "error", "msg": "x", "timestamp": 1795176000123 }', 'ERROR', '2026-11-20T12:00:00.123Z'],
    ['{"@timestamp":"2026-11-20T12:00:00Z","log.level":"error","message":"x"}', 'ERROR', '2026-11-20T12:00:00.000Z'],
    ['{"level":"error","ts":1795176000.123456789,"msg":"x"}', 'ERROR', '2026-11-20T12:00:00.123Z'],
    ['{"log":{"level":"warn"},"message":"x"}', 'WARN'],
    ['{"level":0,"message":"x","time":0.034,"timestamp":1795176000123456}', 'FATAL', '2026-11-20T12:00:00.123Z'],
    ['at=error code=H12 desc="Request timeout"', 'ERROR'],
    ['\u001b[31mERROR\u001b[0m no route', 'ERROR'],
    [
      '\u001b[2m2026-11-20T12:00:00.5Z\u001b[0m \u001b[1;33m WARN\u001b[0m cart: slow',
      'WARN',
      '2026-11-20T12:00:00.500Z',
    ],
    ['{"log":"\\u001b[31merror\\u001b[39m: no route\\n","stream":"stderr"}', 'ERROR'],
    ['<11>Nov 20 12:00:00 web-1 sshd[812]: Failed password', 'ERROR'],
    ['<164>1 2026-11-20T12:00:00.5Z web-1 cart 812 ID47 - no stock', 'WARN', '2026-11-20T12:00:00.500Z'],
    ['[ERROR]\t2026-11-20T12:00:00.500Z\t3f5e0c8e-41d6\tno route', 'ERROR', '2026-11-20T12:00:00.500Z'],
    ['WARNING: 2026-11-20T12:00:00.5Z slow', 'WARN', '2026-11-20T12:00:00.500Z'],
    [
      '{"timeMillis":1795176000500,"level":"ERROR","message":"x","loggerName":"cart"}',
      'ERROR',
      '2026-11-20T12:00:00.500Z',
    ],
    [
      '{"start_time":"2026-11-20T12:00:00.5Z","method":"GET","path":"/cart","response_code":503}',
      'ERROR',
      '2026-11-20T12:00:00.500Z',
    ],
    ['{"message":"x","context":{},"level":400,"level_name":"ERROR","channel":"app"}', 'ERROR'],
    ['{"EventId":0,"LogLevel":"Critical","Category":"Shop","Message":"x"}', 'FATAL'],
    ['{"severity_text":"WARN","severity_number":13,"message":"x"}', 'WARN'],
    ['{"error_severity":"ERROR","message":"division by zero"}', 'ERROR'],
    ['{"level":"dpanic","msg":"x"}', 'FATAL'],
    ['{"ddsource":"python","status":"error","message":"no route"}', 'ERROR'],
    ['{"log":"{\\"@level\\":\\"error\\",\\"@message\\":\\"sealed\\"}"}', 'ERROR'],
    ['t=2026-11-20T12:00:00+0000 lvl=eror msg="no route"', 'ERROR', '2026-11-20T12:00:00.000Z'],
    [`2026-11-20 12:00:00,123 [http-nio-8080-exec-10] ${'org.example.'.repeat(8)}Orders ERROR - x`, 'ERROR'],
    ['E1120 12:00:00.123456       1 reflector.go:127] failed to watch', 'ERROR'],
    ['2026-11-20T12:00:00.5Z stderr F W1120 12:00:00.1 1 a.go:1] slow', 'WARN', '2026-11-20T12:00:00.500Z'],
    ['F1120 12:00:00.123456       1 server.go:9] no certificate', 'FATAL'],
    [
      '{"t":{"$date":"2026-11-20T13:00:00.123+01:00"},"s":"E","c":"NETWORK","id":1,"ctx":"conn1","msg":"x","attr":{}}',
      'ERROR',
      '2026-11-20T12:00:00.123Z',
    ],
    ['{"s":"F","msg":"x"}', 'FATAL'],
    ['{"MESSAGE":"x","PRIORITY":"4","__REALTIME_TIMESTAMP":"1795176000123456"}', 'WARN', '2026-11-20T12:00:00.123Z'],
    ['{"message":"x","PRIORITY":"2","timestamp":"2026-11-20T12:00:00.5Z"}', 'FATAL', '2026-11-20T12:00:00.500Z'],
    ['{"MESSAGE":"x","PRIORITY":"err","PROGRAM":"sshd"}', 'ERROR'],
    ['{"message":"ERROR x","PRIORITY":"6"}', 'ERROR'],
    ['{"@t":"2026-11-20T12:00:00.1234567Z","@mt":"x","@l":"Warning"}', 'WARN', '2026-11-20T12:00:00.123Z'],
    ['{"LogLevel":"Error","Message":"x","Timestamp":"2026-11-20T12:00:00.5Z"}', 'ERROR', '2026-11-20T12:00:00.500Z'],
    [
      '{"message":"x","level_name":"ERROR","datetime":"2026-11-20T13:00:00.5+01:00"}',
      'ERROR',
      '2026-11-20T12:00:00.500Z',
    ],
    ['{"date":1795176000.5,"log":"[error] x"}', 'ERROR', '2026-11-20T12:00:00.500Z'],
    [
      '{"timestamp":"2026-11-20 12:00:00.5 UTC","error_severity":"FATAL","message":"x"}',
      'FATAL',
      '2026-11-20T12:00:00.500Z',
    ],
    ['2026-11-20 12:00:00.5 UTC [31] ERROR:  no such table', 'ERROR', '2026-11-20T12:00:00.500Z'],
    ['[2026-11-20T13:00:00.500000+01:00] shop.CRITICAL: no stock [] []', 'FATAL', '2026-11-20T12:00:00.500Z'],
    ['2026-11-20 14:00:00.500 +02:00 [WRN] slow', 'WARN', '2026-11-20T12:00:00.500Z'],
    ['2026-11-20T12:00:00Z FTL no disk', 'FATAL', '2026-11-20T12:00:00.000Z'],
    ['3:04PM PNC no disk', 'FATAL'],
    ['2026/11/20 12:00:00 ERRO no route', 'ERROR'],
    ['2026/11/20 12:00:00 FATA no route', 'FATAL'],
    ['fail: Shop.Orders[17]', 'ERROR'],
    ['[2026-11-20T12:00:00.5+00:00] shop.EMERGENCY: no disk [] []', 'FATAL', '2026-11-20T12:00:00.500Z'],
    ['2026-11-20 12:00:00,123 CRIT runs as root', 'FATAL'],
    ['panic: runtime error: index out of range [3] with length 3', 'FATAL'],
    ['fatal error: all goroutines are asleep - deadlock!', 'FATAL'],
    ["Error: Cannot find module './cart'", 'ERROR'],
    ['shopd: warning: no route', 'WARN'],
    ['[20-Nov-2026 12:00:00 UTC] PHP Fatal error:  Uncaught TypeError: no cart', 'FATAL'],
    [
      'shop.example:80 203.0.113.9 - - [20/Nov/2026:13:00:00 +0100] "GET /cart?token=s3cr3t HTTP/1.1" 404 12 "-" "curl"',
      'WARN',
      '2026-11-20T12:00:00.000Z',
    ],
    [
      '2026-11-20T12:00:00.945958Z shop 203.0.113.9:2817 10.0.0.1:80 0.1 0.2 0.3 502 200 0 29 "GET http://shop.example:80/cart?token=s3cr3t HTTP/1.1" "curl/8.1" - -',
      'ERROR',
      '2026-11-20T12:00:00.945Z',
    ],
    [
      '[2026-11-20T12:00:00.310Z] "POST /cart?token=s3cr3t HTTP/2" 503 UH 154 0 226 - "10.0.35.28" "app" "cc21d9b0" "cart" "-"',
      'ERROR',
      '2026-11-20T12:00:00.310Z',
    ],
    [
      '79a59df9 bucket [20/Nov/2026:12:00:00 +0000] 192.0.2.3 79a59df9 3E57 REST.GET.OBJECT a "GET /bucket/a?token=s3cr3t HTTP/1.1" 403 AccessDenied 113 - 7 - "-" "S3Console/0.4" -',
      'WARN',
      '2026-11-20T12:00:00.000Z',
    ],
    ['127.0.0.1 - - [20/Nov/2026 12:00:00] "GET /cart?token=s3cr3t HTTP/1.1" 500 -', 'ERROR'],
    ['127.0.0.1 - - [20/Nov/2026:12:00:00] "GET /cart HTTP/1.1" 500 -', 'ERROR'],
    ['[20/Nov/2026 12:00:00] "GET /cart?token=s3cr3t HTTP/1.1" 404 145', 'WARN'],
    ['ERROR in "GET /cart HTTP/1.1" 200', 'ERROR'],
    ['[2026-11-20T12:00:00.310Z] "GET /ERROR/x?token=s3cr3t HTTP/2" 404 - 0', 'WARN', '2026-11-20T12:00:00.310Z'],
    ['2026/11/20 12:00:00 [crit] 7#7: *1 x, request: "GET /cart?token=s3cr3t HTTP/1.1", host: "a"', 'FATAL'],
    ['2026/11/20 12:00:00 [warn] 7#7: *1 x, upstream: "http://10.0.0.1:80/cart?token=s3cr3t", host: "a"', 'WARN'],
    ['at=error code=H12 method=GET path="/cart?token=s3cr3t" status=503', 'ERROR'],
    ['INFO:     203.0.113.9:1234 - "GET /cart?token=s3cr3t HTTP/1.1" 500 Internal Server Error', 'ERROR'],
    ['2026-11-20 12:00:00,123 INFO web "GET /cart HTTP/1.1" 404 7', 'WARN'],
    ['[2026-11-20 12:00:00.123][1][critical][upstream] x', 'FATAL'],
    ['2026-11-20 12:00:00,123 WARN compaction of orders level=9 bytes=7', 'WARN'],
    ['2026-11-20 12:00:00,123 INFO child - level=error msg="no disk"', 'ERROR'],
    ['12:00:00.123 [emergency] x', 'FATAL'],
    ['2026-11-20 12:00:00 +0000 [fatal]: #0 x', 'FATAL', '2026-11-20T12:00:00.000Z'],
    ['[2026/11/20 12:00:00] [ warn] [engine] x', 'WARN'],
    ['E20261120 12:00:00.123456 1 a.cc:7] x', 'ERROR'],
    ['2026-11-20T12:00:00.500Z [cart] error: no route', 'ERROR', '2026-11-20T12:00:00.500Z'],
    ['2026-11-20T12:00:00.500Z warn: slow', 'WARN', '2026-11-20T12:00:00.500Z'],
    ['Exception in thread "main" java.lang.IllegalStateException: no cart\n\tat a.b', 'ERROR'],
    ['Unhandled exception. System.InvalidOperationException: no cart', 'ERROR'],
    ["thread 'main' (7) panicked at src/main.rs:2:5:\nno cart", 'FATAL'],
    ['Traceback (most recent call last):\n  File "a.py", line 7\nKeyError: 1', 'ERROR'],
    [
      '{"instant":{"epochSecond":1795176000,"nanoOfSecond":50000000},"thread":"main","level":"ERROR","message":"x"}',
      'ERROR',
      '2026-11-20T12:00:00.050Z',
    ],
    ['{"@t":"2026-11-20T12:00:00.5Z","@m":"INFO is no state","@l":"Error"}', 'ERROR', '2026-11-20T12:00:00.500Z'],
    ['{"status":"emergency","message":"x"}', 'FATAL'],
    ['{"time":1795176000.5,"host":"web-1","sourcetype":"app","event":"ERROR x"}', 'ERROR', '2026-11-20T12:00:00.500Z'],
    [
      '{"time":"1795176000.5","sourcetype":"_json","event":{"level":"warn","message":"x"}}',
      'WARN',
      '2026-11-20T12:00:00.500Z',
    ],
    ['2026-11-20T12:00:00.500000000Z stderr F {"level":"error","msg":"x"}', 'ERROR', '2026-11-20T12:00:00.500Z'],
    ['cart-1  | {"level":50,"time":1795176000500,"msg":"x"}', 'ERROR', '2026-11-20T12:00:00.500Z'],
    ['<14>Nov 20 12:00:00 web-1 cart[7]: @cee: {"severity":"crit","message":"x"}', 'FATAL'],
    ['2026-11-20T12:00:00.5+00:00 app[web.1]: {"level":"warn","msg":"x"}\n', 'WARN', '2026-11-20T12:00:00.500Z'],
    ['2026-11-20T12:00:00.500Z\t3f5e\tINFO\t{"level":"ERROR","message":"x"}', 'ERROR', '2026-11-20T12:00:00.500Z'],
    [
      '2026-11-20T12:00:00Z stdout F {"status":502,"request":"GET /cart HTTP/1.1"}',
      'ERROR',
      '2026-11-20T12:00:00.000Z',
    ],
    ['2026-11-20T12:00:00.5Z\tERROR\tno route\t{"level":"info","msg":"x"}', 'ERROR', '2026-11-20T12:00:00.500Z'],
    ['ERROR no route {"level":"gold"}', 'ERROR'],
    [
      '2026-11-20 12:00:00 10.0.0.1 GET /cart token=s3cr3t 443 - 203.0.113.9 Mozilla/5.0+(X11) - 500 0 0 15',
      'ERROR',
      '2026-11-20T12:00:00.000Z',
    ],
    [
      '<134>Nov 20 12:00:00 lb-1 haproxy[7]: 203.0.113.9:33317 [20/Nov/2026:12:00:00.5] in~ shop/<NOSRV> 0/-1/-1/-1/+0 503 212 - - SC-- 1/1/1/1/0 0/0 {a} "GET /cart?token=s3cr3t HTTP/1.1"',
      'ERROR',
    ],
    ['GET /cart?token=s3cr3t 500 3.123 ms - 12', 'ERROR'],
    ['::1 - GET /cart?token=s3cr3t HTTP/1.1 404 12 - 3.123 ms', 'WARN'],
    ['[GIN] 2026/11/20 - 12:00:00 | 500 |   1.2ms |   203.0.113.9 | GET      "/cart?token=s3cr3t"', 'ERROR'],
    ['[Server thread/ERROR]: no route', 'ERROR'],
    ['2026-11-20T12:00:00.500000Z\terror\tkube\tno route', 'ERROR', '2026-11-20T12:00:00.500Z'],
    ['2026-11-20T13:00:00.500+0100\twarn\tx\t{"level":"info","msg":"x"}', 'WARN', '2026-11-20T12:00:00.500Z'],
    ['1:M 20 Nov 2026 12:00:00.500 # Out Of Memory allocating 7 bytes!', 'WARN'],
    ['(3f5e0c8e-41d6-4a75-9721-fe8ee92e458a) Execution failed due to an internal error', 'ERROR'],
    ['2026-11-20T12:00:00.5+00:00 heroku[web.1]: Error R14 (Memory quota)', 'ERROR', '2026-11-20T12:00:00.500Z'],
    ['{"EventID":7036,"Level":3,"Message":"x"}', 'WARN'],
    [
      '{"eventTime":"2026-11-20T12:00:00Z","eventName":"GetObject","errorCode":"AccessDenied"}',
      'WARN',
      '2026-11-20T12:00:00.000Z',
    ],
    ['{"EventID":1000,"Level":"Error","Message":"x"}', 'ERROR'],
    [
      '{"type":"Warning","message":"x","involvedObject":{},"lastTimestamp":"2026-11-20T12:00:00Z"}',
      'WARN',
      '2026-11-20T12:00:00.000Z',
    ],
    ['{"asctime":"2026-11-20T12:00:00.5Z","levelname":"ERROR","message":"x"}', 'ERROR', '2026-11-20T12:00:00.500Z'],
  ];
  for (const [data, Type, Timestamp = ARRIVED] of LINES_OF_LOGGERS)
    it(`keeps ${data.replaceAll('\u001b', 'ESC').replace(/\s+/g, ' ')}, by itself as well where it is JSON`, () => {
      const wrapped = JSON.stringify({ specversion: '1.0', id: '1', source: '/s', type: 'log', data });
      for (const line of data.startsWith('{') ? [wrapped, data] : [wrapped])
        expect(rowsOfOutcome(becomes(line)[0]!)[0]).to.include({ Type, Timestamp });
      expect(rowsOfOutcome(becomes(wrapped)[0]!)[0]?.Message).not.to.include('s3cr3t');
    });

  const REQUESTS: [line: string, level: string][] = [
    [
      '{"time_local":"20/Nov/2026:13:00:01 +0100","request":"GET /a HTTP/1.1","status":"502","request_time":"0.010"}',
      'ERROR',
    ],
    ['{"request_time":0.01,"time_iso8601":"2026-11-20T12:00:01+00:00","request_uri":"/a","status":404}', 'WARN'],
    ['{"requestTime":"20/Nov/2026:12:00:01 +0000","httpMethod":"GET","resourcePath":"/a","status":"500"}', 'ERROR'],
    ['{"requestTimeEpoch":"1795176001000","resourcePath":"/a","status":"500"}', 'ERROR'],
    [
      '{"host":"192.0.2.3","datetime":"20/Nov/2026:12:00:01 +0000","request":"GET /a HTTP/1.1","response":"500"}',
      'ERROR',
    ],
    ['{"time":"20/Nov/2026:12:00:01 +0000","method":"GET","path":"/a","code":"502","size":"9"}', 'ERROR'],
    ['{"@timestamp":"2026-11-20T12:00:01Z","http":{"response":{"status_code":503}},"url":{"path":"/a"}}', 'ERROR'],
    ['{"@timestamp":"2026-11-20T12:00:01Z","http.response.status_code":503}', 'ERROR'],
    ['{"request":{"uri":"/a"},"response":{"status":502},"service":{"name":"s"},"started_at":1795176001000}', 'ERROR'],
    ['{"level":"info","msg":"","DownstreamStatus":502,"RequestPath":"/a","time":"2026-11-20T12:00:01Z"}', 'ERROR'],
    ['{"httpRequest":{"requestUrl":"https://a/a","status":503},"timestamp":"2026-11-20T12:00:01Z"}', 'ERROR'],
    ['{"level":30,"time":1795176001000,"req":{"url":"/a"},"res":{"statusCode":404},"msg":"x"}', 'WARN'],
    ['{"date":"2026-11-20","time":"12:00:01","cs-uri-stem":"/a","sc-status":"504"}', 'ERROR'],
    ['{"time":"2026-11-20T12:00:01Z","elb_status_code":"502","target_status_code":"-"}', 'ERROR'],
    ['{"time":"2026-11-20T12:00:01Z","level":"info","http_status":500,"message":"x"}', 'ERROR'],
    ['{"time":"2026-11-20T12:00:01Z","level":"info","responseStatus":404,"message":"x"}', 'WARN'],
    ['{"EdgeStartTimestamp":"2026-11-20T12:00:01Z","EdgeResponseStatus":522}', 'ERROR'],
    ['{"time":"2026-11-20T12:00:01Z","status":"error","status_code":503,"message":"x"}', 'ERROR'],
    ['{"time":"2026-11-20T12:00:01Z","label":"Error","prio":1,"msg":"x"}', 'ERROR'],
    ['{"time":"2026-11-20T12:00:01Z","pri":"11","message":"x"}', 'ERROR'],
    ['{"time":"2026-11-20T12:00:01Z","pri":132,"message":"x"}', 'WARN'],
  ];
  for (const [line, Type] of REQUESTS)
    it(`keeps ${line}, at its own time, so that it has one row when it comes again`, () => {
      expect(rowsOfOutcome(becomes(line)[0]!)[0]).to.include({ Type, Timestamp: '2026-11-20T12:00:01.000Z' });
    });

  for (const line of [
    '{"request":"GET /healthz HTTP/1.1","status":503}',
    '{"request_uri":"/readyz","status":503}',
    '{"request":"GET / HTTP/1.1","status":503,"http_user_agent":"kube-probe/1.31"}',
    '{"request":"GET /a HTTP/1.1","response":"200"}',
    '{"severity":"INFO","textPayload":"after ERROR"}',
    '{"textPayload":"ready","resource":{"labels":{}}}',
    '{"httpRequest":{"requestUrl":"https://a/healthz","status":503},"severity":"WARNING"}',
    '{"httpRequest":{"requestUrl":"https://a/","status":503,"userAgent":"kube-probe/1"}}',
    '{"level":30,"req":{"url":"/healthz"},"res":{"statusCode":503},"msg":"request completed"}',
    '{"level":50,"req":{"url":"/","headers":{"user-agent":"kube-probe/1"}},"msg":"request errored"}',
    '{"text":"ERROR","record":{"level":{"name":"INFO","no":20},"message":"after ERROR"}}',
    '{"type":"platform.report","record":{"status":"success"}}',
    '{"severity_text":"INFO","body":"after ERROR","resource":{}}',
    '{"log":"2026-11-20 12:00:00 10.0.0.1 GET /healthz - 80 - ::1 Mozilla/5.0 - 503 0 0 15"}',
    '{"log":"2026-11-20 12:00:00 10.0.0.1 GET /ERROR/x - 80 - ::1 Mozilla/5.0 - 200 0 0 15"}',
    '{"log":"::1:7 [20/Nov/2026:12:00:00.5] in shop/a 0/0/0/1/1 200 212 - - ---- 1/1/1/1/0 0/0 \\"GET /ERROR HTTP/1.1\\""}',
    '{"log":"GET /ERROR 200 3.123 ms - 12"}',
    '{"log":"79a5 bucket [20/Nov/2026:12:00:00 +0000] ::1 79a5 3E57 REST.GET.OBJECT ERROR.txt \\"GET /ERROR.txt HTTP/1.1\\" 200 - 1"}',
    '{"log":"see /var/log/ERROR/a"}',
    '{"log":"2026-11-20T12:00:00Z\\tinfo\\tkube\\tafter ERROR"}',
    '{"log":"1:M 20 Nov 2026 12:00:00.500 * after ERROR"}',
    '{"log":"2026-11-20 12:00:00.5 UTC [31] STATEMENT:  SELECT ERROR FROM logs"}',
    '{"EventID":4624,"Level":0,"Message":"x"}',
    '{"log":"{\\"eventTime\\":\\"2026-11-20T12:00:00Z\\",\\"eventName\\":\\"GetObject\\"}"}',
    '{"message":"x","errorCode":"E1"}',
    '{"EventID":7036,"Level":4,"Message":"x"}',
    '{"type":"Normal","message":"x","involvedObject":{}}',
    '{"type":"Warning","message":"x"}',
    '{"cs-uri-stem":"/healthz","sc-status":"503"}',
    '{"cs-uri-stem":"/","sc-status":"503","cs(User-Agent)":"kube-probe/1"}',
    '{"message":"x","code":500}',
    '{"message":"x","response":"500"}',
    '{"message":"x","pri":"14"}',
    '{"message":"x","label":"Note"}',
    '{"message":"INFO x","PRIORITY":"3"}',
    '{"MESSAGE":"x","PRIORITY":"5"}',
    '{"msg":"x","s":"I"}',
    '{"msg":"x","s":2}',
    '{"message":"x","priority":1}',
    '{"@mt":"x","@t":"2026-11-20T12:00:00Z"}',
    '{"log":"2026-11-20 14:00:00.500 +02:00 [INF] retries after ERROR"}',
    '{"log":"12:00:00 DBG after ERROR"}',
    '{"log":"info: ERROR is not its level"}',
    '{"log":"how we fail: slowly"}',
    '{"log":"it ended without error: all is well"}',
    '{"log":"[2026-11-20T12:00:00.310Z] \\"GET / HTTP/1.1\\" 200 - 0 5 1 1"}',
    '{"log":"DEBUG \\"GET / HTTP/1.1\\" 404 7"}',
    '{"log":"[2026-11-20T12:00:00.310Z] \\"GET /ERROR HTTP/1.1\\" 200 - 0 5 1 1"}',
    '{"log":"INFO:     203.0.113.9:1234 - \\"GET / HTTP/1.1\\" 200 OK"}',
    '{"log":"INFO:     203.0.113.9:1234 - \\"GET /healthz HTTP/1.1\\" 503 Service Unavailable"}',
    '{"log":"2026-11-20 12:00:00.5 UTC [31] LOG:  ERROR is in a table"}',
    '{"log":"2026-11-20 12:00:00.5 UTC [31] DEBUG2:  ERROR is in a table"}',
    '{"log":"[2026-11-20 12:00:00.123][1][trace][upstream] after ERROR"}',
    '{"log":"2026-11-20T12:00:00.500Z [cart] silly: after ERROR"}',
    '{"log":"trce: after ERROR"}',
    '{"log":"Traceback (most recent call last):"}',
    '{"@t":"2026-11-20T12:00:00Z","@m":"after ERROR"}',
    '{"sourcetype":"app","event":"INFO x"}',
    '{"sourcetype":"app","event":"x"}',
    '{"log":"[2026-11-20T12:00:00.310Z] \\"GET /healthz HTTP/1.1\\" 503 - 0 5 1 1"}',
    '{"log":"2026-11-20T12:00:00Z stderr F {\\"level\\":\\"info\\",\\"msg\\":\\"after ERROR\\"}"}',
    '{"log":"upgraded {\\"level\\":3}"}',
    '{"log":"2026-11-20T12:00:00Z stdout F ::1 - - [20/Nov/2026:12:00:00 +0000] \\"GET / HTTP/1.1\\" 503 1 \\"-\\" \\"kube-probe/1\\""}',
    '{"log":"[2026-11-20T12:00:00Z] \\"GET / HTTP/1.1\\" 503 UF - - \\"reset by peer\\" 0 1 5 - \\"-\\" \\"kube-probe/1\\" \\"a\\""}',
  ])
    it(`drops ${line}, which is no problem`, () => {
      expect(becomes(line)[0]).to.deep.equal({ rows: [] });
    });

  it('takes the message by the names that loggers give it, within JSON and within a line as well', () => {
    for (const name of [
      'message',
      'msg',
      'log',
      'Message',
      'MESSAGE',
      '@message',
      'short_message',
      '@m',
      '@mt',
      '_raw',
    ]) {
      const line = JSON.stringify({ [name]: 'no disk', level: 'error' });
      const wrapped = JSON.stringify({ specversion: '1.0', id: '1', source: '/s', type: 'log', data: line });
      for (const record of [line, wrapped, JSON.stringify({ log: line }), JSON.stringify({ message: line })])
        expect(rowsOfOutcome(becomes(record)[0]!)[0]?.Message, record).to.equal('no disk');
    }
  });

  it('takes what other fields say for the message of a problem, and nothing else for a line', () => {
    const said = [{ event: 'no disk' }, { fields: { message: 'no disk', shard: 7 } }];
    for (const fields of said) {
      expect(rowsOfOutcome(becomes(JSON.stringify({ ...fields, level: 'error' }))[0]!)[0]?.Message).to.equal('no disk');
      expect(becomes(JSON.stringify(fields))[0]).to.deep.equal({ reason: 'Refused' });
    }
  });

  it('takes the message of JSON within JSON, by whatever name it has it', () => {
    for (const said of [
      { event: 'no disk' },
      { fields: { message: 'no disk' } },
      { errorType: 'Error', errorMessage: 'no disk' },
      { MessageTemplate: 'no {Part}', RenderedMessage: 'no disk' },
      { MessageTemplate: 'no disk', Properties: {} },
    ]) {
      const line = JSON.stringify({ ...said, level: 'error' });
      for (const record of [line, JSON.stringify({ message: line }), JSON.stringify({ log: `${line}\n` })])
        expect(rowsOfOutcome(becomes(record)[0]!)[0]?.Message, record).to.equal('no disk');
    }
  });

  it('keeps every word of a line of text, whatever pairs are among them', () => {
    const loggers = [
      (said: string) => `ERROR ${said}`,
      (said: string) => `2026-11-20T12:00:00Z stderr F ERROR ${said}`,
      (said: string) => `<11>1 2026-11-20T12:00:00Z web-1 cart 7 - [a@1 b="c"] ${said}`,
      (said: string) => `[2026-11-20 12:00:00,123] ERROR [Log partition=a-0] ${said} (kafka.log.Log)`,
      (said: string) => `fail: Shop.Orders[17]\n      ${said}`,
      (said: string) => `level=error msg=${said}`,
    ];
    for (const said of ['cannot write log=/a.log', 'event=login refused', 'no stock message="try again" code=7'])
      for (const logger of loggers) {
        const line = logger(said);
        for (const message of [line, `\u001b[31m${line}\u001b[0m`])
          expect(rowsOfOutcome(becomes(JSON.stringify({ message }))[0]!)[0]?.Message).to.equal(line);
      }
  });

  it('takes the message of pairs behind a time or in colours', () => {
    for (const before of ['', '2026-11-20T12:00:00Z ', '\u001b[31m'])
      expect(
        rowsOfOutcome(becomes(JSON.stringify({ log: `${before}level=error msg="no disk" a=1` }))[0]!)[0],
      ).to.deep.include({ Message: 'no disk', Data: { level: 'error', a: '1' } });
  });

  it('keeps what no other field of the row shows: a time without a zone, a second message, time or service, one that is no text', () => {
    const shown = { message: 'x', service: 'cart', ts: 1795176000 };
    const others = { level: 'error', timestamp: '2026-11-20 12:00:00,123', time: 1795176001, msg: 'y', app: 'shop' };
    const [row] = rowsOfOutcome(becomes(JSON.stringify({ ...shown, ...others }))[0]!);
    expect(row).to.deep.include({
      Message: 'x',
      Username: 'cart',
      Timestamp: '2026-11-20T12:00:00.000Z',
      Data: others,
    });
    const numbers = { level: 'error', time: 0.034, service: 7 };
    const [other] = rowsOfOutcome(becomes(JSON.stringify({ ...numbers, message: 'x' }))[0]!);
    expect(other).to.deep.include({ Timestamp: ARRIVED, Data: numbers });
  });

  it('keeps what Lambda says of a function that failed, in text and in JSON, and drops what it says of others', () => {
    const id = '3f5e0c8e-41d6-4a75-9721-fe8ee92e458a';
    const report = `REPORT RequestId: ${id}\tDuration: 3000.00 ms\tMemory Size: 128 MB\t`;
    const done = (status: string): string =>
      JSON.stringify({
        time: '2026-11-20T12:00:00.000Z',
        type: 'platform.runtimeDone',
        record: { requestId: id, status },
      });
    const kept = [
      `2026-11-20T12:00:00.000Z ${id} Task timed out after 3.00 seconds`,
      `RequestId: ${id} Error: Runtime exited with error: signal: killed`,
      `${report}Status: timeout`,
      `${report}Status: error\tError Type: Runtime.ExitError`,
      done('timeout'),
      done('failure'),
    ];
    const dropped = [`START RequestId: ${id} Version: 7`, report, `END RequestId: ${id}`, done('success')];
    const logEvents = [...kept, ...dropped].map((message, at) => ({ id: `${at}`, timestamp: 1795176000000, message }));
    const rows = becomes(JSON.stringify({ messageType: 'DATA_MESSAGE', logGroup: '/cart', logStream: 's', logEvents }));
    expect(rows.flatMap(rowsOfOutcome).map(({ Type, Message }) => `${Type} ${Message}`)).to.deep.equal(
      kept.map((line) => `ERROR ${line.trim()}`),
    );
    expect(rows.map(reasonOf)).to.deep.equal(logEvents.map(() => undefined));
  });

  const T = '2026-11-20T12:00:00.500Z';
  const OF_CART = { labels: { container_name: 'cart', project_id: 'p' } };
  const WITHIN_OTHERS: Record<string, object> = {
    'a line of Cloud Logging': { severity: 'ERROR', textPayload: 'no disk', resource: OF_CART, timestamp: T },
    'one without a level of its own': {
      severity: 'DEFAULT',
      jsonPayload: { level: 'error', message: 'no disk' },
      resource: OF_CART,
      timestamp: T,
    },
    'one with fields': { severity: 'ERROR', jsonPayload: { message: 'no disk' }, resource: OF_CART, timestamp: T },
    'one of its libraries': {
      severity: 'ERROR',
      message: 'no disk',
      service: 'cart',
      timestamp: { seconds: 1795176000, nanos: 500000000 },
    },
    'a record of Loguru': {
      text: 'ERROR | no disk\n',
      record: {
        level: { name: 'ERROR', no: 40 },
        message: 'no disk',
        service: 'cart',
        time: { timestamp: 1795176000.5 },
      },
    },
    'telemetry of Lambda': {
      time: T,
      type: 'function',
      record: { level: 'ERROR', message: 'no disk', service: 'cart' },
    },
    'a line in telemetry of Lambda': { time: T, type: 'function', record: 'level=error service=cart msg="no disk"' },
    'a failure in the log of Lambda': {
      timestamp: T,
      level: 'ERROR',
      message: { errorType: 'Error', errorMessage: 'no disk' },
      service: 'cart',
    },
    'what the Collector of OpenTelemetry writes': {
      body: 'no disk',
      severity_text: 'ERROR',
      resource: { 'service.name': 'cart' },
      time: T,
    },
    'a line of App Service': { time: T, level: 'Error', resultDescription: 'no disk', app: 'cart' },
    'a request of Fastify': { level: 30, time: 1795176000500, app: 'cart', res: { statusCode: 500 }, msg: 'no disk' },
  };
  for (const [what, line] of Object.entries(WITHIN_OTHERS))
    it(`reads ${what}`, () => {
      const json = JSON.stringify(line);
      const wrapped = JSON.stringify({ specversion: '1.0', id: '1', source: '/s', type: 'log', data: json });
      for (const record of [json, JSON.stringify({ log: json }), wrapped])
        expect(rowsOfOutcome(becomes(record)[0]!)[0], record).to.include({
          Username: 'cart',
          Type: 'ERROR',
          Message: 'no disk',
          Timestamp: T,
        });
    });

  it('keeps a record that a line is about as it is', () => {
    const line = { level: 'error', message: 'no disk', record: { level: 'info', message: 'x' } };
    expect(rowsOfOutcome(becomes(JSON.stringify(line))[0]!)[0]).to.deep.include({
      Type: 'ERROR',
      Message: 'no disk',
      Data: { level: 'error', record: line.record },
    });
  });

  it('takes the container or the host for the service where a line names none', () => {
    const kubernetes = { pod_name: 'cart-7f', container_name: 'cart' };
    const named = [
      { log: 'ERROR x', kubernetes },
      { level: 50, hostname: 'web-1' },
      { severity: 3, host: 'web-2' },
      { level: 0, message: 'on fire', service: { name: 'pay' } },
      { message: 'ERROR x', host: { name: 'web-3', os: { family: 'debian' } } },
      { MESSAGE: 'ERROR x', _HOSTNAME: 'web-4' },
      { MESSAGE: 'ERROR x', _HOSTNAME: 'web-4', SYSLOG_IDENTIFIER: 'sshd' },
      { MESSAGE: 'x', PRIORITY: 'err', HOST: 'web-5', PROGRAM: 'cron' },
      { pri: '11', host: 'web-6', ident: 'postfix', message: 'x' },
      { name: 'cart', hostname: 'web-7', pid: 1, level: 50, msg: 'x', v: 0 },
      { name: 'Ada', hostname: 'web-8', level: 'error', msg: 'x' },
      { message: 'ERROR x', kubernetes: { container: { name: 'cart' } }, host: { name: 'node-1' } },
      { message: 'ERROR x', container: { name: 'cart' }, host: { name: 'node-1' } },
      { level: 'error', message: 'x', application: 'cart', host: 'web-9' },
      { severity: 'err', message: 'x', appname: 'cron', hostname: 'web-9' },
      { severity: 'err', message: 'x', programname: 'cron', host: 'web-9' },
      { severity: 3, message: 'x', program: 'cron', host: 'web-9' },
      { log: 'at=error code=H12 host=shop.example connect=5ms service=30001ms status=503' },
    ];
    const rows = named.flatMap((line) => becomes(JSON.stringify(line)).flatMap(rowsOfOutcome));
    expect(rows.map(({ Username }) => Username)).to.deep.equal([
      'cart',
      'web-1',
      'web-2',
      'pay',
      'web-3',
      'web-4',
      'sshd',
      'cron',
      'postfix',
      'cart',
      'web-8',
      'cart',
      'cart',
      'cart',
      'cron',
      'cron',
      'cron',
      'shop.example',
    ]);
  });

  it('shows a line without the colours of a terminal, and drops what is below a warning in colours and by its PRI', () => {
    const message = '\u001b[31mERROR\u001b[0m no \u001b[1;4mroute\u001b[0m';
    const level = '\u001b[31merror\u001b[39m';
    for (const line of [{ message }, { log: message, stream: 'stderr' }, { message, level: null }, { message, level }])
      expect(rowsOfOutcome(becomes(JSON.stringify(line))[0]!)[0]?.Message).to.equal('ERROR no route');
    for (const text of [
      '\u001b[32mINFO\u001b[0m ready',
      '<14>Nov 20 12:00:00 web-1 cron[1]: done',
      '<191>1 - - - - - -',
    ])
      expect(becomes(JSON.stringify({ message: text })), text).to.deep.equal([{ rows: [] }]);
  });

  it('reads a line that journald has as its bytes, and drops one that it left out for its length', () => {
    const bytes = [...Buffer.from('\u001b[31mERROR\u001b[0m no disk 🔥')];
    for (const line of [
      { MESSAGE: bytes, PRIORITY: '6' },
      { MESSAGE: bytes, PRIORITY: '3' },
    ])
      for (const record of [line, { log: JSON.stringify(line) }])
        expect(rowsOfOutcome(becomes(JSON.stringify(record))[0]!)[0]).to.include({
          Type: 'ERROR',
          Message: 'ERROR no disk 🔥',
        });
    expect(rowsOfOutcome(becomes('{"MESSAGE":["a","b"],"PRIORITY":"3"}')[0]!)[0]?.Data).to.include.keys('MESSAGE');
    expect(becomes('{"MESSAGE":null,"PRIORITY":"6","_HOSTNAME":"web-1"}')).to.deep.equal([{ rows: [] }]);
    expect(rowsOfOutcome(becomes('{"MESSAGE":null,"PRIORITY":"3"}')[0]!)[0]).to.include({ Type: 'ERROR' });
  });

  it('drops the health check of a program that names itself in an access log of Envoy', () => {
    const line = { method: 'GET', path: '/', response_code: 503, user_agent: 'kube-probe/1.31' };
    expect(becomes(JSON.stringify(line))).to.deep.equal([{ rows: [] }]);
  });

  it('takes what Lambda itself says of a function that failed, without a line around it', () => {
    const line = {
      time: '2026-11-20T12:00:00Z',
      type: 'platform.report',
      record: { requestId: 'r', status: 'timeout' },
    };
    expect(rowsOfOutcome(becomes(JSON.stringify(line))[0]!)[0]?.Type).to.equal('ERROR');
  });

  it('keeps a message and a service that are objects with the other fields', () => {
    const line = { level: 'error', message: { code: 7 }, service: { name: 'pay', version: '2' }, app: ['a'], ts: 1e9 };
    const [row] = rowsOfOutcome(becomes(JSON.stringify(line))[0]!);
    const { ts, ...Data } = line;
    expect(row?.Data).to.deep.equal(Data);
  });

  it('looks into the message where `at` is a time and not a level', () => {
    const [row] = rowsOfOutcome(becomes('{"at":"2026-11-20T12:00:00Z","message":"ERROR disk full"}')[0]!);
    expect(row).to.include({ Type: 'ERROR', Message: 'ERROR disk full' });
  });

  it('drops what Kubernetes marks as information, whatever it is about', () => {
    expect(becomes('{"log":"I1120 12:00:00.123456 1 a.go:1] retries after ERROR"}')[0]).to.deep.equal({ rows: [] });
  });

  it('looks into the line that an agent of a container put into JSON, also where CloudWatch Logs keeps that as text', () => {
    const lines = [
      'ERROR disk full',
      '{"level":"error","msg":"no disk"}',
      '10.0.0.1 - - [20/Nov/2026:12:00:00 +0000] "GET /a?token=s3cr3t HTTP/1.1" 500 1',
      'level=error msg="disk gone"',
      'INFO started',
    ];
    const written = lines.map((log) => ({ stream: 'stderr', log, kubernetes: { container_name: 'cart' } }));
    const logEvents = written.map((line, id) => ({ id: `${id}`, timestamp: 1, message: JSON.stringify(line) }));
    const message = { messageType: 'DATA_MESSAGE', logGroup: '/eks', logStream: 's', logEvents };
    for (const record of [message, written]) {
      const rows = becomes(JSON.stringify(record)).flatMap(rowsOfOutcome);
      expect(rows.map(({ Username, Type }) => `${Username} ${Type}`)).to.deep.equal(Array(4).fill('cart ERROR'));
      expect(rows.map((row) => row.Message)).to.deep.equal([lines[0], 'no disk', 'GET /a 500', 'disk gone']);
    }
  });

  it('keeps no query string of a line of an access log, by whatever name and however often an agent put it into JSON', () => {
    const line = '203.0.113.9 - - [20/Nov/2026:12:00:00 +0000] "GET /cart?token=s3cr3t HTTP/1.1" 500 12';
    for (const name of ['message', 'log', 'MESSAGE', '@message', 'short_message', '_raw']) {
      const record = JSON.stringify({ [name]: line, host: 'web-1' });
      const wrapped = JSON.stringify({ specversion: '1.0', id: '1', source: '/s', type: 'log', data: record });
      for (const written of [record, wrapped, JSON.stringify({ log: record })]) {
        const [row] = rowsOfOutcome(becomes(written)[0]!);
        expect(row, written).to.include({ Username: 'web-1', Type: 'ERROR', Message: 'GET /cart 500' });
        expect(JSON.stringify(row), written).not.to.contain('s3cr3t');
      }
    }
  });

  it('has the fields of JSON at the end of a line, and the message that it names', () => {
    const log = '2026-11-20T12:00:00.5Z stderr F {"level":"error","msg":"no disk","shard":7}';
    expect(rowsOfOutcome(becomes(JSON.stringify({ log }))[0]!)[0]).to.deep.include({
      Timestamp: '2026-11-20T12:00:00.500Z',
      Message: 'no disk',
      Data: { level: 'error', shard: 7 },
    });
  });

  it('looks into the line of an access log that a logger gave a level', () => {
    const line = (path: string, status: number) =>
      JSON.stringify({
        level: 'info',
        message: `::1 - - [20/Nov/2026:12:00:00 +0000] "GET ${path}?token=s3cr3t HTTP/1.1" ${status} 12`,
      });
    expect(rowsOfOutcome(becomes(line('/cart', 503))[0]!)[0]).to.deep.include({
      Type: 'ERROR',
      Timestamp: '2026-11-20T12:00:00.000Z',
      Message: 'GET /cart 503',
      Data: { level: 'info', client: '::1', path: '/cart', status: '503', agent: '' },
    });
    for (const level of ['info', 'http', 30]) {
      const message = 'GET /cart?token=s3cr3t 503 3.123 ms - 12';
      const [row] = rowsOfOutcome(becomes(JSON.stringify({ level, message }))[0]!);
      expect(row).to.include({ Type: 'ERROR', Message: 'GET /cart 503' });
      expect(JSON.stringify(row)).not.to.contain('s3cr3t');
    }
    const ofProgram = JSON.stringify({ level: 'debug', message: 'api "GET /cart HTTP/1.1" 404 7' });
    for (const dropped of [line('/cart', 200), line('/healthz', 503), ofProgram])
      expect(becomes(dropped)).to.deep.equal([{ rows: [] }]);
  });

  it('keeps each line of a request whose id is in all of them', () => {
    const said = ['payment refused', 'order cancelled'];
    const lines = said.map((msg) => JSON.stringify({ id: 'r-1', level: 'error', service: 's', ts: 1795176000, msg }));
    expect(tableOf(lines.flatMap(becomes).flatMap(rowsOfOutcome)).map(({ Message }) => Message)).to.deep.equal(said);
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

  it('rejects what begins like JSON and is not, also where it has a number of many digits, and keeps it as text behind a word', () => {
    const broken = '{"level":"error","id":12345678901234567890,"m"x"}';
    expect(becomes(JSON.stringify({ log: broken }))).to.deep.equal([{ reason: 'NotJson' }]);
    const log = `2026-11-20T12:00:00Z ERROR ${broken}`;
    expect(rowsOfOutcome(becomes(JSON.stringify({ log }))[0]!)[0]).to.include({ Type: 'ERROR', Message: log });
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

  it('knows who asked also where a referrer has quotes in it', () => {
    const data = String.raw`10.0.0.1 - - [20/Nov/2026:12:00:00 +0000] "GET / HTTP/1.1" 503 7 "http://a/\"" "kube-probe/1"`;
    const event = { specversion: '1.0', id: '1', source: '/s', type: 'log', data };
    expect(becomes(JSON.stringify(event))[0]).to.deep.equal({ rows: [] });
    const kiosk = becomes(
      JSON.stringify({ ...event, data: data.replace('kube-probe/1', String.raw`kiosk \"7\"`) }),
    )[0]!;
    expect(rowsOfOutcome(kiosk)[0]?.Data).to.include({ agent: String.raw`kiosk \"7\"` });
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

  const HOSTILE: Record<string, string> = {
    'a quote that is never closed': `level=error msg="${'x'.repeat(500_000)}`,
    'quotes without end': ' a="'.repeat(100_000),
    'backslashes without end': `a="${'\\'.repeat(500_001)}`,
    'a word without end': 'w'.repeat(500_000),
    'an access log without a closing bracket': `1 - - [${'a:'.repeat(250_000)}`,
    'a request without a closing quote': `1 - - [a:b] "${'a '.repeat(250_000)}`,
    'a request whose quotes are all escaped': `1 - - [a:b] "${'\\\\\\"'.repeat(125_000)}`,
    'an agent without a closing quote': `1 - - [a:b] "a" 200 1 "-" "${'a'.repeat(500_000)}`,
    'spaces without end': ' '.repeat(500_000),
    'objects without end behind a word': `x${' {"a": '.repeat(80_000)}}`,
    'a line of IIS without an end': `2026-11-20 12:00:00 a GET /${' a'.repeat(250_000)}`,
    'times in brackets without end': '[a] b c 1/1/1/1/1 200 '.repeat(20_000),
    'texts in quotes without end': `"GET / HTTP/1.1" 200${' "a"b'.repeat(100_000)}`,
  };
  for (const [what, data] of Object.entries(HOSTILE))
    it(`reads half a megabyte of ${what} in one go`, () => {
      const event = { specversion: '1.0', id: '1', source: '/hostile', type: 'com.example.log', data };
      expect(becomes(JSON.stringify(event))[0]).to.have.property('rows');
    });
});

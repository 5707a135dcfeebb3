import { expect } from 'chai';
import type { EventData } from '../../../core/event-data.ts';
import {
  ARRIVED,
  firstRowOf,
  type Outcome,
  processedRecord,
  reasonOf,
  rowsOfOutcome,
} from '../../support/processed.ts';

/** What the processor that reads logs makes of a record. */
const becomes = (record: string | object): Outcome[] => processedRecord('log-filtering', record);
const rowFor = (record: string | object): EventData | undefined => firstRowOf('log-filtering', record);

/** A line in the CloudEvent that `--wrap` makes of it. */
const inCloudEvent = (data: string): string =>
  JSON.stringify({ specversion: '1.0', id: '1', source: '/s', type: 'log', data });

/** JSON that is a line: by itself, in a CloudEvent, and within what agents write around a line. */
const waysOf = (line: string): string[] => [
  line,
  inCloudEvent(line),
  ...['log', 'message'].map((name) => JSON.stringify({ [name]: line })),
];

const NOON = '2026-11-20T12:00:00.000Z';
const HALF = '2026-11-20T12:00:00.500Z';

describe('a line of a log', () => {
  const named = (level: string, words: string): [line: string, level: string][] =>
    words.split(' ').map((word) => [`${word} x`, level]);

  const LINES_OF_LOGGERS: [line: string, level: string, timestamp?: string][] = [
    ...named('FATAL', 'CRIT CRITICAL ALERT EMERG EMERGENCY FATA FATAL FTL PANIC PNC'),
    ...named('ERROR', 'ERR ERRO ERROR SEVERE'),
    ...named('WARN', 'WARN WARNING WRN'),
    ['2026/11/20 12:00:00 [error] 31#31: *1 connect() failed (111: Connection refused)', 'ERROR'],
    ['[Fri Nov 20 12:00:00.123456 2026] [core:crit] [pid 1] AH00124: request too long', 'FATAL'],
    ['2026-11-20T12:00:00.5Z 0 [Warning] [MY-010055] deprecated', 'WARN', HALF],
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
    ['{"@timestamp":"2026-11-20T12:00:00Z","log.level":"error","message":"x"}', 'ERROR', NOON],
    ['{"level":"error","ts":1795176000.123456789,"msg":"x"}', 'ERROR', '2026-11-20T12:00:00.123Z'],
    ['{"log":{"level":"warn"},"message":"x"}', 'WARN'],
    ['{"level":0,"message":"x","time":0.034,"timestamp":1795176000123456}', 'FATAL', '2026-11-20T12:00:00.123Z'],
    ['at=error code=H12 desc="Request timeout"', 'ERROR'],
    ['\u001b[31mERROR\u001b[0m no route', 'ERROR'],
    ['\u001b[2m2026-11-20T12:00:00.5Z\u001b[0m \u001b[1;33m WARN\u001b[0m cart: slow', 'WARN', HALF],
    ['{"log":"\\u001b[31merror\\u001b[39m: no route\\n","stream":"stderr"}', 'ERROR'],
    ['<11>Nov 20 12:00:00 web-1 sshd[812]: Failed password', 'ERROR'],
    ['<164>1 2026-11-20T12:00:00.5Z web-1 cart 812 ID47 - no stock', 'WARN', HALF],
    ['[ERROR]\t2026-11-20T12:00:00.500Z\t3f5e0c8e-41d6\tno route', 'ERROR', HALF],
    ['WARNING: 2026-11-20T12:00:00.5Z slow', 'WARN', HALF],
    ['{"timeMillis":1795176000500,"level":"ERROR","message":"x","loggerName":"cart"}', 'ERROR', HALF],
    ['{"start_time":"2026-11-20T12:00:00.5Z","method":"GET","path":"/cart","response_code":503}', 'ERROR', HALF],
    ['{"message":"x","context":{},"level":400,"level_name":"ERROR","channel":"app"}', 'ERROR'],
    ['{"EventId":0,"LogLevel":"Critical","Category":"Shop","Message":"x"}', 'FATAL'],
    ['{"severity_text":"WARN","severity_number":13,"message":"x"}', 'WARN'],
    ['{"severity_text":"INFO","severity_number":17,"message":"x"}', 'ERROR'],
    ['{"severity_text":"crit","severity_number":"18","message":"x"}', 'FATAL'],
    ['{"SeverityNumber":21,"message":"x"}', 'FATAL'],
    ['{"severity":"DEFAULT","textPayload":"ERROR x","timestamp":"2026-11-20T12:00:00.5Z"}', 'ERROR', HALF],
    ['{"severity":"High","message":"x","time":"2026-11-20T12:00:00.5Z"}', 'ERROR', HALF],
    ['{"Severity":"MEDIUM","message":"x"}', 'WARN'],
    ['{"severity":"moderate","message":"x"}', 'WARN'],
    ['{"severity":"major","message":"x"}', 'ERROR'],
    ['{"severity":"MINOR","message":"x"}', 'WARN'],
    ['{"severity":8,"message":"x"}', 'ERROR'],
    ['{"severity":"7.5","message":"x"}', 'ERROR'],
    ['{"severity":10.0,"message":"x"}', 'ERROR'],
    ['{"severity":5.3,"message":"x"}', 'WARN'],
    ['{"severity":5,"title":"x","description":"ERROR"}', 'WARN'],
    ['{"Severity":8,"Title":"x"}', 'ERROR'],
    ['{"severity":"HIGH","title":"x"}', 'ERROR'],
    ['{"severity":3,"title":"x","message":"y"}', 'ERROR'],
    ['{"error_severity":"ERROR","message":"division by zero"}', 'ERROR'],
    ['{"level":"dpanic","msg":"x"}', 'FATAL'],
    ['{"ddsource":"python","status":"error","message":"no route"}', 'ERROR'],
    ['{"log":"{\\"@level\\":\\"error\\",\\"@message\\":\\"sealed\\"}"}', 'ERROR'],
    ['t=2026-11-20T12:00:00+0000 lvl=eror msg="no route"', 'ERROR', NOON],
    [`2026-11-20 12:00:00,123 [http-nio-8080-exec-10] ${'org.example.'.repeat(8)}Orders ERROR - x`, 'ERROR'],
    ['E1120 12:00:00.123456       1 reflector.go:127] failed to watch', 'ERROR'],
    ['2026-11-20T12:00:00.5Z stderr F W1120 12:00:00.1 1 a.go:1] slow', 'WARN', HALF],
    ['F1120 12:00:00.123456       1 server.go:9] no certificate', 'FATAL'],
    [
      '{"t":{"$date":"2026-11-20T13:00:00.123+01:00"},"s":"E","c":"NETWORK","id":1,"ctx":"conn1","msg":"x","attr":{}}',
      'ERROR',
      '2026-11-20T12:00:00.123Z',
    ],
    ['{"s":"F","msg":"x"}', 'FATAL'],
    ['{"MESSAGE":"x","PRIORITY":"4","__REALTIME_TIMESTAMP":"1795176000123456"}', 'WARN', '2026-11-20T12:00:00.123Z'],
    ['{"message":"x","PRIORITY":"2","timestamp":"2026-11-20T12:00:00.5Z"}', 'FATAL', HALF],
    ['{"MESSAGE":"x","PRIORITY":"err","PROGRAM":"sshd"}', 'ERROR'],
    ['{"message":"ERROR x","PRIORITY":"6"}', 'ERROR'],
    ['{"@t":"2026-11-20T12:00:00.1234567Z","@mt":"x","@l":"Warning"}', 'WARN', '2026-11-20T12:00:00.123Z'],
    ['{"LogLevel":"Error","Message":"x","Timestamp":"2026-11-20T12:00:00.5Z"}', 'ERROR', HALF],
    ['{"message":"x","level_name":"ERROR","datetime":"2026-11-20T13:00:00.5+01:00"}', 'ERROR', HALF],
    ['{"date":1795176000.5,"log":"[error] x"}', 'ERROR', HALF],
    ['{"timestamp":"2026-11-20 12:00:00.5 UTC","error_severity":"FATAL","message":"x"}', 'FATAL', HALF],
    ['2026-11-20 12:00:00.5 UTC [31] ERROR:  no such table', 'ERROR', HALF],
    ['[2026-11-20T13:00:00.500000+01:00] shop.CRITICAL: no stock [] []', 'FATAL', HALF],
    ['2026-11-20 14:00:00.500 +02:00 [WRN] slow', 'WARN', HALF],
    ['2026-11-20T12:00:00Z FTL no disk', 'FATAL', NOON],
    ['3:04PM PNC no disk', 'FATAL'],
    ['2026/11/20 12:00:00 ERRO no route', 'ERROR'],
    ['2026/11/20 12:00:00 FATA no route', 'FATAL'],
    ['fail: Shop.Orders[17]', 'ERROR'],
    ['[2026-11-20T12:00:00.5+00:00] shop.EMERGENCY: no disk [] []', 'FATAL', HALF],
    ['2026-11-20 12:00:00,123 CRIT runs as root', 'FATAL'],
    ['panic: runtime error: index out of range [3] with length 3', 'FATAL'],
    ['fatal error: all goroutines are asleep - deadlock!', 'FATAL'],
    ["Error: Cannot find module './cart'", 'ERROR'],
    ['shopd: warning: no route', 'WARN'],
    ['Critical: no disk', 'FATAL'],
    ['log_id=17 pri=warning msg="no route"', 'WARN'],
    ['sw-1: %LINK-3-UPDOWN: Interface Ethernet7, changed state to down', 'ERROR'],
    ['<166>:Nov 20 12:00:00 UTC: %FW-session-4-106023: Deny tcp', 'WARN'],
    ['<14>1 2026-11-20T12:00:00.5Z gate - - - CEF:0|Wall|Gate|1|7|A scan|5|src=203.0.113.9', 'WARN', HALF],
    [String.raw`CEF:1|Wall|Gate\|2|1|ERROR|A \| B \\|8|rt=1795176000500 level=info`, 'ERROR', HALF],
    ['CEF:0|Wall|Gate|1|7|A worm|Very-High|msg=INFO', 'ERROR'],
    ['{"severity":"info","message":"gate CEF:0|Wall|Gate|1|7|A worm|9|src=203.0.113.9"}', 'ERROR'],
    ['{"level":"error","message":"cannot read CEF:0|Wall|Gate|1|7|A ping|3|"}', 'ERROR'],
    ['WARN cannot read CEF:0|Wall|Gate|1|7|A ping|3|', 'WARN'],
    ['[20-Nov-2026 12:00:00 UTC] PHP Fatal error:  Uncaught TypeError: no cart', 'FATAL'],
    [
      'shop.example:80 203.0.113.9 - - [20/Nov/2026:13:00:00 +0100] "GET /cart?token=s3cr3t HTTP/1.1" 404 12 "-" "curl"',
      'WARN',
      NOON,
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
      NOON,
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
    ['2026-11-20T12:00:00.5Z INFO web "GET /cart HTTP/1.1" 404 7', 'WARN', HALF],
    ['[2026-11-20 12:00:00.123][1][critical][upstream] x', 'FATAL'],
    ['2026-11-20 12:00:00,123 WARN compaction of orders level=9 bytes=7', 'WARN'],
    ['2026-11-20 12:00:00,123 INFO child - level=error msg="no disk"', 'ERROR'],
    ['2026-11-20 12:00:00,123 INFO child - level=panic msg="no disk"', 'FATAL'],
    ['12:00:00.123 [emergency] x', 'FATAL'],
    ['2026-11-20 12:00:00 +0000 [fatal]: #0 x', 'FATAL', NOON],
    ['2026/11/20 12:00:00 [alert] 7#7: worker process 8 exited on signal 9', 'FATAL'],
    ['2026-11-20T12:00:00.500000Z\tdpanic\tcart\tno disk', 'FATAL', HALF],
    ['[2026/11/20 12:00:00] [ warn] [engine] x', 'WARN'],
    ['E20261120 12:00:00.123456 1 a.cc:7] x', 'ERROR'],
    ['2026-11-20T12:00:00.500Z [cart] error: no route', 'ERROR', HALF],
    ['2026-11-20T12:00:00.500Z warn: slow', 'WARN', HALF],
    ['Exception in thread "main" java.lang.IllegalStateException: no cart\n\tat a.b', 'ERROR'],
    ['Unhandled exception. System.InvalidOperationException: no cart', 'ERROR'],
    ["thread 'main' (7) panicked at src/main.rs:2:5:\nno cart", 'FATAL'],
    ["thread 'main' panicked at src/main.rs:2:5:\nno cart", 'FATAL'],
    ['Traceback (most recent call last):\n  File "a.py", line 7\nKeyError: 1', 'ERROR'],
    [
      '{"instant":{"epochSecond":1795176000,"nanoOfSecond":50000000},"thread":"main","level":"ERROR","message":"x"}',
      'ERROR',
      '2026-11-20T12:00:00.050Z',
    ],
    // Protobuf leaves out what is 0.
    ['{"severity":"ERROR","message":"x","timestamp":{"seconds":"1795176000"}}', 'ERROR', NOON],
    ['{"@t":"2026-11-20T12:00:00.5Z","@m":"INFO is no state","@l":"Error"}', 'ERROR', HALF],
    ['{"status":"emergency","message":"x"}', 'FATAL'],
    ['{"status":"firing","alerts":[{"labels":{"severity":"critical"}}],"message":"x"}', 'WARN'],
    ['{"status":"FAILED","message":"x","timestamp":"2026-11-20T12:00:00.5Z"}', 'ERROR', HALF],
    ['{"time":1795176000.5,"host":"web-1","sourcetype":"app","event":"ERROR x"}', 'ERROR', HALF],
    ['{"time":"1795176000.5","sourcetype":"_json","event":{"level":"warn","message":"x"}}', 'WARN', HALF],
    ['2026-11-20T12:00:00.500000000Z stderr F {"level":"error","msg":"x"}', 'ERROR', HALF],
    ['cart-1  | {"level":50,"time":1795176000500,"msg":"x"}', 'ERROR', HALF],
    ['<14>Nov 20 12:00:00 web-1 cart[7]: @cee: {"severity":"crit","message":"x"}', 'FATAL'],
    ['2026-11-20T12:00:00.5+00:00 app[web.1]: {"level":"warn","msg":"x"}\n', 'WARN', HALF],
    ['2026-11-20T12:00:00.500Z\t3f5e\tINFO\t{"level":"ERROR","message":"x"}', 'ERROR', HALF],
    ['2026-11-20T12:00:00Z stdout F {"status":502,"request":"GET /cart HTTP/1.1"}', 'ERROR', NOON],
    ['2026-11-20T12:00:00.5Z\tERROR\tno route\t{"level":"info","msg":"x"}', 'ERROR', HALF],
    ['ERROR no route {"level":"gold"}', 'ERROR'],
    [
      '2026-11-20 12:00:00 10.0.0.1 GET /cart token=s3cr3t 443 - 203.0.113.9 Mozilla/5.0+(X11) - 500 0 0 15',
      'ERROR',
      NOON,
    ],
    [
      '<134>Nov 20 12:00:00 lb-1 haproxy[7]: 203.0.113.9:33317 [20/Nov/2026:12:00:00.5] in~ shop/<NOSRV> 0/-1/-1/-1/+0 503 212 - - SC-- 1/1/1/1/0 0/0 {a} "GET /cart?token=s3cr3t HTTP/1.1"',
      'ERROR',
    ],
    ['GET /cart?token=s3cr3t 500 3.123 ms - 12', 'ERROR'],
    ['::1 - GET /cart?token=s3cr3t HTTP/1.1 404 12 - 3.123 ms', 'WARN'],
    ['[GIN] 2026/11/20 - 12:00:00 | 500 |   1.2ms |   203.0.113.9 | GET      "/cart?token=s3cr3t"', 'ERROR'],
    ['[Server thread/ERROR]: no route', 'ERROR'],
    ['2026-11-20T12:00:00.500000Z\terror\tkube\tno route', 'ERROR', HALF],
    ['2026-11-20T13:00:00.500+0100\twarn\tx\t{"level":"info","msg":"x"}', 'WARN', HALF],
    ['1:M 20 Nov 2026 12:00:00.500 # Out Of Memory allocating 7 bytes!', 'WARN'],
    ['(3f5e0c8e-41d6-4a75-9721-fe8ee92e458a) Execution failed due to an internal error', 'ERROR'],
    ['2026-11-20T12:00:00.5+00:00 heroku[web.1]: Error R14 (Memory quota)', 'ERROR', HALF],
    ['{"EventID":7036,"Level":3,"Message":"x"}', 'WARN'],
    ['{"eventTime":"2026-11-20T12:00:00Z","eventName":"GetObject","errorCode":"AccessDenied"}', 'WARN', NOON],
    [
      '{"eventTime":"2026-11-20T12:00:00Z","eventName":"ConsoleLogin","errorMessage":"Failed authentication"}',
      'WARN',
      NOON,
    ],
    ['{"EventID":1000,"Level":"Error","Message":"x"}', 'ERROR'],
    ['{"resourceId":"/tenants/x","operationName":"GatewayLogs","level":"2"}', 'ERROR'],
    ['{"resourceId":"/tenants/x","msg":"x","level":3}', 'ERROR'],
    ['{"type":"Warning","message":"x","involvedObject":{},"lastTimestamp":"2026-11-20T12:00:00Z"}', 'WARN', NOON],
    ['{"asctime":"2026-11-20T12:00:00.5Z","levelname":"ERROR","message":"x"}', 'ERROR', HALF],
    [
      '{"time":"2026-11-20T12:00:00Z","type":"platform.report","record":{"requestId":"r","status":"timeout"}}',
      'ERROR',
      NOON,
    ],
    ['2026.11.20 12:00:00.123456 [ 7 ] {} <Error> Shop: no table', 'ERROR'],
    ['####<Nov 20, 2026, 12:00:00 PM UTC> <Warning> <Shop> <web-1> <BEA-1> <slow>', 'WARN'],
    ['2026.11.20 12:00:00.123456 [ 7 ] {} <Fatal> Shop: Received signal 11', 'FATAL'],
    ['2026-11-20T12:00:00.500Z warning hostd[7] [Originator@6876 sub=Shop] slow', 'WARN', HALF],
    ['2026-11-20T13:00:00+0100 critical cart : no disk', 'FATAL', NOON],
    ['2026-11-20 12:00:00.12 spid51      Error: 823, Severity: 24, State: 2.', 'ERROR'],
    ['{"priority":"Critical","rule":"r","output":"a shell in cart","time":"2026-11-20T12:00:00.5Z"}', 'FATAL', HALF],
    ['{"message":"x","syslogseverity-text":"err","syslogseverity":"3"}', 'ERROR'],
    ['{"message":"x","syslog_severity":"warning","severity_label":"Warning"}', 'WARN'],
    ['2026-11-20T12:00:00.500Z\t3f5e\tfail\tno route', 'ERROR', HALF],
    ['2026-11-20T12:00:00.500Z\t3f5e\tcrit\tno disk after an ERROR', 'FATAL', HALF],
    ['2026-11-20T12:00:00Z E! [outputs.cart] no route', 'ERROR', NOON],
    ['2026-11-20T12:00:00Z W! slow', 'WARN', NOON],
    ['[20-Nov-2026 12:00:00 UTC] PHP Parse error:  syntax error, unexpected token', 'ERROR'],
    ['{"id":"7","type":"TaskTimedOut","details":{},"execution_arn":"arn:aws:states:x"}', 'ERROR'],
    ['{"id":"8","type":"ExecutionFailed","details":{},"execution_arn":"arn:aws:states:x"}', 'ERROR'],
    ['{"message":"x","metadata":{"level":"WARN","target":"cart"},"timestamp":"2026-11-20T12:00:00.5Z"}', 'WARN', HALF],
    ['{"@message":"x","@fields":{"level":"error"},"@timestamp":"2026-11-20T12:00:00.5Z"}', 'ERROR', HALF],
    ['2026-11-20T12:00:00.500000Z [error    ] no route                       order=17', 'ERROR', HALF],
    ['2026-11-20 12:00:00 [   warn] slow', 'WARN'],
    ['{"message":"x","log":{"syslog":{"severity":{"code":3,"name":"Error"},"priority":11}}}', 'ERROR'],
    // What began then failed at another time.
    ['{"level":"error","message":"x","start_time":"2026-11-20T08:00:00Z","date":1795176000.5}', 'ERROR', HALF],
    ['{"level":"error","message":"x","startTime":"2026-11-20T08:00:00Z","status":"failed"}', 'ERROR'],
    ['{"ts":1795176000.5,"caller":"a/b.go:7","msg":"Failed to get the pod","err":"timed out"}', 'ERROR', HALF],
    ["KeyError: 'cart'", 'ERROR'],
    ['Exception: no cart', 'ERROR'],
    ['requests.exceptions.ConnectionError: no route', 'ERROR'],
    ["TypeError: Cannot read properties of undefined (reading 'cart')", 'ERROR'],
    ['java.lang.OutOfMemoryError: Java heap space', 'ERROR'],
    ['2026/11/20 12:00:00 http: panic serving 203.0.113.9:57402: no cart', 'FATAL'],
    ['(node:7) MaxListenersExceededWarning: Possible EventEmitter memory leak detected', 'WARN'],
    ['(node:7) [FSTWRN001] FastifyWarning: The querystring schema for GET: / is missing.', 'WARN'],
    ['(node:7) Warning: after ERROR', 'WARN'],
    ['(node:7) UnhandledPromiseRejectionWarning: Error: no cart', 'ERROR'],
    ['2026-11-20 12:00:00.351987 E | op-cluster: no disk', 'ERROR'],
    ['2026-11-20 12:00:00.351987 W | op-cluster: after ERROR', 'WARN'],
    ['2026-11-20 12:00:00.337757: E tensorflow/core/cuda_dnn.cc:9342] no device', 'ERROR'],
    ['[E 2026-11-20 12:00:00.667 ServerApp] Uncaught exception GET /api', 'ERROR'],
    ['[W 12:00:00.667 NotebookApp] slow', 'WARN'],
    ['2026/11/20 12:00:00 [W] [service.go:205] [eae38ea6] no route', 'WARN'],
    ['2026/11/20 12:00:00 ...ers/web/auth/auth.go:570:createUser() [E] [63e0f20a] no name', 'ERROR'],
    ['11-20 12:00:00.811  1702  2395 W ActivityManager: slow', 'WARN'],
    ['11-20 12:00:00.811 29473 12345 E Cart    : no disk', 'ERROR'],
    ['[E 261120 12:00:00 web:1789] Uncaught exception GET /', 'ERROR'],
    // Here it is a time and not a level.
    ['{"at":"2026-11-20T12:00:00Z","message":"ERROR disk full"}', 'ERROR'],
  ];
  for (const [data, Type, Timestamp = ARRIVED] of LINES_OF_LOGGERS)
    it(`keeps ${data.replaceAll('\u001b', 'ESC').replace(/\s+/g, ' ')}, by itself as well where it is JSON`, () => {
      for (const line of data.startsWith('{') ? [inCloudEvent(data), data] : [inCloudEvent(data)])
        expect(rowFor(line)).to.include({ Type, Timestamp });
      expect(rowFor(inCloudEvent(data))?.Message).not.to.include('s3cr3t');
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
    ['{"time":"2026-11-20T12:00:01Z","method":"GET","path":"/a","statusCode":503}', 'ERROR'],
    ['{"time":"2026-11-20T12:00:01Z","status":"error","status_code":503,"message":"x"}', 'ERROR'],
    ['{"time":"2026-11-20T12:00:01Z","label":"Error","prio":1,"msg":"x"}', 'ERROR'],
    ['{"time":"2026-11-20T12:00:01Z","pri":"11","message":"x"}', 'ERROR'],
    ['{"time":"2026-11-20T12:00:01Z","pri":132,"message":"x"}', 'WARN'],
    ['{"startTime":"2026-11-20T12:00:01Z","requestPath":"/a","responseCode":503}', 'ERROR'],
    [
      '{"level":"Metadata","verb":"list","requestURI":"/a","responseStatus":{"status":"Failure","code":403},"requestReceivedTimestamp":"2026-11-20T12:00:01.000000Z"}',
      'WARN',
    ],
  ];
  for (const [line, Type] of REQUESTS)
    it(`keeps ${line}, at its own time, so that it has one row when it comes again`, () => {
      expect(rowFor(line)).to.include({ Type, Timestamp: '2026-11-20T12:00:01.000Z' });
    });

  /** A line of each of these words. What follows the word would be kept. */
  const linesOf = (words: string, lineOf: (word: string) => string): string[] =>
    words.split(' ').map((word) => JSON.stringify({ log: lineOf(word) }));

  for (const line of [
    ...linesOf('TRACE TRAC TRC VRB FINE FINER FINEST DEBUG DEBU DEBUG1 DBG INFO INF NOTICE', (word) => `${word} ERROR`),
    ...linesOf('LOG STATEMENT DETAIL HINT CONTEXT QUERY', (word) => `${word}:  ERROR`),
    ...linesOf('trace debug info note notice Note System', (word) => `[${word}] ERROR`),
    ...linesOf('trce dbug debug info', (word) => `\t${word}\tERROR`),
    ...linesOf('silly verbose trce dbug debug info', (word) => `${word}: ERROR`),
    ...linesOf('health healthz healthcheck livez readyz ping', (path) => `GET /${path} 503 3 ms - 12`),
    '{"request":"GET /healthz HTTP/1.1","status":503}',
    '{"request_uri":"/readyz","status":503}',
    '{"requestPath":"/healthz","responseCode":503}',
    '{"message":"paid","responseCode":"00"}',
    '{"level":"Metadata","requestURI":"/readyz?verbose","responseStatus":{"code":500}}',
    '{"level":"Request","requestURI":"/a","responseStatus":{"metadata":{},"code":200}}',
    '{"request":"GET / HTTP/1.1","status":503,"http_user_agent":"kube-probe/1.31"}',
    '{"request":"GET /a HTTP/1.1","response":"200"}',
    '{"severity":"INFO","textPayload":"after ERROR"}',
    '{"severity":"DEFAULT","textPayload":"INFO after ERROR"}',
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
    '{"eventTime":"2026-11-20T12:00:00Z","eventName":"GetObject","eventSource":"s3.amazonaws.com"}',
    '{"message":"x","errorCode":"E1"}',
    '{"severity":"LOW","message":"x"}',
    '{"level":10,"message":"x"}',
    '{"status":"resolved","alerts":[{"labels":{"severity":"critical"}}],"message":"x"}',
    '{"ts":1795176000.5,"caller":"a/b.go:7","msg":"Retries","v":0,"err":"timed out"}',
    '{"ts":1795176000.5,"msg":"ready"}',
    '{"requestId":"r","resourcePath":"/a","status":"-"}',
    '{"severity":7,"message":"ERROR"}',
    '{"severity":2.5,"message":"ERROR"}',
    '{"severity":0,"title":"x"}',
    '{"severity":2,"title":"ERROR"}',
    '{"Severity":"3.9","Title":"x"}',
    '{"severity_text":"INFO","severity_number":12,"message":"ERROR"}',
    '{"severity_number":9,"resource":{"service.name":"cart"}}',
    '{"EventID":7036,"Level":4,"Message":"x"}',
    '{"resourceId":"/tenants/x","operationName":"Sign-in activity","Level":4}',
    '{"type":"Normal","message":"x","involvedObject":{}}',
    '{"type":"Warning","message":"x"}',
    '{"type":"TaskFailed","message":"x"}',
    '{"log":"{\\"type\\":\\"TaskSucceeded\\",\\"execution_arn\\":\\"arn:aws:states:x\\"}"}',
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
    '{"message":"x","user":{"level":3}}',
    '{"message":"INFO x","alert":{"severity":"critical"}}',
    '{"message":"x","priority":"critical"}',
    '{"output":"x","priority":"Notice"}',
    '{"@mt":"x","@t":"2026-11-20T12:00:00Z"}',
    '{"log":"2026-11-20 14:00:00.500 +02:00 [INF] retries after ERROR"}',
    '{"log":"12:00:00 DBG after ERROR"}',
    '{"log":"info: ERROR is not its level"}',
    '{"log":"Info: ERROR is not its level"}',
    '{"log":"%SYS-6-LOGGED: after ERROR"}',
    '{"log":"CEF:0|Wall|Gate|1|7|after ERROR|2|severity=high"}',
    '{"severity":"err","message":"CEF:0|Wall|Gate|1|7|A ping|3|"}',
    '{"log":"how we fail: slowly"}',
    '{"log":"error rates are back to what they were"}',
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
    '{"log":"Caused by: java.sql.SQLException: no cart"}',
    '{"log":"java.lang.NullPointerException: no cart"}',
    '{"log":"2026-11-20 12:00:00.351987 I | exec: after ERROR"}',
    '{"log":"[I 2026-11-20 12:00:00.869 ServerApp] after ERROR"}',
    '{"log":"gate E 12:00:00"}',
    '{"log":"2026/11/20 12:00:00 [I] [service.go:205] after ERROR"}',
    '{"log":"2026/11/20 12:00:00 press any key but [E] to go on"}',
    '{"log":"11-20 12:00:00.811  1702  2395 D Cart: after ERROR"}',
    '{"log":"ts=1795176000.5 itemasync_SetProperty signalled err=-12785"}',
    '{"log":"2026-11-20 12:00:00,123 INFO compaction of orders level=1 bytes=7"}',
    '{"log":"info: tank 7 severity=high"}',
    '{"log":"INFO starts /bin/cart --log-level=error"}',
    '{"log":"runs cart -level=warn --port=80"}',
    '{"@t":"2026-11-20T12:00:00Z","@m":"after ERROR"}',
    '{"sourcetype":"app","event":"INFO x"}',
    '{"sourcetype":"app","event":"x"}',
    '{"log":"[2026-11-20T12:00:00.310Z] \\"GET /healthz HTTP/1.1\\" 503 - 0 5 1 1"}',
    '{"log":"2026-11-20T12:00:00Z stderr F {\\"level\\":\\"info\\",\\"msg\\":\\"after ERROR\\"}"}',
    '{"log":"upgraded {\\"level\\":3}"}',
    '{"log":"2026.11.20 12:00:00.123456 [ 7 ] {} <Information> Shop: after ERROR"}',
    '{"log":"2026-11-20T12:00:00.500Z info hostd[7] after ERROR"}',
    '{"log":"2026-11-20T12:00:00Z I! after ERROR"}',
    '{"log":"2026-11-20 12:00:00 [info     ] after ERROR"}',
    '{"log":"2026-11-20T12:00:00.500Z errors of today: none"}',
    '{"log":"2026-11-20T12:00:00Z stdout F ::1 - - [20/Nov/2026:12:00:00 +0000] \\"GET / HTTP/1.1\\" 503 1 \\"-\\" \\"kube-probe/1\\""}',
    '{"log":"[2026-11-20T12:00:00Z] \\"GET / HTTP/1.1\\" 503 UF - - \\"reset by peer\\" 0 1 5 - \\"-\\" \\"kube-probe/1\\" \\"a\\""}',
    '{"log":"I1120 12:00:00.123456 1 a.go:1] retries after ERROR"}',
    '{"method":"GET","path":"/","response_code":503,"user_agent":"kube-probe/1.31"}',
  ])
    it(`drops ${line}, which is no problem`, () => {
      expect(becomes(line)[0]).to.deep.equal({ rows: [] });
    });

  it('takes the message by the names that loggers give it, within JSON and within a line as well', () => {
    for (const name of 'message msg log Message MESSAGE @message short_message @m @mt _raw'.split(' ')) {
      const line = JSON.stringify({ [name]: 'no disk', level: 'error' });
      for (const record of waysOf(line)) expect(rowFor(record)?.Message, record).to.equal('no disk');
    }
  });

  it('takes what other fields say for the message of a problem, and nothing else for a line', () => {
    const said = [{ event: 'no disk' }, { fields: { message: 'no disk', shard: 7 } }];
    for (const fields of said) {
      expect(rowFor({ ...fields, level: 'error' })?.Message).to.equal('no disk');
      expect(becomes(fields)[0]).to.deep.equal({ reason: 'Refused' });
    }
  });

  it('takes the message of JSON within JSON, by whatever name it has it', () => {
    for (const said of [
      { event: 'no disk' },
      { fields: { message: 'no disk' } },
      { output: 'no disk' },
      { error: 'no disk' },
      { err: { name: 'Error', message: 'no disk' } },
      { errorType: 'Error', errorMessage: 'no disk' },
      { MessageTemplate: 'no {Part}', RenderedMessage: 'no disk' },
      { MessageTemplate: 'no disk', Properties: {}, error: 'x' },
    ]) {
      const line = JSON.stringify({ ...said, level: 'error' });
      for (const record of [line, `${line}\n`].flatMap(waysOf))
        expect(rowFor(record)?.Message, record).to.equal('no disk');
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
        for (const message of [line, `\u001b[31m${line}\u001b[0m`]) expect(rowFor({ message })?.Message).to.equal(line);
      }
  });

  it('keeps a line that tells of an attack on prototypes, whose name no row has as a field', () => {
    for (const [line, fields] of [
      ['WARN query string refused: __proto__=1', { level: 'WARN' }],
      ['level=warn __proto__=1 constructor=2 path=/a', { level: 'warn', constructor: '2', path: '/a' }],
    ] as const)
      expect(rowFor({ message: line })).to.deep.include({ Type: 'WARN', Message: line, Data: fields });
  });

  it('takes the message of pairs behind a time or in colours', () => {
    const Data = { level: 'error', a: '1' };
    for (const before of ['', '2026-11-20T12:00:00Z ', '\u001b[31m'])
      expect(rowFor({ log: `${before}level=error msg="no disk" a=1` })).to.deep.include({ Message: 'no disk', Data });
  });

  it('keeps what Lambda says of a function that failed, in text and in JSON, and drops what it says of others', () => {
    const id = '3f5e0c8e-41d6-4a75-9721-fe8ee92e458a';
    const report = `REPORT RequestId: ${id}\tDuration: 3000.00 ms\tMemory Size: 128 MB\t`;
    const done = (status: string): string =>
      JSON.stringify({ time: NOON, type: 'platform.runtimeDone', record: { requestId: id, status } });
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
    const rows = becomes({ messageType: 'DATA_MESSAGE', logGroup: '/cart', logStream: 's', logEvents });
    expect(rows.flatMap(rowsOfOutcome).map(({ Type, Message }) => `${Type} ${Message}`)).to.deep.equal(
      kept.map((line) => `ERROR ${line.trim()}`),
    );
    expect(rows.map(reasonOf)).to.deep.equal(logEvents.map(() => undefined));
  });

  const SAID = { Username: 'cart', Type: 'ERROR', Message: 'no disk', Timestamp: HALF };
  const OF_CART = { labels: { container_name: 'cart', project_id: 'p' } };
  const WITHIN_OTHERS: Record<string, object> = {
    'a line of Cloud Logging': { severity: 'ERROR', textPayload: 'no disk', resource: OF_CART, timestamp: HALF },
    'one without a level of its own': {
      severity: 'DEFAULT',
      jsonPayload: { level: 'error', message: 'no disk' },
      resource: OF_CART,
      timestamp: HALF,
    },
    'one with fields': { severity: 'ERROR', jsonPayload: { message: 'no disk' }, resource: OF_CART, timestamp: HALF },
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
      time: HALF,
      type: 'function',
      record: { level: 'ERROR', message: 'no disk', service: 'cart' },
    },
    'a line in telemetry of Lambda': { time: HALF, type: 'function', record: 'level=error service=cart msg="no disk"' },
    'a failure in the log of Lambda': {
      timestamp: HALF,
      level: 'ERROR',
      message: { errorType: 'Error', errorMessage: 'no disk' },
      service: 'cart',
    },
    'what the Collector of OpenTelemetry writes': {
      body: 'no disk',
      severity_text: 'ERROR',
      resource: { 'service.name': 'cart' },
      time: HALF,
    },
    'an event of EventBridge': {
      id: '7',
      'detail-type': 'Job',
      source: 'shop.jobs',
      time: HALF,
      detail: { level: 'error', message: 'no disk', service: 'cart' },
    },
    'a line in an event of EventBridge': {
      'detail-type': 'Line',
      source: 'cart',
      time: HALF,
      detail: { log: 'level=error msg="no disk"' },
    },
    'a line of App Service': { time: HALF, level: 'Error', resultDescription: 'no disk', app: 'cart' },
    'a request of Fastify': { level: 30, time: 1795176000500, app: 'cart', res: { statusCode: 500 }, msg: 'no disk' },
  };
  for (const [what, line] of Object.entries(WITHIN_OTHERS))
    it(`reads ${what}`, () => {
      for (const record of waysOf(JSON.stringify(line))) expect(rowFor(record), record).to.include(SAID);
    });

  it('reads what became of a job or a request of AWS that comes by EventBridge, and no number of another scale', () => {
    const bridged = (detail: object) => ({ 'detail-type': 'x', source: 'aws.batch', time: HALF, detail });
    const refused = { eventName: 'GetObject', eventSource: 's3.amazonaws.com', errorMessage: 'Access Denied' };
    expect(rowFor(bridged({ status: 'FAILED' }))).to.include({ Username: 'aws.batch', Type: 'ERROR', Timestamp: HALF });
    for (const status of ['TIMED_OUT', 'ABORTED'])
      expect(rowFor(bridged({ status })), status).to.include({ Username: 'aws.batch', Type: 'ERROR' });
    expect(rowFor(bridged(refused))).to.include({ Type: 'WARN', Message: 'Access Denied' });
    expect(becomes(bridged({ ...refused, errorMessage: null }))).to.deep.equal([{ rows: [] }]);
    expect(becomes(bridged({ status: 'SUCCEEDED' }))).to.deep.equal([{ rows: [] }]);
    for (const detail of [{ severity: 2 }, { severity: 8 }, {}])
      expect(becomes(bridged(detail))).to.deep.equal([{ reason: 'Refused' }]);
    const finding = { severity: 5, title: 'A port is open' };
    expect(rowFor(bridged(finding))).to.include({ Username: 'aws.batch', Type: 'WARN', Message: finding.title });
    expect(becomes(bridged({ ...finding, severity: 2 }))).to.deep.equal([{ rows: [] }]);
  });

  it('keeps a record that a line is about as it is', () => {
    const line = { level: 'error', message: 'no disk', record: { level: 'info', message: 'x' } };
    expect(rowFor(line)).to.deep.include({
      Type: 'ERROR',
      Message: 'no disk',
      Data: { level: 'error', record: line.record },
    });
  });

  it('takes the container or the host for the service where a line names none', () => {
    const kubernetes = { pod_name: 'cart-7f', container_name: 'cart' };
    const lines: [service: string, line: object][] = [
      ['cart', { log: 'ERROR x', kubernetes }],
      ['web-1', { level: 50, hostname: 'web-1' }],
      ['web-2', { severity: 3, host: 'web-2' }],
      ['pay', { level: 0, message: 'on fire', service: { name: 'pay' } }],
      ['web-3', { message: 'ERROR x', host: { name: 'web-3', os: { family: 'debian' } } }],
      ['web-4', { MESSAGE: 'ERROR x', _HOSTNAME: 'web-4' }],
      ['sshd', { MESSAGE: 'ERROR x', _HOSTNAME: 'web-4', SYSLOG_IDENTIFIER: 'sshd' }],
      ['cron', { MESSAGE: 'x', PRIORITY: 'err', HOST: 'web-5', PROGRAM: 'cron' }],
      ['postfix', { pri: '11', host: 'web-6', ident: 'postfix', message: 'x' }],
      ['cart', { name: 'cart', hostname: 'web-7', pid: 1, level: 50, msg: 'x', v: 0 }],
      ['web-8', { name: 'Ada', hostname: 'web-8', level: 'error', msg: 'x' }],
      ['cart', { message: 'ERROR x', kubernetes: { container: { name: 'cart' } }, host: { name: 'node-1' } }],
      ['cart', { message: 'ERROR x', container: { name: 'cart' }, host: { name: 'node-1' } }],
      ['cart', { level: 'error', message: 'x', application: 'cart', host: 'web-9' }],
      ['cron', { severity: 'err', message: 'x', appname: 'cron', hostname: 'web-9' }],
      ['cron', { severity: 'err', message: 'x', programname: 'cron', host: 'web-9' }],
      ['cron', { severity: 3, message: 'x', program: 'cron', host: 'web-9' }],
      ['shop.example', { log: 'at=error code=H12 host=shop.example connect=5ms service=30001ms status=503' }],
    ];
    for (const [service, line] of lines) expect(rowFor(line)?.Username, JSON.stringify(line)).to.equal(service);
  });

  it('shows a line without the colours of a terminal, and drops what is below a warning in colours and by its PRI', () => {
    const message = '\u001b[31mERROR\u001b[0m no \u001b[1;4mroute\u001b[0m';
    const level = '\u001b[31merror\u001b[39m';
    for (const line of [{ message }, { log: message, stream: 'stderr' }, { message, level: null }, { message, level }])
      expect(rowFor(line)?.Message).to.equal('ERROR no route');
    for (const text of [
      '\u001b[32mINFO\u001b[0m ready',
      '<14>Nov 20 12:00:00 web-1 cron[1]: done',
      '<191>1 - - - - - -',
    ])
      expect(becomes({ message: text }), text).to.deep.equal([{ rows: [] }]);
  });

  it('reads a line that journald has as its bytes, and drops one that it left out for its length', () => {
    const bytes = [...Buffer.from('\u001b[31mERROR\u001b[0m no disk 🔥')];
    for (const PRIORITY of ['6', '3'])
      for (const record of waysOf(JSON.stringify({ MESSAGE: bytes, PRIORITY })))
        expect(rowFor(record)).to.include({ Type: 'ERROR', Message: 'ERROR no disk 🔥' });
    expect(rowFor('{"MESSAGE":["a","b"],"PRIORITY":"3"}')?.Data).to.include.keys('MESSAGE');
    expect(becomes('{"MESSAGE":null,"PRIORITY":"6","_HOSTNAME":"web-1"}')).to.deep.equal([{ rows: [] }]);
    expect(rowFor('{"MESSAGE":null,"PRIORITY":"3"}')).to.include({ Type: 'ERROR' });
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
      const rows = becomes(record).flatMap(rowsOfOutcome);
      expect(rows.map(({ Username, Type }) => `${Username} ${Type}`)).to.deep.equal(Array(4).fill('cart ERROR'));
      expect(rows.map((row) => row.Message)).to.deep.equal([lines[0], 'no disk', 'GET /a 500', 'disk gone']);
    }
  });

  it('keeps no query string of a line of an access log, by whatever name and however often an agent put it into JSON', () => {
    const line = '203.0.113.9 - - [20/Nov/2026:12:00:00 +0000] "GET /cart?token=s3cr3t HTTP/1.1" 500 12';
    for (const name of ['message', 'log', 'MESSAGE', '@message', 'short_message', '_raw']) {
      const record = JSON.stringify({ [name]: line, host: 'web-1' });
      for (const written of waysOf(record)) {
        const row = rowFor(written);
        expect(row, written).to.include({ Username: 'web-1', Type: 'ERROR', Message: 'GET /cart 500' });
        expect(JSON.stringify(row), written).not.to.contain('s3cr3t');
      }
    }
  });

  it('takes what is in brackets before a request for its time only where it is one that a calendar has', () => {
    const timeAt = (inBrackets: string) =>
      rowFor({ log: `203.0.113.9 - - [${inBrackets}] "GET /a HTTP/1.1" 500 12` })?.Timestamp;
    // Date takes the end of a name for a year, in the zone in which it runs, and some of another day for the next month.
    for (const other of [
      'http-nio-8080',
      'web-0815',
      'app-2026',
      '31/Nov/2026:12:00:00 +0000',
      '20/Now/2026:12:00:00 Z',
    ])
      expect(timeAt(other), other).to.equal(ARRIVED);
    for (const [time, expected] of [
      ['20/Nov/2026:12:00:00.5 +0000', HALF],
      ['20/Nov/2026 14:30:00,500 +02:30', HALF],
      ['2026-11-20 12:00:00.5 +0000', HALF],
      ['31/Dec/2016:23:59:60 +0000', '2017-01-01T00:00:00.000Z'],
    ] as const)
      expect(timeAt(time), time).to.equal(expected);
  });

  it('has the fields of JSON at the end of a line, and the message that it names', () => {
    const log = '2026-11-20T12:00:00.5Z stderr F {"level":"error","msg":"no disk","shard":7}';
    const Data = { level: 'error', shard: 7 };
    expect(rowFor({ log })).to.deep.include({ Timestamp: HALF, Message: 'no disk', Data });
  });

  it('looks into the line of an access log that a logger gave a level', () => {
    const line = (path: string, status: number) =>
      JSON.stringify({
        level: 'info',
        message: `::1 - - [20/Nov/2026:12:00:00 +0000] "GET ${path}?token=s3cr3t HTTP/1.1" ${status} 12`,
      });
    expect(rowFor(line('/cart', 503))).to.deep.include({
      Type: 'ERROR',
      Timestamp: NOON,
      Message: 'GET /cart 503',
      Data: { level: 'info', client: '::1', path: '/cart', status: '503', agent: '' },
    });
    for (const level of ['info', 'http', 30]) {
      const row = rowFor({ level, message: 'GET /cart?token=s3cr3t 503 3.123 ms - 12' });
      expect(row).to.include({ Type: 'ERROR', Message: 'GET /cart 503' });
      expect(JSON.stringify(row)).not.to.contain('s3cr3t');
    }
    const ofProgram = JSON.stringify({ level: 'debug', message: 'api "GET /cart HTTP/1.1" 404 7' });
    for (const dropped of [line('/cart', 200), line('/healthz', 503), ofProgram])
      expect(becomes(dropped)).to.deep.equal([{ rows: [] }]);
  });

  it('rejects what begins like JSON and is not, also where it has a number of many digits, and keeps it as text behind a word', () => {
    const broken = '{"level":"error","id":12345678901234567890,"m"x"}';
    expect(becomes({ log: broken })).to.deep.equal([{ reason: 'NotJson' }]);
    const log = `2026-11-20T12:00:00Z ERROR ${broken}`;
    expect(rowFor({ log })).to.include({ Type: 'ERROR', Message: log });
  });

  it('knows who asked also where a referrer has quotes in it', () => {
    const asked = (agent: string): string =>
      inCloudEvent(
        String.raw`10.0.0.1 - - [20/Nov/2026:12:00:00 +0000] "GET / HTTP/1.1" 503 7 "http://a/\"" "${agent}"`,
      );
    expect(becomes(asked('kube-probe/1'))).to.deep.equal([{ rows: [] }]);
    const agent = String.raw`kiosk \"7\"`;
    expect(rowFor(asked(agent))?.Data).to.include({ agent });
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
      expect(becomes(inCloudEvent(data))[0]).to.have.property('rows');
    });
});

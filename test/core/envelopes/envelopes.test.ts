import { deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { MAX_EVENTS } from '../../../core/envelopes/envelope.ts';
import { openRecord } from '../../../core/envelopes/index.ts';
import { writtenEvents } from '../../../core/envelopes/written-events.ts';
import { EventBytes } from '../../../core/event-bytes.ts';
import { InvalidEventError, rejecting } from '../../../core/invalid-event.ts';
import { MB } from '../../../core/limits.ts';
import { aggregated } from '../../support/aggregated.ts';
import { ARRIVAL, decodeEvent, rejectionOf } from '../../support/decode.ts';
import { bytes, cloudEvent, tweetV2 } from '../../support/events.ts';
import { mistakenLines } from '../../support/processed.ts';

const toBytes = (value: unknown): Buffer => (value instanceof Uint8Array ? Buffer.from(value) : bytes(value));

/** The events of a record as text; `single` where the record is one itself. */
const opened = (value: unknown): string[] | 'single' => {
  const { events, isSingle } = openRecord(toBytes(value));
  return isSingle ? 'single' : events.map(({ data }) => Buffer.from(data).toString());
};

/** The rows of a record, or the reason for each event that has none. */
const outcomes = (value: unknown) =>
  openRecord(toBytes(value)).events.map((event) => {
    try {
      return decodeEvent(event, ARRIVAL);
    } catch (error) {
      expect(error).to.be.instanceOf(InvalidEventError);
      return (error as InvalidEventError).reason;
    }
  });

/** Logs of OpenTelemetry of one service. */
const otlpLogs = (scopeLogs: object[], service = 'shop'): Buffer =>
  bytes({
    resourceLogs: [{ resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] }, scopeLogs }],
  });

/** Whether a path comes for the first time. */
const onceEach =
  (seen = new Set<string>()) =>
  (path: string) =>
    seen.size < seen.add(path).size;

const A = '{"a":"名前 🦊 }{][\\""}';
const B = ' {"b": [1, {"c": "\\\\"}]} ';

describe('a record', () => {
  const envelopes: [name: string, value: string | Uint8Array, events: string[]][] = [
    ['JSON Lines', `${A}\n${B}\r\n\n`, [A, B.trim()]],
    ['objects with tabs between them', `${A}\t${B}\t`, [A, B.trim()]],
    ['JSON Lines after a byte order mark', `\ufeff${A}\n${B}`, [A, B.trim()]],
    ['objects without line ends between them', `${A}${B}${A}`, [A, B.trim(), A]],
    ['a JSON array', `[${A},${B}]`, [A, B.trim()]],
    ['a JSON array over several lines', ` [\n  ${A} ,\n ${B}\n]\n`, [A, B.trim()]],
    ['a JSON array of one', `[${A}]`, [A]],
    ['a JSON array that begins with null', `[null,${A}]`, ['null', A]],
    ['a JSON array with other elements', `[${A}, 1, "x,]", [2, {}], null]`, [A, '1', '"x,]"', '[2, {}]', 'null']],
  ];
  for (const [name, value, events] of envelopes) {
    it(`of ${name} holds each of its events`, () => {
      expect(opened(value)).to.deep.equal(events);
    });

    it(`of ${name} inside of gzip or zlib holds the same`, () => {
      for (const level of [1, 6, 9])
        for (const compress of [gzipSync, deflateSync])
          expect(opened(compress(value, { level }))).to.deep.equal(events);
    });
  }

  it('of an empty array, as a batch of CloudEvents may be, holds no event and rejects none', () => {
    for (const value of ['[]', ' [\n] ', gzipSync('[]')])
      expect(openRecord(toBytes(value))).to.deep.equal({ events: [], notices: 1, isSingle: false });
  });

  it('without a byte, as Debezium puts it behind each deletion, holds no event and rejects none', () => {
    const packed = (data: Uint8Array) => ({ partitionKey: 'k', data });
    const piped = { eventSource: 'aws:kinesis', partitionKey: 'k', data: '' };
    for (const value of [new Uint8Array(), gzipSync('')]) {
      for (const record of [value, aggregated([packed(value)]), bytes(piped), bytes([piped])])
        expect(openRecord(record)).to.deep.equal({ events: [], notices: 1, isSingle: false });
      const among = aggregated([bytes(A), value, bytes(B)].map(packed));
      expect(opened(among)).to.deep.equal([A, B]);
      expect(openRecord(among).notices).to.equal(1);
    }
  });

  const singles: [name: string, value: unknown][] = [
    ['blank lines', '\n\n \n'],
    ['one object', A],
    ['one line and its line end', `${A}\n`],
    ['JSON over several lines', '{\n  "a": 1\n}'],
    ['JSON over several lines that was cut off', '{\n  "a": {"b": 1},\n  "c":'],
    ['an array that was cut off', '[\n{"a":1},\n{"b":2}'],
    ['an array with a comma too many', '[{"a":1},]'],
    ['an array without a comma', '[{"a":1} {"b":2}]'],
    ['an array with something behind it', '[{"a":1}] 2'],
    ['an array of which one element is not JSON', '[{"a":1},{b:2}]'],
    ['an array of numbers', '[1,2]'],
    ['an array of an array', '[[{"a":1}]]'],
    ['an array that begins with a number, as a message of a protocol', '[2, "17", "Readings", {"a":1}]'],
    ['an array that begins with a text, as a message of a protocol', '["17", {"a":1}]'],
    ['lines of which the last was cut off', '{"a":1}\n{"b":2}\n{"c":'],
    ['lines of which one is not an object', '{"a":1}\n2\n{"c":3}'],
    ['lines of which one is a list', '{"a":1}\n[]'],
    ['lines of which one is text', '{"a":1}\nhello'],
    ['a text with a line feed in it', '{"a":"1\n2"}'],
    ['lines of which one is not UTF-8', Buffer.from('7b7d0a7b22ff223a317d', 'hex')],
    ['a text in an object that has no end', '{"a'],
    ['a number', '42'],
    ['bytes', Buffer.from('ffee0080', 'hex')],
  ];
  for (const [name, value] of singles)
    it(`of ${name} is one event as it stands`, () => {
      expect(opened(value)).to.equal('single');
    });

  it('of any JSON objects holds them, however they are joined', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }));
    const texts = fc.array(
      fc.tuple(object, fc.nat(2)).map(([value, indent]) => JSON.stringify(value, undefined, indent)),
      { minLength: 2, maxLength: 6 },
    );
    fc.assert(
      fc.property(texts, (events) => {
        for (const separator of ['', '\n', '\r\n', ' ']) expect(opened(events.join(separator))).to.deep.equal(events);
        expect(opened(`[${events.join()}]`)).to.deep.equal(events);
      }),
      { numRuns: 60 },
    );
  });

  it('throws nothing but its own error, whatever the bytes', () => {
    const piece = fc.constantFrom('[', ']', '{', '}', ',', '"', '\\', '1', ' ', '\n', '"a":', '{}', 'null', '\u001f');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece).map((all) => bytes(all.join(''))),
          fc.uint8Array(),
        ),
        (data) => {
          for (const value of [data, gzipSync(data), gzipSync(data).subarray(0, -4), deflateSync(data).subarray(0, -4)])
            try {
              openRecord(value);
            } catch (error) {
              expect(error).to.be.instanceOf(InvalidEventError);
            }
        },
      ),
      { numRuns: 180 },
    );
  });

  it('that is a batch of CloudEvents has a row for each, and rejects one in its place', () => {
    const found = outcomes([cloudEvent({ id: 'b-1' }), cloudEvent({ id: 7 }), cloudEvent({ id: 'b-2' }), 42]);
    expect(found.map((one) => (typeof one === 'string' ? one : one.Id))).to.deep.equal([
      'b-1',
      'KeyMissing',
      'b-2',
      'NotObject',
    ]);
  });

  it('that is one event inside of gzip has the row of that event', () => {
    expect(opened(gzipSync(bytes(cloudEvent())))).to.equal('single');
    expect(outcomes(gzipSync(bytes(cloudEvent())))).to.deep.equal(outcomes(cloudEvent()));
  });

  it('that is an aggregate holds its user records, which are taken as they are', () => {
    const inner = aggregated([{ partitionKey: 'k', data: bytes('{}') }]);
    const data = aggregated([
      { partitionKey: 'k', data: bytes('{}\n{}') },
      { partitionKey: 'l', data: inner },
    ]);
    for (const record of [data, gzipSync(data)])
      expect(
        openRecord(record).events.map((event) => [event.own?.partitionKey, Buffer.from(event.data)]),
      ).to.deep.equal([
        ['k', bytes('{}\n{}')],
        ['l', inner],
      ]);
  });

  it('that is an aggregate of compressed user records holds what is in them', () => {
    const lines = [gzipSync(`${A}\n`), deflateSync(`${A}\n`), bytes(A)];
    const { events } = openRecord(aggregated(lines.map((data, at) => ({ partitionKey: `k${at}`, data }))));
    expect(events.map(({ object, own }) => [object, own?.partitionKey])).to.deep.equal([
      [JSON.parse(A), 'k0'],
      [JSON.parse(A), 'k1'],
      [JSON.parse(A), 'k2'],
    ]);
  });

  describe('with the header of a schema', () => {
    const schema = (compression: number, body: string | Uint8Array): Buffer =>
      Buffer.concat([Buffer.from([3, compression]), Buffer.alloc(16, 0xab), Buffer.from(body)]);

    it('is what is behind it, by itself, with others and in an aggregate', () => {
      for (const data of [schema(0, A), schema(5, deflateSync(A))])
        for (const record of [data, aggregated([{ partitionKey: 'k', data }])])
          expect(openRecord(record).events.map(({ object }) => object)).to.deep.equal([JSON.parse(A)]);
      expect(opened(schema(0, `[${A},${B}]`))).to.deep.equal([A, B.trim()]);
    });

    it('is kept whole where no JSON is behind it', () => {
      for (const data of [
        schema(0, '\u0002\u0010'),
        schema(0, ''),
        schema(1, A),
        Buffer.from([3, 0]),
        Buffer.from([3]),
      ]) {
        expect(openRecord(data).events.map((event) => Buffer.from(event.data))).to.deep.equal([data]);
        expect(openRecord(aggregated([{ partitionKey: 'k', data }])).events[0]!.data).to.deep.equal(data);
      }
    });
  });

  it('that EventBridge Pipes handed over holds the records of the other stream', () => {
    const piped = { eventSource: 'aws:kinesis', partitionKey: 'k', data: bytes(cloudEvent()).toString('base64') };
    const [event, other] = openRecord(bytes([piped, { hello: 'world' }])).events;
    expect(event!.own).to.include({ partitionKey: 'k' });
    expect(decodeEvent(event!, ARRIVAL)).to.include({ Id: 'reading-1' });
    expect(decodeEvent(other!, ARRIVAL)).to.include({ Type: 'json' });
  });

  it('that looks like a record of another stream and has no data is an event as it stands', () => {
    const bare = { eventSource: 'aws:kinesis', partitionKey: 'k' };
    expect(opened([bare])).to.deep.equal([JSON.stringify(bare)]);
  });

  it('that names partition keys of another stream keeps those that Kinesis takes, and no other', () => {
    const keys = [
      '名前 🦊',
      '🦊'.repeat(128),
      '🦊'.repeat(129),
      'k'.repeat(257),
      'k'.repeat(420_000),
      'half \ud83e',
      '',
      7,
    ];
    const piped = keys.map((partitionKey) => ({ eventSource: 'aws:kinesis', data: 'eA==', partitionKey }));
    expect(openRecord(bytes(piped)).events.map(({ own }) => own?.partitionKey)).to.deep.equal([
      ...keys.slice(0, 2),
      ...Array(6).fill(undefined),
    ]);
  });
});

describe('a subscription of CloudWatch Logs', () => {
  const message = (fields: object = {}): object => ({
    messageType: 'DATA_MESSAGE',
    owner: '111122223333',
    logGroup: '/aws/lambda/hello',
    logStream: '2026/11/25/[$LATEST]abc',
    subscriptionFilters: ['all'],
    logEvents: [
      { id: '1', timestamp: 1764064800000, message: 'START' },
      { id: '2', timestamp: 1764064800001, message: '{"level":"WARN"}', extractedFields: { a: 'b' } },
      { id: '3', timestamp: 'never', message: 'END' },
      'no log event',
      null,
    ],
    ...fields,
  });

  it('has a row for each log event', () => {
    const rows = outcomes(gzipSync(bytes(message())));
    expect(rows[0]).to.deep.equal({
      Username: '/aws/lambda/hello/2026/11/25/[$LATEST]abc',
      Id: '1',
      Timestamp: '2025-11-25T10:00:00.000Z',
      Type: 'aws.logs.event',
      Message: 'START',
      Attributes: {
        account: '111122223333',
        loggroup: '/aws/lambda/hello',
        logstream: '2026/11/25/[$LATEST]abc',
      },
    });
    expect(rows[1])
      .to.include({ Id: '2', Message: '{"level":"WARN"}' })
      .and.have.nested.property('Attributes.extractedFields.a', 'b');
    expect(rows.slice(2)).to.deep.equal(['FieldInvalid', 'KeyMissing', 'KeyMissing']);
  });

  it('has events that hold what their bytes say', () => {
    const odd =
      '{"id":1,"account":"mine","source":null,"n":[1e999,-0,12345678901234567890],"__proto__":{},"message":"\\ud83d"}';
    const text = JSON.stringify(message()).replace('"no log event"', odd);
    const { events } = openRecord(Buffer.from(text));
    for (const { data, json, exactJson } of events)
      expect([json, exactJson]).to.deep.equal([new EventBytes(data).json, new EventBytes(data).exactJson]);
    expect(events[3]!.object).to.deep.include({ account: '111122223333', n: [null, 0, 12345678901234567000] });
  });

  it('has its log group for its source where it names no log stream', () => {
    expect(outcomes(message({ logStream: null }))[0]).to.include({ Username: '/aws/lambda/hello' });
  });

  it('is nothing that lacks its log events, or has a type that CloudWatch Logs does not have', () => {
    for (const other of [message({ logEvents: undefined }), message({ messageType: 'ORDER' })])
      expect(opened(other)).to.equal('single');
  });

  it('has a notice for its control message, and where it has no log event, and no event', () => {
    const control = message({ messageType: 'CONTROL_MESSAGE', logEvents: [{ id: '', timestamp: 1, message: 'CWL' }] });
    for (const one of [control, message({ logEvents: [] })])
      expect(openRecord(gzipSync(bytes(one)))).to.deep.equal({ events: [], notices: 1, isSingle: false });
  });
});

describe('a page of the v2 API', () => {
  it('has a row for each of its tweets, with its author and its original', () => {
    const page = {
      data: [
        { id: '11', text: 'mine', author_id: '3' },
        { id: '12', text: 'RT @fan: mi…', author_id: '4', referenced_tweets: [{ type: 'retweeted', id: '10' }] },
      ],
      includes: {
        users: [{ id: '3', name: 'Fan', username: 'fan' }],
        tweets: [{ id: '10', text: 'the whole text' }],
      },
      meta: { result_count: 2 },
    };
    const own = page.data.map((tweet) => ({ ...tweet, edit_history_tweet_ids: [tweet.id] }));
    expect(openRecord(bytes({ ...page, type: 'tweets', data: own })).isSingle).to.equal(false);
    for (const other of [
      { type: 'comments' },
      { specversion: '1.0', data: own },
      { data: [...page.data, { id: 'x' }] },
      { data: [] },
    ])
      expect(openRecord(bytes({ ...page, ...other })).isSingle).to.equal(true);
    expect(outcomes(page)).to.deep.equal([
      { Username: 'Fan', Id: '11', Timestamp: ARRIVAL.at.toISOString(), Type: 'tweet', Message: 'mine' },
      {
        Username: '4',
        Id: '12',
        Timestamp: ARRIVAL.at.toISOString(),
        Type: 'tweet',
        Message: 'RT @fan: the whole text',
      },
    ]);
    const newer = JSON.stringify(page).replace('referenced_tweets', 'referenced_posts').replace('"tweets"', '"posts"');
    expect(outcomes(JSON.parse(newer))).to.deep.equal(outcomes(page));
  });

  it('has an original once in each tweet, however often the tweet names it', () => {
    const original = { id: '10', text: 'x'.repeat(400_000) };
    const referenced_tweets = Array(30_000).fill({ type: 'quoted', id: '10' });
    const page = { data: [{ id: '11', text: 'a', referenced_tweets }], includes: { tweets: [original] } };
    const [event] = openRecord(bytes(page)).events;
    expect(event!.json).to.have.nested.property('includes.tweets').deep.equals([original]);
  });

  it('is not a list of other data, nor a tweet', () => {
    for (const value of [{ data: [] }, { data: [{ id: 'a', text: 'b' }] }, { data: [1] }, tweetV2()])
      expect(opened(value)).to.equal('single');
  });
});

describe('a hostile record', () => {
  const many = MAX_EVENTS + 1;
  const records: [name: string, data: Buffer][] = [
    ['objects', bytes('{}'.repeat(many))],
    ['lines', bytes('{}\n'.repeat(many))],
    ['elements', bytes(`[${'{},'.repeat(MAX_EVENTS)}{}]`)],
    ['numbers', bytes(`[${'1,'.repeat(MAX_EVENTS)}1]`)],
    ['user records', aggregated(Array.from({ length: many }, () => ({ partitionKey: 'k', data: bytes('{}') })))],
    ['log events', bytes({ messageType: 'DATA_MESSAGE', logGroup: 'g', logEvents: Array(many).fill({}) })],
    ['tweets', bytes({ data: Array(many).fill({ id: '1', text: '' }) })],
    ['log records', otlpLogs([{ logRecords: Array(MAX_EVENTS).fill({}) }, { logRecords: [{}] }])],
  ];
  for (const [name, data] of records)
    it(`of too many ${name} is set aside whole`, () => {
      for (const record of [data, gzipSync(data)])
        expect(rejectionOf(() => openRecord(record)).reason).to.equal('TooManyEvents');
    });

  const attributes = [{ key: 'service.name', value: { stringValue: 'shop' } }];
  const told = { resource: { attributes }, scope: { name: 'basket' } };
  const signals = [{ timeUnixNano: '1795176000123456789', body: { stringValue: 'said' }, attributes }];
  const wellFormed: [name: string, record: object][] = [
    [
      'a subscription',
      { messageType: 'DATA_MESSAGE', logGroup: 'g', logEvents: [{ id: '1', timestamp: 1, message: 'm' }] },
    ],
    ['log records', { resourceLogs: [{ ...told, scopeLogs: [{ logRecords: signals }] }] }],
    [
      'points',
      { resourceMetrics: [{ ...told, scopeMetrics: [{ metrics: [{ name: 'm', sum: { dataPoints: signals } }] }] }] },
    ],
    [
      'SenML',
      [
        { bn: 'm', bt: 1795176000, bu: 'V', bv: 1, bs: 1, n: 'a', v: 1 },
        { n: 'b', t: -5, v: 2, s: 1, u: 'A' },
      ],
    ],
    [
      'tweets',
      {
        data: [{ id: '1', text: 'RT', author_id: '2', referenced_tweets: [{ type: 'retweeted', id: '3' }] }],
        includes: { users: [{ id: '2', name: 'n' }], tweets: [{ id: '3', text: 'whole' }] },
      },
    ],
    [
      'a queue',
      [{ eventSource: 'aws:sqs', messageId: 'm', body: '{}', attributes: { SentTimestamp: '1795176000123' } }],
    ],
    [
      'a topic',
      [{ eventSource: 'aws:kafka', eventSourceKey: 't-0', offset: 1, timestamp: 1795176000123, value: 'e30=' }],
    ],
  ];
  for (const [name, record] of wellFormed)
    it(`of ${name} may have anything in any field: an event is rejected, or the record, and no call fails`, () => {
      for (const line of mistakenLines(JSON.stringify(record), onceEach())) {
        const made = rejecting(() => outcomes(line));
        expect('rejection' in made ? [made.rejection.reason] : made.value, line).to.not.include('ProcessorFailed');
      }
    });

  const sharing: [name: string, data: Buffer][] = [
    [
      'the name of a log group',
      bytes({ messageType: 'DATA_MESSAGE', logGroup: 'g'.repeat(900_000), logEvents: Array(MAX_EVENTS).fill({}) }),
    ],
    [
      'an author',
      bytes({
        data: Array(MAX_EVENTS).fill({ id: '1', text: '', author_id: '2' }),
        includes: { users: [{ id: '2', name: 'n'.repeat(400_000) }] },
      }),
    ],
    ['a resource', otlpLogs(Array(MAX_EVENTS).fill({ logRecords: [{}] }), 'r'.repeat(500_000))],
  ];
  for (const [name, data] of sharing)
    it(`whose events share ${name} is set aside before they come to gigabytes`, () => {
      expect(rejectionOf(() => openRecord(data)))
        .to.include({ reason: 'TooLarge' })
        .and.match(/more than 40 MiB/);
    });

  it('with a long resource of many scopes without a log record holds no event, and the resource is not written for each', () => {
    const scopes = [...Array(20_000).fill({}), { logRecords: [{ body: { stringValue: 'said' } }] }];
    expect(openRecord(otlpLogs(scopes, 'r'.repeat(500_000))).events).to.have.length(1);
  });

  it('whose events would come to gigabytes is set aside before the first of them is written', () => {
    const write = (): never => expect.fail('an event was written');
    const reason = rejectionOf(() =>
      writtenEvents([{ parts: Array(MAX_EVENTS), write, shared: { name: 'n'.repeat(5_000) } }]),
    ).reason;
    expect(reason).to.equal('TooLarge');
  });

  it('is not one whose events have names as long as CloudWatch Logs allows', () => {
    const logEvents = Array.from({ length: MAX_EVENTS }, (_, index) => ({ id: `${index}`.padStart(56), timestamp: 1 }));
    const names = { owner: '111122223333', logGroup: 'g'.repeat(512), logStream: 's'.repeat(512) };
    const room = 10 * MB - bytes({ logEvents }).length - 2_000;
    const message = {
      messageType: 'DATA_MESSAGE',
      ...names,
      logEvents: [...logEvents.slice(1), { id: 'x', message: 'm'.repeat(room) }],
    };
    expect(openRecord(bytes(message)).events).to.have.length(MAX_EVENTS);
  });

  it('may hold as many events as are allowed', () => {
    expect(openRecord(bytes('{}'.repeat(MAX_EVENTS))).events).to.have.length(MAX_EVENTS);
    expect(openRecord(bytes(`[${'{},'.repeat(MAX_EVENTS - 1)}{}]`)).events).to.have.length(MAX_EVENTS);
  });

  for (const [name, compress] of [['gzip', gzipSync] as const, ['zlib', deflateSync] as const])
    it(`of ${name} that inflates to more than any record is refused, and so is broken ${name}`, () => {
      const bomb = compress(Buffer.alloc(11 * MB));
      expect(rejectionOf(() => openRecord(bomb)))
        .to.include({ reason: 'GzipInvalid' })
        .and.match(new RegExp(`the ${name} holds more than 10 MiB`));
      const broken = compress(bytes(cloudEvent())).subarray(0, -9);
      expect(rejectionOf(() => openRecord(broken)))
        .to.include({ reason: 'GzipInvalid' })
        .and.match(new RegExp(`the ${name} is broken`));
    });

  it('of compressed data holds all of it, or is refused, whatever is behind the first', () => {
    const line = bytes(`${A}\n`);
    const [packed, deflated] = [gzipSync(line), deflateSync(line)];
    expect(opened(Buffer.concat([packed, packed]))).to.deep.equal([A, A]);
    for (const [first, rest] of [
      [deflated, deflated],
      [deflated, packed],
      [deflated, line],
      [packed, deflated],
      [packed, line],
    ])
      for (const between of [bytes(''), bytes('\n'), Buffer.alloc(9)]) {
        const data = Buffer.concat([first!, between, rest!]);
        for (const record of [data, aggregated([{ partitionKey: 'k', data }])])
          expect(rejectionOf(() => openRecord(record)).reason).to.equal('GzipInvalid');
      }
    const ended = [packed, deflated].map((first) => Buffer.concat([first, Buffer.alloc(4)]));
    for (const record of [...ended, Buffer.concat([deflated, bytes('\r\n')])])
      expect(openRecord(record).events[0]?.object).to.deep.equal(JSON.parse(A));
  });

  it('of user records that inflate to gigabytes is set aside before they have', () => {
    const data = gzipSync(Buffer.alloc(9 * MB));
    const records = Array.from({ length: 100 }, (_, at) => ({ partitionKey: `${at}`, data }));
    expect(rejectionOf(() => openRecord(aggregated(records))).reason).to.equal('TooLarge');
    const broken = [{ partitionKey: 'k', data: data.subarray(0, -9) }];
    expect(rejectionOf(() => openRecord(aggregated(broken))).reason).to.equal('GzipInvalid');
  });

  it('of text that begins as zlib may is text', () => {
    for (const text of ['x', 'x^2', 'xy']) expect(opened(text)).to.equal('single');
  });

  it('whose levels have no end is opened without an end of the stack', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    for (const value of [deep, `[{"a":${deep}},{}]`, `{"a":${deep}}{}`, '['.repeat(200_000), '{"a":'.repeat(200_000)])
      openRecord(bytes(value));
    const shallower = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const page = `{"data":[{"id":"1","text":"a","b":${shallower}}]}`;
    // From Node 26 on JSON.stringify writes any number of levels.
    try {
      expect(openRecord(bytes(page)).events).to.have.length(1);
    } catch (error) {
      expect(error).to.include({ reason: 'TooDeep' });
    }
  });

  it('with an event that no text has room for is too large, not too deep', () => {
    const huge = {
      toJSON: () => {
        throw new RangeError('Invalid string length');
      },
    };
    expect(rejectionOf(() => writtenEvents([{ parts: [huge], write: (part) => part as never }])).reason).to.equal(
      'TooLarge',
    );
  });
});

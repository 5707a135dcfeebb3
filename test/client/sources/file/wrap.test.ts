import { randomUUID } from 'node:crypto';
import { copyFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { expect } from 'chai';
import fc from 'fast-check';
import { monotonicClock, systemClock } from '../../../../aws/system-clock.ts';
import { type DeliveryOptions, deliver } from '../../../../client/delivery.ts';
import { type LineEvent, linesSource } from '../../../../client/sources/file/lines.ts';
import { eventMaker } from '../../../../client/sources/file/to-event.ts';
import { type WrapOptions, wrapFile, wrapPipe } from '../../../../client/sources/file/wrap.ts';
import { openSource } from '../../../../client/sources/open.ts';
import type { Source } from '../../../../client/sources/source.ts';
import type { SourceSettings } from '../../../../client/sources/source-settings.ts';
import { isObject, type JsonObject } from '../../../../core/json.ts';
import { KEY_BYTES } from '../../../../core/limits.ts';
import { type SourceEvent, toSourceEvent } from '../../../../core/source-event.ts';
import { anyText } from '../../../support/any-text.ts';
import { eachOf } from '../../../support/batches.ts';
import { decode, decodeEvent } from '../../../support/decode.ts';
import { emptyFolder } from '../../../support/empty-folder.ts';
import { eventsOf } from '../../../support/file-source.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const ARRIVED = new Date('2026-11-21T00:00:00Z');
const OPTIONS: WrapOptions = {
  type: 'com.example.log',
  hostname: 'web-1',
  isOrdered: false,
  calendar: { now: () => NOW },
  runId: 'run',
};
const context = { signal: new AbortController().signal };

const all = async (source: Source): Promise<LineEvent[]> => {
  const events: LineEvent[] = [];
  for await (const event of eachOf(source)) events.push(event as LineEvent);
  return events;
};

const jsonOf = ({ data }: { data: Uint8Array }): JsonObject => {
  const json: unknown = JSON.parse(Buffer.from(data).toString());
  if (!isObject(json)) throw new Error('expected an object');
  return json;
};

const idsOf = (events: LineEvent[]) => events.map((event) => jsonOf(event).id);

const piped = (bytes: Buffer | string, options: Partial<WrapOptions> = {}): Promise<LineEvent[]> => {
  const chunks = async function* () {
    yield Buffer.from(bytes);
  };
  return all(linesSource(chunks(), context.signal, { toEvent: wrapPipe(undefined, { ...OPTIONS, ...options }) }));
};

describe('wrapped lines of a pipe', () => {
  it('are CloudEvents of their arrival, numbered within their run; blank lines count, but are left out', async () => {
    const events = await piped('GET / 200\r\n\n \t\n{"limit":{"track":5}}\n終わり 🦊');
    expect(events.map(jsonOf)).to.deep.equal(
      [
        { id: 'run-0000000000000001', datacontenttype: 'text/plain', data: 'GET / 200' },
        { id: 'run-0000000000000004', datacontenttype: 'application/json', data: { limit: { track: 5 } } },
        { id: 'run-0000000000000005', datacontenttype: 'text/plain', data: '終わり 🦊' },
      ].map((event) => ({
        specversion: '1.0',
        source: '/web-1/stdin',
        subject: event.id,
        type: 'com.example.log',
        time: '2026-11-20T12:00:00.000Z',
        ...event,
      })),
    );
    expect(events.map(({ time, end }) => ({ time, end }))).to.deep.equal([
      { time: NOW, end: 11 },
      { time: NOW, end: 37 },
      { time: NOW, end: 51 },
    ]);
  });

  it('name the path of a pipe that has one', () => {
    const event = wrapPipe('/run/log pipe', OPTIONS)(Buffer.from('one'), { number: 1, start: 0 });
    expect(jsonOf(event).source).to.equal('/web-1/run/log%20pipe');
  });

  it('come back as their text, in every script, each under a key of its own', async () => {
    const text = anyText()
      .map((found) => found.toWellFormed().replace(/\n/g, ''))
      // JSON objects and arrays come back as data.
      .filter((found) => /[^\s]/.test(found) && !/^\s*[[{]/.test(found) && !found.endsWith('\r'));
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom('', '\n', '\r\n'), async (line, lineEnd) => {
        const [event, ...others] = await piped(`${line}${lineEnd}`);
        expect(others).to.be.empty;
        expect(decodeEvent(event!.data, { at: ARRIVED, partitionKey: 'any' })).to.deep.equal({
          Username: 'run-0000000000000001',
          Id: '/web-1/stdin run-0000000000000001',
          Timestamp: '2026-11-20T12:00:00.000Z',
          Type: 'com.example.log',
          Message: line,
          Attributes: { source: '/web-1/stdin', datacontenttype: 'text/plain' },
        });
      }),
      { seed: 17 },
    );
  });

  it('come back as their bytes where they are not UTF-8', async () => {
    const bytes = fc
      .uint8Array({ minLength: 1 })
      .map((found) => Buffer.concat([Buffer.of(0xff), found.filter((byte) => byte !== 0x0a && byte !== 0x0d)]));
    await fc.assert(
      fc.asyncProperty(bytes, async (line) => {
        const [event] = await piped(Buffer.concat([line, Buffer.from('\r\n')]));
        expect(jsonOf(event!))
          .to.include({ datacontenttype: 'application/octet-stream' })
          .and.not.to.have.property('data');
        expect(decodeEvent(event!.data, { at: ARRIVED, partitionKey: 'any' }).Data).to.deep.equal(line);
      }),
      { seed: 17 },
    );
  });

  const rowOf = ({ data, partitionKey }: SourceEvent) => decodeEvent(data, { at: ARRIVED, partitionKey });

  it('come back as data where they are JSON, with every digit', async () => {
    const [object, array, number] = await piped(' {"n":12345678901234567890.5,"a":[1]}\n[1,2]\n42');
    expect(JSON.stringify(rowOf(object!).Data)).to.contain('12345678901234567890.5');
    expect(rowOf(array!).Data).to.deep.equal([1, 2]);
    expect(rowOf(number!)).to.include({ Message: '42' });
  });

  it('come back as data behind the byte order mark of a file that was put after another', async () => {
    const events = await piped('\ufeff{"a":1}\n\ufeff{"a":2}\n');
    expect(events.map((event) => rowOf(event).Data)).to.deep.equal([{ a: 1 }, { a: 2 }]);
  });

  it('take key, id, time and type from the fields of JSON, and keep their own without them', async () => {
    const fields = { key: 'user.id', id: 'order', time: 'at', type: 'what' };
    const [named, plain] = await piped('{"user":{"id":7},"order":"o-1","at":1795176000,"what":"sold"}\n{"user":1}\n', {
      fields,
    });
    expect(named!.partitionKey).to.equal('7');
    expect(rowOf(named!)).to.include({
      Username: '7',
      Id: '/web-1/stdin o-1',
      Timestamp: '2026-11-20T12:00:00.000Z',
      Type: 'sold',
    });
    expect(rowOf(plain!)).to.include({ Username: 'run-0000000000000002', Type: 'com.example.log' });
    expect(toSourceEvent(named!.data)).to.include({ partitionKey: '7' });
  });

  it('have the time that their JSON names, as plain JSON has', async () => {
    const lines = [
      '{"@timestamp":"2026-11-19T08:00:00.5+01:00"}',
      '{"ts":1795176000.25}',
      '{"time":"noon"}',
      '["2026"]',
    ];
    const events = await piped(lines.join('\n'), { fields: { time: 'at' } });
    const arrived = '2026-11-20T12:00:00.000Z';
    expect(events.map((event) => rowOf(event).Timestamp)).to.deep.equal([
      '2026-11-19T07:00:00.500Z',
      '2026-11-20T12:00:00.250Z',
      arrived,
      arrived,
    ]);
  });

  it('are not wrapped twice', async () => {
    const event = JSON.stringify({ specversion: '1.0', id: '1', source: '/a', type: 'x' });
    const [found] = await piped(`${event}\n`);
    expect(Buffer.from(found!.data).toString()).to.equal(event);
    expect(found!.partitionKey).to.equal('1');
  });

  it('have each a partition key of its own, which its bytes give again', async () => {
    const events = await piped('one\ntwo');
    expect(events.map(({ partitionKey }) => partitionKey)).to.deep.equal(idsOf(events));
    for (const { partitionKey, data } of events) expect(toSourceEvent(data)).to.include({ partitionKey });
  });

  for (const hostname of ['web-1', 'h'.repeat(300)])
    it(`share one where order counts, which their bytes give again, with a name of ${hostname.length}`, async () => {
      const events = await piped('one\ntwo', { isOrdered: true, hostname });
      const [key, ...others] = new Set(events.map(({ partitionKey }) => partitionKey));
      expect(others).to.be.empty;
      expect(key === `/${hostname}/stdin`).to.equal(hostname === 'web-1');
      for (const { partitionKey, data } of events) expect(toSourceEvent(data)).to.include({ partitionKey });
    });
});

describe('wrapped lines of a file', () => {
  const folder = emptyFolder();
  const log = join(folder, 'access log.txt');

  const read = (begin = 0): Promise<LineEvent[]> =>
    eventsOf(log, { start: begin, toEvents: eventMaker({}, { wrap: OPTIONS }) });

  it('name their path, percent-encoded, and no time', async () => {
    await writeFile(log, 'one\n');
    const [event] = await read();
    const { source, ...json } = jsonOf(event!);
    expect(source).to.match(/^\/web-1\/.+\/access%20log\.txt$/);
    expect(decodeURIComponent(String(source))).to.equal(`/web-1${log}`);
    expect(json).to.not.have.property('time');
    expect(event).to.not.have.property('time');
  });

  it('name a path as a URI may hold it, whatever it holds', async () => {
    const path = fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => !name.includes('\0'));
    fc.assert(
      fc.property(path, (name) => {
        const event = wrapFile(name, '1', OPTIONS)(Buffer.from('one'), { number: 1, start: 0 });
        expect(jsonOf(event).source).to.match(/^(\/([\w.!~*'()-]|%[0-9A-F]{2})+)+$/);
      }),
      { seed: 17 },
    );
  });

  it('name the hash of a path that would make the Id of a row too long', () => {
    const runId = randomUUID();
    const sourceAt = (characters: number, name: string): string => {
      const path = `/${'ログ'.repeat(50)}${'a'.repeat(characters)}/${name}`;
      const place = { number: Number.MAX_SAFE_INTEGER, start: Number.MAX_SAFE_INTEGER };
      for (const wrap of [wrapFile(path, '1', OPTIONS), wrapPipe(path, { ...OPTIONS, runId })])
        expect(Buffer.byteLength(decode(wrap(Buffer.from('one'), place).data).Id)).to.be.at.most(KEY_BYTES.sort);
      return String(jsonOf(wrapFile(path, '1', OPTIONS)(Buffer.from('one'), place)).source);
    };
    expect(sourceAt(57, '1.log')).to.match(/a\/1\.log$/);
    expect(sourceAt(58, '1.log')).to.match(/^\/web-1\/[0-9a-f]{64}$/);
    expect(sourceAt(58, '1.log')).to.not.equal(sourceAt(58, '2.log'));
  });

  it('have the same ids in every run, from wherever it begins, and ids that sort as the lines do', async () => {
    const line = fc.string({ unit: 'grapheme' }).map((found) => found.replace(/[\r\n]/g, ''));
    const text = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\n\n')), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(text, async (parts) => {
        await writeFile(log, parts.flat().join(''));
        const events = await read();
        const ids = idsOf(events);
        expect([...ids].sort()).to.deep.equal(ids);
        expect(new Set(ids).size).to.equal(ids.length);
        for (const [i, { end }] of events.entries()) expect(idsOf(await read(end))).to.deep.equal(ids.slice(i + 1));
      }),
      { seed: 17, numRuns: 10 },
    );
  });

  it('have others after a rotation by a new file, and by a copy', async () => {
    await writeFile(log, 'morning\nthe same\n');
    const ids = idsOf(await read());
    await copyFile(log, join(folder, 'access.log.1'));
    await writeFile(log, 'evening\nthe same\n');
    expect(idsOf(await read())[0]).to.not.equal(ids[0]);
    await rename(log, join(folder, 'access.log.2'));
    await writeFile(log, 'morning\nthe same\n');
    expect(idsOf(await read()).filter((id) => ids.includes(id))).to.be.empty;
  });
});

describe('--wrap', () => {
  const folder = emptyFolder();

  it('delivers a log in two runs under the ids that one run gives it, on one shard where order counts', async () => {
    const file = join(folder, 'access.log');
    await writeFile(file, Array.from({ length: 50 }, (_, i) => `GET /${i} 🦊\r\n\n`).join(''));
    const sent: SourceEvent[] = [];
    const runOf = (settings: Partial<DeliveryOptions['settings']>) =>
      deliver({
        settings: { source: 'file', file, track: [], wrap: 'com.example.log', patienceMs: 300_000, ...settings },
        putRecords: async (events) =>
          events.map((event) => ({ shardId: 'shard', sequenceNumber: String(sent.push(event)) })),
        clock: monotonicClock,
        calendar: systemClock,
        drain: context.signal,
        stop: context.signal,
      });
    const idsAndKeys = () => sent.splice(0).map((event) => [jsonOf(event).id, event.partitionKey]);
    const checkpoint = join(folder, 'checkpoint');
    expect(await runOf({ checkpoint, max: 20 })).to.include({ sent: 20, failed: 0 });
    expect(await runOf({ checkpoint })).to.include({ sent: 30, failed: 0 });
    const inTwo = idsAndKeys();
    await runOf({});
    expect(inTwo).to.deep.equal(idsAndKeys());
    expect(inTwo.every(([id, key]) => id === key)).to.equal(true);
    await runOf({ ordered: true });
    const [key, ...others] = new Set(sent.map(({ partitionKey }) => partitionKey));
    expect(key).to.match(/^\/.+\/access\.log$/);
    expect(others).to.be.empty;
  });

  it('wraps what standard input brings, with ids that no other run has', async () => {
    const wrapped = async (): Promise<LineEvent[]> => {
      const stdin = () => Readable.from([Buffer.from('a\nb\n')]);
      const settings: SourceSettings = { source: 'stdin', track: [], wrap: 'com.example.log' };
      return all(
        await openSource(settings, { ...context, clock: systemClock, calendar: systemClock, note: () => {}, stdin }),
      );
    };
    const events = [...(await wrapped()), ...(await wrapped())].map(jsonOf);
    expect(events.map(({ type, data }) => [type, data])).to.deep.equal(
      ['a', 'b', 'a', 'b'].map((data) => ['com.example.log', data]),
    );
    expect(new Set(events.map(({ id }) => id))).to.have.property('size', 4);
    expect(new Set(events.map(({ partitionkey }) => partitionkey))).to.deep.equal(new Set([undefined]));
  });

  it('hands out each line as it comes, while standard input stays open', async () => {
    const stdin = new PassThrough();
    const settings = { source: 'stdin' as const, track: [], wrap: 'com.example.log', ordered: true };
    const opened = await openSource(settings, {
      ...context,
      clock: systemClock,
      calendar: systemClock,
      note: () => {},
      stdin: () => stdin,
    });
    const source = eachOf(opened)[Symbol.asyncIterator]();
    stdin.write('first\nsec');
    const found = [await source.next()];
    stdin.end('ond\n');
    found.push(await source.next());
    expect((await source.next()).done).to.equal(true);
    const events = found.map(({ value }) => jsonOf(value));
    expect(events.map(({ data, source, partitionkey }) => [data, partitionkey === source])).to.deep.equal([
      ['first', true],
      ['second', true],
    ]);
  });
});

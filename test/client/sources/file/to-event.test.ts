import { hash } from 'node:crypto';
import { expect } from 'chai';
import { eventMaker } from '../../../../client/sources/file/to-event.ts';
import type { EventData } from '../../../../core/event-data.ts';
import { anyObject } from '../../../../core/shapes/any-object.ts';
import { toSourceEvent } from '../../../../core/source-event.ts';
import { decodeEvent } from '../../../support/decode.ts';
import { tweetV2 } from '../../../support/events.ts';

const AT = new Date('2026-11-21T00:00:00Z');
const PLACE = { number: 1, start: 0 };

/** The row that a line has in the end. */
const rowOf = (line: string, fields: Parameters<typeof eventMaker>[0] = {}): EventData => {
  const { data, partitionKey } = eventMaker(fields).ofPipe(undefined)(Buffer.from(line), PLACE);
  // A spooled event has the same key when it is read again.
  if (Object.keys(fields).some((name) => name !== 'key')) expect(toSourceEvent(data)).to.include({ partitionKey });
  return decodeEvent(data, { at: AT, partitionKey });
};

describe('plain JSON with fields', () => {
  const line = '{"meter":"m-7","id":"r-1","reading":"x","at":"2026-11-20T13:00:00+01:00","n":1.50}';

  it('has the row that it has by itself, but for what the fields say', () => {
    const own = rowOf(line, { key: 'meter' });
    expect(own).to.include({ Username: 'm-7', Id: 'r-1', Timestamp: AT.toISOString(), Type: 'json' });
    expect(rowOf(line, { key: 'meter', time: 'none' })).to.deep.equal(own);
    expect(rowOf(line, { key: 'meter', id: 'reading' })).to.deep.equal({ ...own, Id: 'x' });
    expect(rowOf(line, { key: 'meter', type: 'reading' })).to.deep.equal({ ...own, Type: 'x' });
    expect(rowOf(line, { key: 'meter', time: 'at' })).to.deep.equal({ ...own, Timestamp: '2026-11-20T12:00:00.000Z' });
  });

  it('has its id as its key where no field is one, so that a repeat overwrites its row', () => {
    expect(rowOf(line, { id: 'reading' })).to.include({ Username: 'x', Id: 'x' });
    const own = rowOf('{"a":1}');
    expect(rowOf('{"a":1}', { type: 'none' })).to.deep.equal(own);
  });

  it('keeps every digit of an id', () => {
    expect(rowOf('{"n":12345678901234567891}', { id: 'n' })).to.include({ Id: '12345678901234567891' });
    expect(rowOf('{"id":12345678901234567891}', { type: 'n' })).to.include({ Id: '12345678901234567891' });
  });

  it('takes a time that is a number, whatever it counts', () => {
    for (const ts of [1_795_176_000, '1795176000000000000'])
      expect(rowOf(JSON.stringify({ time: 'soon', ts }), { time: 'ts' }).Timestamp).to.equal(
        '2026-11-20T12:00:00.000Z',
      );
  });

  it('tells once of each field that holds nothing, also where lines are wrapped', () => {
    const fields = { key: 'Meter', id: 'no.id', time: 'at', type: 'meter' };
    const wrap = { type: 'log', hostname: 'web-1', isOrdered: false, calendar: { now: () => 0 }, runId: 'run' };
    for (const options of [{}, { wrap }]) {
      const said: string[] = [];
      const { ofPipe } = eventMaker(fields, { ...options, note: ({ message }) => said.push(message) });
      // No machine knows which time that is.
      for (const at of ['2026-11-20T12:00:00', 'soon'])
        ofPipe(undefined)(Buffer.from(JSON.stringify({ meter: 'm-1', at })), PLACE);
      expect(said).to.deep.equal([
        'an event has no text or number in the field of --key Meter, and is sent as without that',
        'an event has no text or number in the field of --id no.id, and is sent as without that',
        'an event has no time in the field of --time at, and is sent as without that; expected RFC 3339 with its offset, or a number since 1970',
      ]);
    }
  });

  it('stays as it is where the shape of a processor fails on it', () => {
    const matches = (): never => {
      throw new TypeError('cannot read a field of nothing');
    };
    const { ofPipe } = eventMaker({ id: 'meter' }, { shapes: [{ ...anyObject, matches }] });
    const data = Buffer.from(line);
    expect(ofPipe(undefined)(data, PLACE)).to.deep.equal({ data, partitionKey: hash('sha256', data), isKeyless: true });
  });

  it('stays as it is where the processor takes no CloudEvents', () => {
    const { ofPipe } = eventMaker({ id: 'meter' }, { shapes: [anyObject] });
    const { data } = ofPipe(undefined)(Buffer.from(line), PLACE);
    expect(data.toString()).to.equal(line);
  });

  it('stays as it is where it has another shape, or is not JSON', () => {
    const tweet = JSON.stringify(tweetV2());
    const { ofPipe } = eventMaker({ id: 'data', type: 'data' });
    for (const text of [tweet, 'no JSON', '[1]'])
      expect(ofPipe(undefined)(Buffer.from(text), PLACE)).to.deep.equal(toSourceEvent(Buffer.from(text)));
  });
});

import { expect } from 'chai';
import { jsonLinesOf } from '../../../core/envelopes/json-lines.ts';
import { userRecordsOf } from '../../../core/envelopes/user-records.ts';
import { aggregated } from '../../support/aggregated.ts';
import { bytes } from '../../support/events.ts';

const linesOf = (text: string | Uint8Array) =>
  jsonLinesOf(typeof text === 'string' ? bytes(text) : text)?.map((line) => Buffer.from(line).toString());

describe('JSON Lines', () => {
  it('are the lines that are not blank', () => {
    expect(linesOf('{"a":1}\n{"b":"名前 🦊"}')).to.deep.equal(['{"a":1}', '{"b":"名前 🦊"}']);
    expect(linesOf('\n{"a":1}\n \t\r\n{}\n\n')).to.deep.equal(['{"a":1}', '{}']);
    expect(linesOf('{"a":1}\r\n {"b":2} \r\n')).to.deep.equal(['{"a":1}\r', ' {"b":2} \r']);
  });

  const others: [name: string, text: string | Uint8Array][] = [
    ['nothing', ''],
    ['blank lines', '\n\n \n'],
    ['one line', '{"a":1}'],
    ['one line and its line end', '{"a":1}\n'],
    ['JSON over several lines', '{\n  "a": 1\n}'],
    ['JSON over several lines that was cut off', '{\n  "a": {"b": 1},\n  "c":'],
    ['a list over several lines that was cut off', '[\n{"a":1},\n{"b":2}'],
    ['lines of which the last was cut off', '{"a":1}\n{"b":2}\n{"c":'],
    ['lines of which one is no object', '{"a":1}\n2\n{"c":3}'],
    ['lines of which one is a list', '{"a":1}\n[]'],
    ['lines of which one is text', '{"a":1}\nhello'],
    ['two objects in one line', '{"a":1}{"b":2}\n{"c":3}'],
    ['a text with a line feed in it', '{"a":"1\n2"}'],
    ['lines of which one is not UTF-8', Buffer.from('7b7d0a7b22ff223a317d', 'hex')],
  ];
  for (const [name, text] of others)
    it(`are not ${name}`, () => {
      expect(linesOf(text)).to.equal(undefined);
    });
});

describe('the events of a record', () => {
  const found = (data: Uint8Array) => userRecordsOf(data).map((one) => Buffer.from(one).toString());

  it('are its user records, which are taken as they are', () => {
    const inner = aggregated([{ partitionKey: 'k', data: bytes('{}') }]);
    const data = aggregated([
      { partitionKey: 'k', data: bytes('{}\n{}') },
      { partitionKey: 'k', data: inner },
    ]);
    expect(found(data)).to.deep.equal(['{}\n{}', inner.toString()]);
  });

  it('are its lines', () => {
    expect(found(bytes('{"a":1}\n{"b":2}\n'))).to.deep.equal(['{"a":1}', '{"b":2}']);
  });

  it('are all of it otherwise, no JSON included', () => {
    for (const text of ['{"a":1}\n', '{\n"cut', '']) expect(found(bytes(text))).to.deep.equal([text]);
  });
});

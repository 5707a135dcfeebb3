import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import type { EventData } from '../../core/event-data.ts';
import { exactNumber } from '../../core/exact-number.ts';
import { InvalidEventError } from '../../core/invalid-event.ts';
import { GROUP_BYTES, type Processor, ROWS_OF_AN_EVENT, rowsOf } from '../../core/processor.ts';
import { anyObject } from '../../core/shapes/any-object.ts';
import { rejectionOf } from '../support/decode.ts';

const ROW: EventData = { Username: 'u', Id: '1', Timestamp: '2026-11-20T12:00:00.000Z', Type: 'event' };

/** A processor of one property, which may be wrong in ways that no type allows. */
const having = (parts: object): Processor => ({ shapes: [anyObject], ...parts });

describe('what becomes of an event', () => {
  it('is its row where the processor has no process', () => {
    expect(rowsOf(having({}), ROW)).to.deep.equal([ROW]);
  });

  it('is nothing where process drops it', () => {
    expect(rowsOf(having({ process: () => undefined }), ROW)).to.deep.equal([]);
    expect(rowsOf(having({ process: () => [] }), ROW)).to.deep.equal([]);
  });

  it('is one row or several', () => {
    const other = { ...ROW, Id: '2' };
    expect(rowsOf(having({ process: () => other }), ROW)).to.deep.equal([other]);
    expect(rowsOf(having({ process: (row: EventData) => [row, other] }), ROW)).to.deep.equal([ROW, other]);
  });

  it('is a rejection with the reason that process gives', () => {
    const process = (): never => {
      throw new InvalidEventError('Refused', 'no amount');
    };
    expect(rejectionOf(() => rowsOf(having({ process }), ROW))).to.include({ reason: 'Refused', message: 'no amount' });
  });

  it('is a rejection without the payload where process fails by itself', () => {
    const process = (): never => {
      throw new TypeError('cannot read "secret of a customer"');
    };
    const { reason, message } = rejectionOf(() => rowsOf(having({ process }), ROW));
    expect(reason).to.equal('ProcessorFailed');
    expect(message).to.equal('process threw TypeError');
  });

  const failsAtOnce = (): never => {
    throw new Error('quoted payload');
  };
  const BAD: [what: string, made: unknown, says: string][] = [
    ['something else', 7, 'it made a number; expected a row, a list of rows, or undefined to drop the event'],
    ['null, as others drop an event', null, 'it made null; expected a row, a list of rows, or undefined'],
    ['a row without a key', { ...ROW, Username: '' }, 'whose Username is an empty text; expected a text'],
    ['a row whose key is a number', { ...ROW, Id: 7 }, 'it made a row whose Id is a number; expected a text'],
    ['a row without a type', { ...ROW, Type: undefined }, 'whose Type is nothing; expected a text'],
    ['a row without a time', { ...ROW, Timestamp: 'secret' }, 'whose Timestamp is a text of 6 characters; expected'],
    ['a row of 30 February', { ...ROW, Timestamp: '2026-02-30T12:00:00.000Z' }, 'expected a time like "2026-'],
    ['a row of the hour 24', { ...ROW, Timestamp: '2026-11-20T24:00:00.000Z' }, 'expected a time like "2026-'],
    ['a row whose message is no text', { ...ROW, Message: {} }, 'whose Message is an object; expected a text'],
    [
      'a row whose attributes are a list',
      { ...ROW, Attributes: [] },
      'whose Attributes is an array; expected an object',
    ],
    ['a row with an attribute that no table has', { ...ROW, Price: 5 }, 'something next to Username, Id, Timestamp,'],
    ['a promise', Promise.resolve(ROW), 'process made a promise'],
    ['a list with nothing in it', [undefined], 'it made nothing; expected a row'],
    ['a list with a hole', Object.assign([], { 1: ROW }), 'it made nothing; expected a row'],
    [
      'a row with a Date',
      { ...ROW, Data: { at: new Date(0) } },
      'it made a row that holds a Date; expected what JSON has',
    ],
    ['a row with a Map', { ...ROW, Attributes: { tags: [new Map([['a', 1]])] } }, 'that holds a Map; expected'],
    ['a row with a bigint', { ...ROW, Data: { grams: 182n } }, 'that holds a bigint; expected'],
    ['a row with a function', { ...ROW, Data: { grams: () => 182 } }, 'that holds a function; expected'],
    ['a row with a symbol', { ...ROW, Data: Symbol('grams') }, 'that holds a symbol; expected'],
    [
      'a row with a number that is none',
      { ...ROW, Data: { grams: Number.NaN } },
      'that holds the number NaN; expected',
    ],
    ['a row with nothing in an array', { ...ROW, Data: { grams: [182, undefined] } }, 'holds undefined in an array'],
    [
      'a row with a getter that throws',
      { ...ROW, Data: Object.defineProperty({}, 'grams', { enumerable: true, get: failsAtOnce }) },
      'what it made threw Error',
    ],
    ['a list that cannot be read', new Proxy([ROW], { get: failsAtOnce }), 'process threw Error'],
  ];
  for (const [what, made, says] of BAD)
    it(`is a rejection where process makes ${what}, which says what was found and quotes nothing`, () => {
      const { reason, message } = rejectionOf(() => rowsOf(having({ process: () => made }), ROW));
      expect(reason).to.equal('ProcessorFailed');
      expect(message)
        .to.contain(says)
        .and.not.to.match(/secret|quoted payload/);
    });

  const failing = async (): Promise<never> => {
    throw new Error('nobody listens');
  };
  const ASYNC: [what: string, name: string, processor: Processor][] = [
    ['process', 'process', having({ process: failing })],
    ['what process does for each row', 'process', having({ process: () => ['1', '2'].map(failing) })],
    ['a rollup', 'the rollup "views"', having({ rollups: [{ name: 'views', every: 'minute', of: failing }] })],
  ];
  for (const [what, name, processor] of ASYNC)
    it(`is a rejection where ${what} is async and fails, and the failure ends nothing`, async () => {
      expect(rejectionOf(() => rowsOf(processor, ROW))).to.include({
        reason: 'ProcessorFailed',
        message: `${name} made a promise; expected its result at once, so it may not be async`,
      });
      await turn();
    });

  it('may be a row with empty objects, one without a prototype, and fields that are nothing', () => {
    const empty = {
      ...ROW,
      Price: undefined,
      Data: { none: {}, bare: Object.create(null), bytes: [], nothing: undefined },
    };
    expect(rowsOf(having({ process: () => empty as never }), ROW)).to.deep.equal([empty]);
  });

  it('is judged by the rows that process makes, not by the row that it is given', () => {
    const long = { ...ROW, Id: 'x'.repeat(2_000), Data: { ['__proto__']: 1, a: 'b' } };
    const process = (row: EventData) => ({ ...row, Id: row.Id.slice(0, 9), Data: { half: '\ud800' } });
    expect(rowsOf(having({ process }), long)).to.deep.equal([{ ...ROW, Id: 'xxxxxxxxx', Data: { half: '\ufffd' } }]);
    expect(rejectionOf(() => rowsOf(having({}), long)).reason).to.equal('KeyTooLong');
    expect(rejectionOf(() => rowsOf(having({}), { ...long, Id: '1' })).reason).to.equal('FieldInvalid');
  });

  it('is a row that nobody else has changed', () => {
    const row = Object.freeze({ ...ROW, Message: 'half \ud800', Data: Object.freeze({ a: '\udc00' }) });
    expect(rowsOf(having({}), row)).to.deep.equal([{ ...ROW, Message: 'half \ufffd', Data: { a: '\ufffd' } }]);
    expect(row.Message).to.equal('half \ud800');
  });

  it('gives its rollups the row as it is stored', () => {
    const groups: string[] = [];
    const of = ({ Message }: EventData) => {
      groups.push(Message ?? '');
      return undefined;
    };
    rowsOf(having({ rollups: [{ name: 'views', every: 'minute', of }] }), { ...ROW, Message: 'half \ud800' });
    expect(groups).to.deep.equal(['half \ufffd']);
  });

  it('is a rejection where the key of a row is longer than a table holds', () => {
    const process = (row: EventData) => ({ ...row, Id: 'x'.repeat(2_000) });
    expect(rejectionOf(() => rowsOf(having({ process }), ROW)).reason).to.equal('KeyTooLong');
  });

  const named = (name: string) => () => ({ group: 'g', values: { [name]: 1 } });
  const adding = (ms: unknown) => () => ({ group: 'g', values: { ms } });
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, name) => [name, 1]));
  const CONTRIBUTIONS: [what: string, of: () => unknown, says: string][] = [
    ['contributes null', () => null, 'contributes null; expected an object with a group, or undefined to add nothing'],
    ['contributes a text', () => 'secret', 'contributes a text of 6 characters; expected an object'],
    ['contributes a list', () => ['g'], 'contributes an array; expected an object'],
    ['has values that are null', () => ({ group: 'g', values: null }), 'has as its values null; expected an object'],
    [
      'has values that are a list',
      () => ({ group: 'g', values: [1] }),
      'has as its values an array; expected an object',
    ],
    [
      'has values that are a number',
      () => ({ group: 'g', values: 1 }),
      'has as its values a number; expected an object',
    ],
    ['has a group that is not a text', () => ({ group: 7 }), 'has as its group a number; expected a text'],
    ['has an empty group', () => ({ group: '' }), 'has as its group an empty text; expected a text'],
    ['has numbers that are not among its values', () => ({ group: 'g', ms: 12 }), 'next to group and values'],
    [
      'adds a value that is not finite',
      adding(Number.POSITIVE_INFINITY),
      '"views" is Infinity; expected a finite number',
    ],
    [
      'adds a value that is not a number',
      adding('12 ms'),
      '"views" is a text of 5 characters; expected a finite number',
    ],
    ['adds a value of more digits than any number has', adding('1'.repeat(65)), 'a text of 65 characters; expected'],
    ['adds a value without a name', named(''), 'whose name has 0 characters; expected 1 to 255'],
    [
      'adds more values than a part has room for',
      () => ({ group: 'g', values: many }),
      '101 values; expected at most 100',
    ],
    ['adds a value with a long name', named('x'.repeat(256)), 'whose name has 256 characters; expected 1 to 255'],
    ['throws', failsAtOnce, 'threw Error'],
  ];
  for (const [what, of, says] of CONTRIBUTIONS)
    it(`is a rejection where a rollup ${what}, which says what was found and quotes nothing`, () => {
      const { reason, message } = rejectionOf(() =>
        rowsOf(having({ rollups: [{ name: 'views', every: 'minute', of }] }), ROW),
      );
      expect(reason).to.equal('ProcessorFailed');
      expect(message)
        .to.contain('the rollup "views"')
        .and.to.contain(says)
        .and.not.to.match(/secret|quoted payload/);
    });

  it('is a rejection for the sake of the event, not of the processor, where it makes too much', () => {
    const rollups = [{ name: 'views', every: 'minute', of: () => ({ group: 'é'.repeat(GROUP_BYTES / 2 + 1) }) }];
    expect(rejectionOf(() => rowsOf(having({ rollups }), ROW))).to.include({
      reason: 'KeyTooLong',
      message: 'the rollup "views" has a group of 960 bytes; expected at most 958',
    });
    const process = () => Array.from({ length: ROWS_OF_AN_EVENT + 1 }, () => ROW);
    expect(rejectionOf(() => rowsOf(having({ process }), ROW))).to.include({
      reason: 'TooManyRows',
      message: 'the event makes 1001 rows; expected at most 1000',
    });
  });

  it('is as many rows as it may make', () => {
    const process = () => Array.from({ length: ROWS_OF_AN_EVENT }, () => ROW);
    expect(rowsOf(having({ process }), ROW)).to.have.length(1_000);
  });

  it('is its row where a rollup adds numbers of every kind', () => {
    const numbers = { double: 0.1, text: '-12.50', exact: exactNumber('12345678901234567890.5') };
    const values = { ...numbers, long: '1'.repeat(64), ['x'.repeat(255)]: 1 };
    const rollups = [{ name: 'views', every: 'minute', of: () => ({ group: 'é'.repeat(GROUP_BYTES / 2), values }) }];
    expect(rowsOf(having({ rollups }), ROW)).to.deep.equal([ROW]);
  });
});

describe('a processor', () => {
  it('is refused by its types where it changes its row, or returns one on some of its ways only', () => {
    const changing: Processor['process'] = (row) => {
      // @ts-expect-error: it makes a new row
      row.Message = 'changed';
      return row;
    };
    // @ts-expect-error: an event that it forgets is dropped, and nobody knows whether that was meant
    const forgetful: Processor['process'] = (row) => {
      if (row.Type === 'event') return row;
    };
    for (const process of [changing, forgetful]) expect(rowsOf(having({ process }), { ...ROW })).to.have.length(1);
  });
});

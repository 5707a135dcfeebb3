import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import type { EventData } from '../../core/event-data.ts';
import { exactNumber } from '../../core/exact-number.ts';
import { InvalidEventError } from '../../core/invalid-event.ts';
import {
  checkProcessor,
  GROUP_BYTES,
  type Processor,
  ProcessorError,
  ROWS_OF_AN_EVENT,
  rowsOf,
} from '../../core/processor.ts';
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
  const BAD: [what: string, made: unknown][] = [
    ['something else than a row', 7],
    ['a row without a key', { ...ROW, Username: '' }],
    ['a row whose key is a number', { ...ROW, Id: 7 }],
    ['a row without a type', { ...ROW, Type: undefined }],
    ['a row without a time', { ...ROW, Timestamp: 'yesterday' }],
    ['a row of 30 February', { ...ROW, Timestamp: '2026-02-30T12:00:00.000Z' }],
    ['a row of the hour 24', { ...ROW, Timestamp: '2026-11-20T24:00:00.000Z' }],
    ['a row whose message is a number', { ...ROW, Message: 7 }],
    ['a row whose attributes are a list', { ...ROW, Attributes: [] }],
    ['a row with an attribute that the table does not have', { ...ROW, Price: 5 }],
    ['a promise', Promise.resolve(ROW)],
    ['a list with nothing in it', [undefined]],
    ['a list with a hole', Object.assign([], { 1: ROW })],
    ['a row with a Date', { ...ROW, Data: { at: new Date(0) } }],
    ['a row with a Map', { ...ROW, Attributes: { tags: [new Map([['a', 1]])] } }],
    ['a row with a bigint', { ...ROW, Data: { grams: 182n } }],
    ['a row with a function', { ...ROW, Data: { grams: () => 182 } }],
    ['a row with a symbol', { ...ROW, Data: Symbol('grams') }],
    ['a row with a number that is none', { ...ROW, Data: { grams: Number.NaN } }],
    ['a row with nothing in an array', { ...ROW, Data: { grams: [182, undefined] } }],
    [
      'a row with a getter that throws',
      { ...ROW, Data: Object.defineProperty({}, 'grams', { enumerable: true, get: failsAtOnce }) },
    ],
    ['a list that cannot be read', new Proxy([ROW], { get: failsAtOnce })],
  ];
  for (const [what, made] of BAD)
    it(`is a rejection where process makes ${what}`, () => {
      expect(rejectionOf(() => rowsOf(having({ process: () => made }), ROW)).reason).to.equal('ProcessorFailed');
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

  it('says how an event is dropped where process makes null, as others have it', () => {
    expect(rejectionOf(() => rowsOf(having({ process: () => null }), ROW)).message).to.equal(
      'it made null; expected a row, a list of rows, or undefined to drop the event',
    );
  });

  it('says how a row adds nothing to a rollup that makes null', () => {
    const rollups = [{ name: 'views', every: 'hour', of: () => null }];
    expect(rejectionOf(() => rowsOf(having({ rollups }), ROW)).message).to.equal(
      'the rollup "views" contributes null; expected an object with a group, or undefined to add nothing',
    );
  });

  it('says what was found in place of an attribute or of a group, but not what it says', () => {
    const rollup = (of: () => unknown) => having({ rollups: [{ name: 'views', every: 'minute', of }] });
    for (const [processor, message] of [
      [
        having({ process: () => ({ ...ROW, Username: 7 }) }),
        'it made a row whose Username is a number; expected a text',
      ],
      [
        having({ process: () => ({ ...ROW, Timestamp: 'secret' }) }),
        'whose Timestamp is a text of 6 characters; expected',
      ],
      [having({ process: () => ({ ...ROW, Message: {} }) }), 'whose Message is an object; expected a text'],
      [having({ process: () => ({ ...ROW, Attributes: [] }) }), 'whose Attributes is an array; expected an object'],
      [rollup(() => ({ group: 7 })), 'the rollup "views" has as its group a number; expected a text'],
      [rollup(() => 'secret'), 'the rollup "views" contributes a text of 6 characters; expected an object'],
      [
        rollup(() => ({ group: 'g', values: [1] })),
        'the rollup "views" has as its values an array; expected an object',
      ],
    ] as const)
      expect(rejectionOf(() => rowsOf(processor, ROW)).message).to.contain(message);
  });

  it('says which value of a row JSON does not have', () => {
    const process = (row: EventData) => ({ ...row, Data: { at: new Date(0) } }) as never;
    expect(rejectionOf(() => rowsOf(having({ process }), ROW)).message).to.equal(
      'it made a row that holds a Date; expected what JSON has: texts, finite numbers, booleans, null',
    );
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

  const CONTRIBUTIONS: [what: string, of: () => unknown][] = [
    ['contributes null', () => null],
    ['contributes a text', () => 'g'],
    ['contributes a list', () => ['g']],
    ['has values that are null', () => ({ group: 'g', values: null })],
    ['has values that are a list', () => ({ group: 'g', values: [1] })],
    ['has values that are a number', () => ({ group: 'g', values: 1 })],
    ['has a group that is not a text', () => ({ group: 7 })],
    ['has an empty group', () => ({ group: '' })],
    ['has numbers that are not among its values', () => ({ group: 'g', ms: 12 })],
    ['adds a value that is not finite', () => ({ group: 'g', values: { ms: Number.POSITIVE_INFINITY } })],
    ['adds a value that is not a number', () => ({ group: 'g', values: { ms: '12 ms' } })],
    ['adds a value of more digits than any number has', () => ({ group: 'g', values: { ms: '1'.repeat(65) } })],
    ['adds a value without a name', () => ({ group: 'g', values: { '': 1 } })],
    [
      'adds more values than a part has room for',
      () => ({ group: 'g', values: Object.fromEntries(Array.from({ length: 101 }, (_, name) => [name, 1])) }),
    ],
    ['adds a value with a long name', () => ({ group: 'g', values: { ['x'.repeat(256)]: 1 } })],
    [
      'throws',
      () => {
        throw new RangeError('quoted payload');
      },
    ],
  ];
  for (const [what, of] of CONTRIBUTIONS)
    it(`is a rejection where a rollup ${what}`, () => {
      const { reason, message } = rejectionOf(() =>
        rowsOf(having({ rollups: [{ name: 'views', every: 'minute', of }] }), ROW),
      );
      expect(reason).to.equal('ProcessorFailed');
      expect(message).to.contain('views').and.not.to.contain('quoted payload');
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

  it('is refused with all that is wrong with it', () => {
    const of = () => undefined;
    const wrong = having({
      shapes: [],
      rollups: [
        { name: 'views', every: 'minute', of },
        { name: 'views', every: 'week', of, version: 0 },
        { name: 'a b', every: 'day', of },
        { name: 'paid', every: 'day', of, version: 1.5 },
      ],
    });
    expect(() => checkProcessor('mine', wrong)).to.throw(
      ProcessorError,
      'the processor "mine" cannot be used: it has no shapes; expected at least one; two rollups are named "views"; ' +
        'expected a name for each; the rollup "views" has the version 0; expected a whole number from 1; ' +
        'the rollup "views" has the window "week"; expected minute, hour, day, ever; ' +
        'a rollup is named "a b"; expected 1 to 64 letters, digits, "-" or "_"; ' +
        'the rollup "paid" has the version 1.5; expected a whole number from 1',
    );
  });

  it('is refused where it lacks a part, as one can whose types nobody has checked', () => {
    const lacking = { shapes: undefined, rollups: [{ every: 'hour' }] };
    expect(() => checkProcessor('mine', having(lacking))).to.throw(
      ProcessorError,
      'the processor "mine" cannot be used: it has no shapes; expected at least one; ' +
        'a rollup is named undefined; expected 1 to 64 letters, digits, "-" or "_"; ' +
        'the rollup "undefined" has no "of"; expected a function of a row',
    );
  });

  it('is refused where a part has another name or another kind, which would be left out or fail for each event', () => {
    const rollups = [undefined, { name: 'views', every: 'hour', of: () => undefined, verson: 2 }];
    for (const [parts, problem] of [
      [{ proces: () => undefined }, 'it has "proces"; expected shapes, process, newest, rollups'],
      [{ process: 'drop' }, 'its process is a text of 4 characters; expected a function of a row'],
      [{ rollups: {} }, 'its rollups are an object; expected a list'],
      [{ newest: 'no' }, 'its newest is a text of 2 characters; expected true or false'],
      [
        { shapes: [undefined, { ...anyObject, name: 7 }] },
        'a shape is nothing; expected an object; a shape has as its name a number; expected a text that is not empty',
      ],
      [
        { shapes: [{ name: 'a trip', match: () => true, partitionKey: () => 'k', toRow: () => ROW }] },
        'the shape of a trip has "match"; expected name, matches, partitionKey, takesTextsOnly, toRow; ' +
          'the shape of a trip has no "matches"; expected a function of JSON',
      ],
      [
        { rollups },
        'a rollup is nothing; expected an object; the rollup "views" has "verson"; expected name, every, version, of',
      ],
    ] as const)
      expect(() => checkProcessor('mine', having(parts))).to.throw(
        ProcessorError,
        `the processor "mine" cannot be used: ${problem}`,
      );
  });
});

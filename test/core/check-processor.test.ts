import { expect } from 'chai';
import { checkProcessor, ProcessorError } from '../../core/check-processor.ts';
import type { Processor } from '../../core/processor.ts';
import { anyObject } from '../../core/shapes/any-object.ts';

/** A processor of one property, which may be wrong in ways that no type allows. */
const having = (parts: object): Processor => ({ shapes: [anyObject], ...parts });

describe('a processor', () => {
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
        { shapes: [{ name: 'a trip', match: () => true, partitionKey: () => 'k', toRow: () => undefined }] },
        'the shape of a trip has "match"; expected name, matches, partitionKey, takesTextsOnly, toRow; ' +
          'the shape of a trip has no "matches"; expected a function of JSON',
      ],
      [{ shapes: Object.assign([], { 1: anyObject }) }, 'a shape is nothing; expected an object'],
      [{ rollups: Object.assign([], { 1: rollups[1] }) }, 'a rollup is nothing; expected an object'],
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

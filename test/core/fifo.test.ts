import { expect } from 'chai';
import fc from 'fast-check';
import { Fifo } from '../../core/fifo.ts';

/** Asked hundreds of thousands of times, so an assertion is made only where they differ. */
const same = (found: number | undefined, expected: number | undefined): void => {
  if (found !== expected) expect(found).to.equal(expected);
};

/** What can be done to both. @param next a number that none of them has had */
const STEPS: Record<string, (fifo: Fifo<number>, array: number[], next: number) => void> = {
  push: (fifo, array, next) => [fifo.push(next), array.push(next)],
  unshift: (fifo, array, next) => [fifo.unshift(next), array.unshift(next)],
  shift: (fifo, array) => same(fifo.shift(), array.shift()),
  clear: (fifo, array) => expect(fifo.clear()).to.deep.equal(array.splice(0)),
};

describe('the queue', () => {
  it('holds what an array would hold, whatever is done to it', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('push'), times: fc.nat(2_000) }),
      fc.record({ do: fc.constant('shift'), times: fc.nat(2_500) }),
      fc.record({ do: fc.constantFrom('unshift', 'clear'), times: fc.nat(3) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const [fifo, array] = [new Fifo<number>(), [] as number[]];
        let next = 0;
        for (const { do: what, times } of steps)
          for (let time = 0; time < times; time += 1) {
            next += 1;
            STEPS[what]!(fifo, array, next);
            same(fifo.length, array.length);
            same(fifo.first, array[0]);
          }
      }),
      { numRuns: 30 },
    );
  });
});

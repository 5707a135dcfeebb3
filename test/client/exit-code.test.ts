import { expect } from 'chai';
import { type End, exitCodeOf } from '../../client/exit-code.ts';

const ARRIVED: End = { read: 9, sent: 9, failed: 0, spooled: 0, error: undefined, isBeside: false, isEmpty: false };

describe('the exit code of the client', () => {
  const cases: [name: string, end: Partial<End>, code: number][] = [
    ['every event arrived', {}, 0],
    ['the checkpoint cannot be written', { error: new Error('no'), isBeside: true }, 1],
    ['all that failed is in the spool', { sent: 6, failed: 3, spooled: 3 }, 3],
    ['a part of what failed is in the spool', { sent: 6, failed: 3, spooled: 2, spoolError: new Error('full') }, 4],
    ['the spool may not be on the disk', { sent: 6, failed: 3, spooled: 3, spoolError: new Error('no sync') }, 4],
    ['an event has no outcome at all', { sent: 8, error: new Error('a fault of the client') }, 4],
    ['the source failed', { error: new Error('no') }, 5],
    ['the source held nothing', { read: 0, sent: 0, isEmpty: true }, 5],
    ['the source failed, and events did too', { error: new Error('no'), sent: 8, failed: 1, spooled: 1 }, 3],
  ];
  for (const [name, end, code] of cases)
    it(`is ${code} where ${name}`, () => {
      expect(exitCodeOf({ ...ARRIVED, ...end })).to.equal(code);
    });
});

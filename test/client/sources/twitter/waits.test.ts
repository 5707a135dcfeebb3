import { expect } from 'chai';
import { ApiPartialResponseError, ApiRequestError } from 'twitter-api-v2';
import { DisconnectedError } from '../../../../client/sources/disconnected.ts';
import { failureOf, TooManyConnectionsError } from '../../../../client/sources/twitter/failure.ts';
import { waitsOfX, type XWaitsOptions } from '../../../../client/sources/twitter/waits.ts';
import { SourceClock } from '../../../support/source-clock.ts';

/** As the library makes it where an answer ends early, or is not the JSON it says it is. */
const cutShort = (statusCode: number): ApiPartialResponseError => {
  const error: ApiPartialResponseError = Object.create(ApiPartialResponseError.prototype);
  return Object.defineProperty(error, '_options', { value: { response: { statusCode } } });
};

const lost = new DisconnectedError('lost');
const limited = new TooManyConnectionsError('too many');
const down = cutShort(503);
const refused = cutShort(404);

describe('the waits of X', () => {
  const waits = ({ clock = new SourceClock(0), ...options }: Partial<XWaitsOptions> = {}) =>
    waitsOfX({ clock, calendar: clock, note: () => {}, toError: ({ found }) => new Error(found), ...options });
  /** The waits after failures in a row. */
  const waitsAfter = (errors: readonly unknown[], waitAfter = waits()): number[] =>
    errors.map((error, i) => waitAfter(error, i + 1, true));
  const times = <T>(count: number, error: T): T[] => Array.from({ length: count }, () => error);

  it('are nothing after the first lost connection, and 250 ms more after each, up to 16 s', () => {
    const found = waitsAfter(times(1_000, lost));
    expect([1, 2, 3, 65, 66, 1_000].map((nth) => found[nth - 1])).to.deep.equal([0, 250, 500, 16_000, 16_000, 16_000]);
  });

  it('double from 5 s up to 320 s while X is in trouble', () => {
    expect(waitsAfter(times(8, down))).to.deep.equal([
      5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 320_000,
    ]);
  });

  it('double from 60 s up to a whole window while X limits the connections', () => {
    expect(waitsAfter(times(5, limited))).to.deep.equal([60_000, 120_000, 240_000, 480_000, 900_000]);
  });

  it('count each kind of failure by itself, and all anew after a success', () => {
    const waitAfter = waits();
    expect(waitsAfter([limited, lost, limited, lost], waitAfter)).to.deep.equal([60_000, 0, 120_000, 250]);
    expect(waitAfter(lost, 1)).to.equal(0);
    expect(waitAfter(limited, 2)).to.equal(60_000);
  });

  it('get up to a tenth longer by chance, and never shorter', () => {
    const clock = new SourceClock(0);
    clock.chance = 0.5;
    expect(waitsAfter([down, lost], waits({ clock }))).to.deep.equal([5_250, 0]);
  });

  it('are as after a lost connection where a certificate that was trusted is so no more, and none where it never was', () => {
    const error = Object.create(ApiRequestError.prototype);
    const cause = new Error('certificate has expired');
    const untrusted = Object.defineProperty(error, '_options', { value: { error: cause } });
    expect(waitsAfter(times(20, untrusted))).to.deep.equal(waitsAfter(times(20, lost)));
    expect(() => waits()(untrusted, 1, false)).to.throw('X could not be reached (certificate has expired)');
  });

  it('are as for a limit after a refusal, where the stream has worked, and end after five in a row', () => {
    const waitAfter = waits();
    const errors = [refused, refused, refused, refused, lost, refused, refused, refused, refused];
    expect(waitsAfter(errors, waitAfter).slice(0, 4)).to.deep.equal([60_000, 120_000, 240_000, 480_000]);
    expect(() => waitAfter(refused, 10, true)).to.throw('X answered 404, the last of 5 tries');
  });

  it('end at the first refusal from the start on', () => {
    expect(() => waits()(refused, 1)).to.throw(/^X answered 404$/);
  });

  it('end after as many failures as are to be borne', () => {
    const waitAfter = waits({ maxFailures: 2 });
    expect(waitAfter(lost, 1)).to.equal(0);
    expect(() => waitAfter(lost, 2)).to.throw('lost, the last of 2 tries');
  });

  it('end at an error that is not about X, such as a bug', () => {
    const bug = new TypeError('x is not a function');
    expect(() => waits()(bug, 1, true)).to.throw(bug);
  });
});

describe('a failure', () => {
  it('has the status of an answer that was cut short, where that says what went wrong', () => {
    expect(failureOf(cutShort(503))).to.include({ kind: 'server', status: 503 });
    expect(failureOf(cutShort(401))).to.include({ kind: 'refused', status: 401 });
  });

  it('is one of the network where a good answer was cut short', () => {
    expect(failureOf(cutShort(200))).to.include({ kind: 'network', found: 'the answer of X was cut short' });
  });
});

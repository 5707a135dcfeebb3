import { InvalidEventError } from '../../core/invalid-event.ts';
import { fieldOf } from '../../core/json.ts';
import type { Processor } from '../../core/processor.ts';
import { anyObject } from '../../core/shapes/any-object.ts';

/** Readings of meters: the newest of each stays, a second row lists those of the meter, tests are dropped, negative ones refused. */
export const readings: Processor = {
  shapes: [anyObject],
  process: (row) => {
    const kwh = fieldOf(row.Data, 'kwh');
    if (fieldOf(row.Data, 'test') === true) return undefined;
    if (Number(kwh) < 0) throw new InvalidEventError('Refused', 'kwh is negative; expected a reading from 0');
    return [row, { ...row, Username: 'all meters', Id: row.Username, Type: 'meter' }];
  },
  newest: true,
};

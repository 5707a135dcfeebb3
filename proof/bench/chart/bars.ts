import { count, figure } from '../figures.ts';
import { element, text } from './svg.ts';

export interface Bar {
  name: string;
  value: number;
  /** Whether it is ours, which stands out. */
  isOurs: boolean;
}

export interface Bars {
  title: string;
  /** What the numbers are, and which way is better. */
  note: string;
  bars: readonly Bar[];
}

const HEAD = 52;
const ROW = 28;
const THICKNESS = 16;
const FOOT = 14;
const MARGIN = 16;
/** Room for the names on the left, and for the numbers on the right. */
const NAMES = 350;
const NUMBERS = 70;

export const heightOfBars = ({ bars }: Bars): number => HEAD + bars.length * ROW + FOOT;

/** How many times the next one a bar must be to be cut: beside it nobody would see the others. */
const FAR_AHEAD = 5;

/**
 * Bars that lie, from one common zero: a name on the left, its number at the end. One that is far ahead of all others is cut,
 * and shows that it is.
 *
 * @param top where it begins
 */
export const drawBars = ({ title, note, bars }: Bars, width: number, top: number): string => {
  const left = MARGIN + NAMES;
  const room = width - left - NUMBERS - MARGIN;
  const [longest = 1, next = longest] = bars.map(({ value }) => value).toSorted((a, b) => b - a);
  const isCut = longest > next * FAR_AHEAD;
  const whole = isCut ? next * 1.5 : longest;
  const rows = bars.map(({ name, value, isOurs }, index) => {
    const middle = top + HEAD + index * ROW + ROW / 2;
    const y = middle - THICKNESS / 2;
    const length = Math.min(room, Math.max(1, (value / whole) * room));
    const kind = isOurs ? 'strong' : '';
    const shape = { class: `bar ${isOurs ? 'ours' : 'other'}`, x: left, y, width: length, height: THICKNESS, rx: 2 };
    return [
      text(left - 10, middle + 4.5, kind, name, 'end'),
      element('rect', shape),
      ...(isCut && value > whole ? [cutAt(left + length - 40, y)] : []),
      text(left + length + 8, middle + 4.5, kind, value < 100 ? figure(value) : count(value)),
    ].join('');
  });
  const bottom = top + HEAD + bars.length * ROW;
  const axis = element('line', { class: 'axis', x1: left, x2: left, y1: top + HEAD, y2: bottom });
  return text(MARGIN, top + 24, 'title', title) + text(MARGIN, top + 42, 'note', note) + axis + rows.join('');
};

/** Two slanted strokes of the ground's colour. */
const cutAt = (x: number, y: number): string =>
  [0, 8]
    .map(
      (right) =>
        `${x + right},${y + THICKNESS} ${x + right + 4},${y + THICKNESS} ${x + right + 9},${y} ${x + right + 5},${y}`,
    )
    .map((points) => element('polygon', { class: 'ground cut', points }))
    .join('');

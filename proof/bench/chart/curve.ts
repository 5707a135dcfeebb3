import { count, figure } from '../figures.ts';
import { element, text } from './svg.ts';

export interface Curve {
  title: string;
  /** What the numbers are. */
  note: string;
  /** What grows from left to right. */
  along: string;
  points: readonly { at: number; value: number }[];
}

export const CURVE_HEIGHT = 240;

const MARGIN = 16;
const HEAD = 76;
const FOOT = 50;

/**
 * A curve over steps that are equally far from each other, as each is a multiple of the one before it. It begins at zero, and
 * each point says its number.
 *
 * @param left where it begins
 * @param top where it begins
 */
export const drawCurve = ({ title, note, along, points }: Curve, width: number, left: number, top: number): string => {
  const bottom = top + CURVE_HEIGHT - FOOT;
  const highest = Math.max(...points.map(({ value }) => value));
  const inner = width - MARGIN * 2 - 60;
  const placed = points.map(({ at, value }, index) => ({
    at,
    value,
    x: left + MARGIN + 30 + (points.length === 1 ? 0 : (index / (points.length - 1)) * inner),
    y: bottom - (value / highest) * (bottom - top - HEAD),
  }));
  const line = placed.map(({ x, y }) => `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`).join(' ');
  return [
    text(left + MARGIN, top + 24, 'title', title),
    text(left + MARGIN, top + 42, 'note', note),
    element('line', { class: 'axis', x1: left + MARGIN, x2: left + width - MARGIN, y1: bottom, y2: bottom }),
    element('polyline', { class: 'curve', points: line }),
    ...placed.flatMap(({ at, value, x, y }) => [
      element('circle', { class: 'dot', cx: x, cy: y, r: 4 }),
      text(x, y - 10, '', value < 100 ? figure(value) : count(value), 'middle'),
      text(x, bottom + 18, 'note', count(at), 'middle'),
    ]),
    text(left + width / 2, bottom + 36, 'note', along, 'middle'),
  ].join('');
};

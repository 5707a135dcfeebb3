import { count, figure } from '../section.ts';

/** Text as it stands between the tags of XML or in an attribute. */
export const escaped = (text: string): string =>
  text.replace(/[<>&"]/g, (character) => `&#${character.codePointAt(0)};`);

type Attributes = Readonly<Record<string, string | number>>;

/** One element. Numbers have one decimal at most: nobody sees a tenth of a pixel. */
export const element = (name: string, attributes: Attributes, ...children: readonly string[]): string => {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${shown(value)}"`);
  return `<${name}${written.join('')}${children.length === 0 ? '/>' : `>${children.join('')}</${name}>`}`;
};

const shown = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(value * 10) / 10) : escaped(value);

/** One line of text. @param kind which of the styles */
export const text = (x: number, y: number, kind: string, content: string, anchor = 'start'): string =>
  element('text', { x, y, class: kind, 'text-anchor': anchor }, escaped(content));

/** Colours for a light and for a dark page. The picture has its own ground: a page may be darker than its reader's system. */
const STYLE = `
  svg { --ground: #ffffff; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --ours: #0969da; --other: #afb8c1; }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #0d1117; --ink: #f0f6fc; --soft: #9198a1; --line: #3d444d; --ours: #4493f8; --other: #656c76; }
  }
  text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: var(--ink); }
  .title { font-weight: 600; font-size: 15px; }
  .note { fill: var(--soft); font-size: 12px; }
  .ground { fill: var(--ground); }
  .axis { stroke: var(--line); stroke-width: 1; }
  .bar.ours, .dot { fill: var(--ours); }
  .bar.other { fill: var(--other); }
  .curve { fill: none; stroke: var(--ours); stroke-width: 2; }
  .strong { font-weight: 600; }
  .value { paint-order: stroke; stroke: var(--ground); stroke-width: 5px; stroke-linejoin: round; }`;

/** A whole picture. @param title what it shows, for those who do not see it */
export const picture = (width: number, height: number, title: string, ...children: readonly string[]): string => {
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
  };
  const ground = element('rect', { class: 'ground', width, height, rx: 6 });
  const style = `<style>${STYLE}\n</style>`;
  return `${element('svg', attributes, `<title>${escaped(title)}</title>`, style, ground, ...children)}\n`;
};

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

/** The height of the drawing. Pixels. */
export const heightOfBars = ({ bars }: Bars): number => HEAD + bars.length * ROW + FOOT;

/** A bar this many times as long as the next one is cut: next to it the others would not be seen. */
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

export interface Curve {
  title: string;
  /** What the numbers are. */
  note: string;
  /** What grows from left to right. */
  along: string;
  points: readonly { at: number; value: number }[];
}

export const CURVE_HEIGHT = 240;

const CURVE_HEAD = 76;
const CURVE_FOOT = 50;

/**
 * A curve over steps that are equally far from each other, as each is a multiple of the one before it. It begins at zero, and
 * each point says its number, which stands out from the line that passes behind it.
 *
 * @param left where it begins
 * @param top where it begins
 */
export const drawCurve = ({ title, note, along, points }: Curve, width: number, left: number, top: number): string => {
  const bottom = top + CURVE_HEIGHT - CURVE_FOOT;
  const highest = Math.max(...points.map(({ value }) => value));
  const inner = width - MARGIN * 2 - 60;
  const placed = points.map(({ at, value }, index) => ({
    at,
    value,
    x: left + MARGIN + 30 + (points.length === 1 ? 0 : (index / (points.length - 1)) * inner),
    y: bottom - (value / highest) * (bottom - top - CURVE_HEAD),
  }));
  const line = placed.map(({ x, y }) => `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`).join(' ');
  return [
    text(left + MARGIN, top + 24, 'title', title),
    text(left + MARGIN, top + 42, 'note', note),
    element('line', { class: 'axis', x1: left + MARGIN, x2: left + width - MARGIN, y1: bottom, y2: bottom }),
    element('polyline', { class: 'curve', points: line }),
    ...placed.flatMap(({ at, value, x, y }) => [
      element('circle', { class: 'dot', cx: x, cy: y, r: 4 }),
      text(x, y - 10, 'value', value < 100 ? figure(value) : count(value), 'middle'),
      text(x, bottom + 18, 'note', count(at), 'middle'),
    ]),
    text(left + width / 2, bottom + 36, 'note', along, 'middle'),
  ].join('');
};

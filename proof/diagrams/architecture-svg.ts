import { element, picture, text } from '../bench/chart/drawing.ts';
import { ARROWS, type Arrow, PARTS, type Part } from './architecture.ts';

const NODE = { width: 150, height: 78 };
/** Between two parts, side by side and one above the other. */
const GAP = { across: 70, down: 76 };
const MARGIN = { side: 24, top: 60, bottom: 50 };

/** Column and row of each part. */
const PLACES: Readonly<Record<string, readonly [column: number, row: number]>> = {
  client: [0, 0],
  stream: [1, 0],
  fn: [2, 0],
  data: [3, 0],
  rollup: [4, 0],
  redrive: [0, 1],
  failed: [1, 1],
  rejected: [2, 1],
  rollups: [4, 1],
};

const WIDTH = MARGIN.side * 2 + NODE.width * 5 + GAP.across * 4;
const HEIGHT = MARGIN.top + NODE.height * 2 + GAP.down + MARGIN.bottom;

/** A colour for each kind, which also reads where colours do not: each kind has its own icon. */
const STYLE = `
  svg { --command: #59636e; --stream: #8250df; --function: #bc4c00; --table: #0969da; --bucket: #1a7f37; --card: #f6f8fa; }
  @media (prefers-color-scheme: dark) {
    svg { --command: #9198a1; --stream: #ab7df8; --function: #f0883e; --table: #4493f8; --bucket: #3fb950; --card: #151b23; }
  }
  .card { fill: var(--card); stroke: var(--line); }
  .name { font-weight: 600; font-size: 13px; }
  .service { font-size: 11px; font-weight: 600; letter-spacing: 0.3px; }
  .small { fill: var(--soft); font-size: 11px; }
  .label { fill: var(--soft); font-size: 11.5px; }
  .way { fill: none; stroke: var(--soft); stroke-width: 1.6; }
  .repair { stroke-dasharray: 4 4; }
  .head { fill: var(--soft); }
  .icon { fill: none; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; }
${['command', 'stream', 'function', 'table', 'bucket']
  .map(
    (kind) => `  .icon.${kind}, .edge.${kind} { stroke: var(--${kind}); } .service.${kind} { fill: var(--${kind}); }`,
  )
  .join('\n')}
  .edge { stroke-width: 4; stroke-linecap: round; }`;

/** In a square of 24. */
const ICONS: Readonly<Record<Part['kind'], string>> = {
  command: 'M4 4h16a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zM6.5 9l3 3-3 3M12.5 15h5',
  stream: 'M2 6.5c3.3-4 6.7 4 10 0s6.7 4 10 0M2 12c3.3-4 6.7 4 10 0s6.7 4 10 0M2 17.5c3.3-4 6.7 4 10 0s6.7 4 10 0',
  function: 'M6 3.5h2.2c1 0 1.7.5 2.1 1.5L16.4 19c.4 1 1 1.5 2.1 1.500H20M11 9.5 5.5 20.5',
  table:
    'M4 4h16a1.5 1.5 0 0 1 1.5 1.500v13A1.5 1.5 0 0 1 20 20H4a1.5 1.5 0 0 1-1.5-1.500v-13A1.5 1.5 0 0 1 4 4zM2.5 9.300h19M2.5 14.600h19M9 9.300V20',
  bucket:
    'M3.5 5.500c0-1.4 3.8-2.5 8.5-2.500s8.5 1.1 8.5 2.500S16.7 8 12 8 3.5 6.9 3.5 5.500zM3.5 5.5 5.5 19c.3 1.2 3 2 6.5 2s6.2-.8 6.5-2l2-13.5',
};

interface Point {
  x: number;
  y: number;
}

/** The corner of a part, on the left and above. */
const cornerOf = (id: string): Point => {
  const [column, row] = PLACES[id]!;
  return {
    x: MARGIN.side + column * (NODE.width + GAP.across),
    y: MARGIN.top + row * (NODE.height + GAP.down),
  };
};

const drawPart = ({ id, kind, service, name, notes = [] }: Part): string => {
  const { x, y } = cornerOf(id);
  const { width, height } = NODE;
  const lines = [
    ...(service ? [{ kind: `service ${kind}`, content: service, tall: 15 }] : []),
    { kind: 'name', content: name, tall: 17 },
    ...notes.map((content) => ({ kind: 'small', content, tall: 14 })),
  ];
  let bottom = y + height / 2 - lines.reduce((sum, { tall }) => sum + tall, 0) / 2;
  const written = lines.map(({ kind, content, tall }) => {
    bottom += tall;
    return text(x + 16, bottom - 4, kind, content);
  });
  return [
    element('rect', { class: 'card', x, y, width, height, rx: 8 }),
    element('line', { class: `edge ${kind}`, x1: x, x2: x, y1: y + 12, y2: y + height - 12 }),
    element(
      'g',
      { transform: `translate(${x + width - 28} ${y + 8}) scale(0.75)` },
      element('path', { class: `icon ${kind}`, d: ICONS[kind] }),
    ),
    ...written,
  ].join('');
};

/** Room between the end of an arrow and the part that it leads to. */
const AIR = 5;

/** How far an arrow that goes around is from the parts. */
const AROUND = 26;

/** The corners of an arrow's way. Most are straight; what is put back goes around. */
const wayOf = ({ from, to }: Arrow): Point[] => {
  const [start, end] = [cornerOf(from), cornerOf(to)];
  const { width, height } = NODE;
  const middle = (corner: Point): Point => ({ x: corner.x + width / 2, y: corner.y + height / 2 });
  const [a, b] = [middle(start), middle(end)];
  if (from === 'redrive')
    return [
      { x: a.x, y: start.y - AIR },
      { x: a.x, y: start.y - GAP.down / 2 },
      { x: end.x + 28, y: start.y - GAP.down / 2 },
      { x: end.x + 28, y: end.y + height + AIR },
    ];
  if (from === 'rejected')
    return [
      { x: a.x, y: start.y + height + AIR },
      { x: a.x, y: start.y + height + AROUND },
      { x: b.x, y: start.y + height + AROUND },
      { x: b.x, y: end.y + height + AIR },
    ];
  if (start.y === end.y) {
    const sign = Math.sign(b.x - a.x);
    const half = width / 2 + AIR;
    return [
      { x: a.x + sign * half, y: a.y },
      { x: b.x - sign * half, y: b.y },
    ];
  }
  return [
    { x: a.x, y: start.y + height + AIR },
    { x: b.x, y: end.y - AIR },
  ];
};

const RADIUS = 10;

/** A path along straight lines, with round corners. */
const pathOf = (way: readonly Point[]): string =>
  way
    .map((point, index) => {
      const [before, after] = [way[index - 1], way[index + 1]];
      if (!before) return `M${point.x} ${point.y}`;
      if (!after) return `L${point.x} ${point.y}`;
      const [enter, leave] = [towards(point, before), towards(point, after)];
      return `L${enter.x} ${enter.y}Q${point.x} ${point.y} ${leave.x} ${leave.y}`;
    })
    .join('');

const towards = ({ x, y }: Point, other: Point): Point => ({
  x: x + Math.sign(other.x - x) * RADIUS,
  y: y + Math.sign(other.y - y) * RADIUS,
});

/** Characters of a line of a label next to an arrow that leads down. */
const LABEL_CHARACTERS = 14;

const wrapped = (label: string): string[] => {
  const lines: string[] = [];
  for (const word of label.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= LABEL_CHARACTERS)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
};

const LABEL_HEIGHT = 14;

const drawArrow = (arrow: Arrow): string => {
  const way = wayOf(arrow);
  const [start, end] = [way[0]!, way.at(-1)!];
  const path = element('path', {
    class: arrow.isRepair ? 'way repair' : 'way',
    d: pathOf(way),
    'marker-end': 'url(#head)',
  });
  if (arrow.label === undefined) return path;
  if (start.y === end.y) return path + text((start.x + end.x) / 2, start.y - 8, 'label', arrow.label, 'middle');
  const lines = wrapped(arrow.label);
  const top = (start.y + end.y) / 2 - ((lines.length - 1) * LABEL_HEIGHT) / 2 + 4;
  return path + lines.map((line, index) => text(start.x + 12, top + index * LABEL_HEIGHT, 'label', line)).join('');
};

const HEAD = element(
  'marker',
  { id: 'head', viewBox: '0 0 10 10', refX: 8.5, refY: 5, markerWidth: 7, markerHeight: 7, orient: 'auto' },
  element('path', { class: 'head', d: 'M0 0.8 10 5 0 9.2z' }),
);

/** The architecture as a picture, for a light and for a dark page. */
export const architectureSvg = (): string =>
  picture(
    WIDTH,
    HEIGHT,
    `The way of an event: ${ARROWS.map(({ from, to }) => `${nameOf(from)} to ${nameOf(to)}`).join(', ')}`,
    `<style>${STYLE}\n</style>`,
    element('defs', {}, HEAD),
    text(MARGIN.side, 34, 'title', 'The way of an event'),
    text(WIDTH - MARGIN.side, 34, 'label', 'Dashed: what was set aside goes back on the stream', 'end'),
    ...ARROWS.map(drawArrow),
    ...PARTS.map(drawPart),
  );

const nameOf = (id: string): string => PARTS.find((part) => part.id === id)!.name;

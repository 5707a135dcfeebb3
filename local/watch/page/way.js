import { count, duration, named, number, setText, svg } from './dom.js';

/** The parts of the picture. `at` is where they are on a wide page, `tall` on a narrow one. */
const NODES = [
  {
    name: 'source',
    title: (f) => (f.read === undefined ? 'Put on the stream' : 'Read by the client'),
    figure: (f) => f.read ?? f.records,
    data: (f) => (f.read === undefined ? 'records' : 'read'),
    note: (f) => (f.read === undefined ? named(f.records, 'record') : `${count(f.records, 'record')} put`),
    at: [4, 66, 176, 92],
    tall: [4, 4, 168, 92],
  },
  {
    name: 'stream',
    title: () => 'In the stream',
    figure: (f) => f.waiting,
    data: () => 'waiting',
    note: (f) => (f.lag === undefined ? 'EventStream' : `lag ${duration(f.lag)}`),
    at: [226, 66, 176, 92],
    tall: [188, 4, 168, 92],
  },
  {
    name: 'function',
    title: () => 'Function',
    figure: (f) => f.events,
    data: () => 'events',
    note: (f) => (f.unwritten ? `${number(f.unwritten)} to come again` : `${named(f.events, 'event')} handed to it`),
    at: [448, 66, 176, 92],
    tall: [4, 132, 168, 92],
  },
  {
    name: 'dropped',
    title: () => 'Dropped',
    figure: (f) => (f.events === undefined ? undefined : (f.dropped ?? 0)),
    data: () => 'dropped',
    note: () => 'no row to store',
    at: [448, 196, 176, 92],
    tall: [188, 132, 168, 92],
  },
  {
    name: 'stored',
    title: () => 'EventData',
    figure: (f) => f.rows ?? f.written,
    data: (f) => (f.rows === undefined ? 'written' : 'rows'),
    note: (f) => {
      if (f.rows === undefined) return `${named(f.written, 'event')} stored`;
      const rows = named(f.rows, 'row');
      // The row of an event is in the table, or a later one stands in its place.
      const events = f.written + (f.superseded ?? 0) + (f.stale ?? 0);
      return f.written === undefined ? rows : `${rows} of ${count(events, 'event')}`;
    },
    at: [682, 4, 176, 92],
    tall: [4, 260, 168, 92],
  },
  {
    name: 'rejected',
    isBad: true,
    title: () => 'RejectedEvents',
    figure: (f) => f.rejectedRows ?? f.rejected,
    data: (f) => (f.rejectedRows === undefined ? 'rejected' : 'rejectedRows'),
    note: () => 'each with its reason',
    at: [682, 128, 176, 92],
    tall: [188, 260, 168, 92],
  },
  {
    name: 'rollups',
    title: () => 'Rollups',
    figure: (f) => f.groups,
    data: () => 'groups',
    note: (f) => {
      const groups = named(f.groups, 'group');
      return f.changes === undefined ? groups : `${groups}; ${count(f.changes, 'change')}`;
    },
    at: [898, 4, 178, 92],
    tall: [4, 388, 184, 92],
  },
];

/** What flows between them, and the figure that grows when it does. */
const EDGES = [
  { from: 'source', to: 'stream', by: 'records' },
  { from: 'stream', to: 'function', by: 'events' },
  { from: 'function', to: 'dropped', by: 'dropped' },
  { from: 'function', to: 'stored', by: 'written' },
  { from: 'function', to: 'rejected', by: 'rejected', isBad: true },
  { from: 'stored', to: 'rollups', by: 'changes' },
];

/** A curve from the right border of a box to the left one of another. */
const across = ([x, y, w, h], [u, v, , t]) => {
  const [from, to] = [
    [x + w + 2, y + h / 2],
    [u - 9, v + t / 2],
  ];
  const middle = (from[0] + to[0]) / 2;
  return { d: `M${from} C${middle},${from[1]} ${middle},${to[1]} ${to}`, tip: to, turn: 0 };
};

/** A curve from the lower border of a box to the upper one of another. */
const down = ([x, y, w, h], [u, v, s]) => {
  const [from, to] = [
    [x + Math.min(w, s) / 2, y + h + 2],
    [u + Math.min(w, s) / 2, v - 9],
  ];
  const middle = (from[1] + to[1]) / 2;
  return { d: `M${from} C${from[0]},${middle} ${to[0]},${middle} ${to}`, tip: to, turn: 90 };
};

const picture = (place, size, kind) => {
  const boxes = new Map(NODES.map((node) => [node.name, node[place]]));
  const edges = EDGES.map(({ from, to, isBad }) => {
    const [a, b] = [boxes.get(from), boxes.get(to)];
    const { d, tip, turn } = b[1] >= a[1] + a[3] ? down(a, b) : across(a, b);
    const path = svg('path', { class: `edge${isBad ? ' bad' : ''}`, d });
    const arrow = svg('path', {
      class: 'tip',
      d: 'M-1,-5 L7,0 L-1,5 z',
      transform: `translate(${tip}) rotate(${turn})`,
    });
    return { path, arrow };
  });
  const nodes = NODES.map(({ name, isBad }) => {
    const [x, y, width, height] = boxes.get(name);
    const text = (kind, dy) => svg('text', { class: kind, x: x + 16, y: y + dy });
    const parts = { title: text('title', 26), figure: text('figure', 56), note: text('note', 77) };
    const box = svg('rect', { x, y, width, height, rx: 12 });
    const group = svg('g', { class: `node${isBad ? ' bad' : ''}` }, box, parts.title, parts.figure, parts.note);
    return { group, ...parts };
  });
  const root = svg(
    'svg',
    { class: kind, viewBox: `0 0 ${size}`, role: 'img' },
    ...edges.flatMap(({ path, arrow }) => [path, arrow]),
    ...nodes.map(({ group }) => group),
  );
  return { root, edges, nodes };
};

/** The way of an event as a picture whose parts carry their numbers. @returns shows figures */
export const wayIn = (place) => {
  const pictures = [picture('at', '1080 292', 'wide'), picture('tall', '360 484', 'tall')];
  place.append(...pictures.map(({ root }) => root));
  let before;
  return (figures) => {
    const label = NODES.map((node) => `${node.title(figures)}: ${number(node.figure(figures))}`).join(', ');
    for (const { root, edges, nodes } of pictures) {
      root.setAttribute('aria-label', `The way of an event. ${label}`);
      for (const [index, node] of NODES.entries()) {
        const { group, title, figure, note } = nodes[index];
        const value = node.figure(figures);
        setText(title, node.title(figures));
        setText(figure, number(value));
        setText(note, node.note(figures));
        figure.setAttribute('data-figure', node.data(figures));
        group.classList.toggle('some', value > 0);
      }
      for (const [index, { by }] of EDGES.entries())
        edges[index].path.classList.toggle('moving', before !== undefined && (figures[by] ?? 0) > (before[by] ?? 0));
    }
    before = figures;
  };
};

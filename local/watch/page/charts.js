import { byId, clockTime, count, el, keyed, number, perSecond, setText, visible } from './dom.js';

const dark = matchMedia('(prefers-color-scheme: dark)');
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** A window's name on an axis: as much of its time as tells it from the others. */
const LABELS = {
  second: (seconds) => clockTime(seconds),
  minute: (seconds) => clockTime(seconds).slice(0, 5),
  hour: (seconds) => new Date(seconds * 1000).toISOString().slice(5, 13).replace('T', ' ').concat('h'),
  day: (seconds) => new Date(seconds * 1000).toISOString().slice(5, 10),
};

const LENGTHS = { second: 1, minute: 60, hour: 3_600, day: 86_400 };

/**
 * Seconds between two names below an axis. Whole multiples since 1970, so that they fall on windows, which are in UTC. None is more
 * than 2.5 times the one before: a phone has room for two or three names, and would show none.
 */
const STEPS = [
  [LENGTHS.second, [1, 2, 5, 10, 15, 30]],
  [LENGTHS.minute, [1, 2, 5, 10, 15, 30]],
  [LENGTHS.hour, [1, 2, 3, 6, 12]],
  [LENGTHS.day, [1, 2, 5, 10, 20, 50, 100]],
].flatMap(([length, counts]) => counts.map((count) => count * length));

/** Between two counts: 1, 2, 5, 10 and so on. */
const COUNTS = Array.from({ length: 16 }, (_, zeros) => [1, 2, 5].map((digit) => digit * 10 ** zeros)).flat();

/** Which point a key leads to. @param at the one where the pointer is @param last of all */
const KEYS = {
  ArrowLeft: (at) => Math.max(0, at - 1),
  ArrowRight: (at, last) => Math.min(last, at + 1),
  Home: () => 0,
  End: (_, last) => last,
};

/** How lines look, for uPlot. */
const linesOf = ({ every, series, data }) => {
  const axis = {
    stroke: colour('quiet'),
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui',
  };
  return {
    // Half of a time of day, which may stand below the end of the axis in any font.
    padding: [null, 32, null, null],
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    // Its own axis of times would have the days and hours of the browser's time zone.
    scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 80,
        size: 30,
        incrs: STEPS.filter((step) => step >= LENGTHS[every]),
        values: (_, splits) => splits.map(LABELS[every]),
      },
      { ...axis, size: 56, incrs: COUNTS, values: (_, splits) => splits.map(number) },
    ],
    series: [
      {},
      ...series.map((name, index) => ({
        stroke: colour(name),
        width: 2,
        points: { show: data[0].length < 3 },
        ...(index === 0 && series.length < 3 && { fill: `${colour(name)}22` }),
      })),
    ],
  };
};

/**
 * Lines over time. It holds what it was last given, so it does not grow.
 *
 * @param place the element that it fills
 * @param name what a screen reader calls it
 * @param onCursor hears which point the pointer is over, or nothing; gives what is there, for a screen reader
 */
const lineChart = (place, { height, name, onCursor }) => {
  let plot;
  let shown;
  const at = () => plot.cursor.idx ?? undefined;
  const say = () => {
    place.ariaLabel = name();
    place.ariaValueMax = shown.data[0].length - 1;
    place.ariaValueNow = at() ?? place.ariaValueMax;
    place.ariaValueText = onCursor(at());
  };
  Object.assign(place, { tabIndex: 0, role: 'slider', ariaRoleDescription: 'line chart', ariaValueMin: 0 });
  place.addEventListener('blur', () => plot.setCursor({ left: -10, top: -10 }));
  place.addEventListener('keydown', (event) => {
    // With another key they are the browser's: back, and the like.
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const [times] = shown.data;
    const last = times.length - 1;
    const to = KEYS[event.key]?.(at() ?? last, last);
    if (to === undefined) return;
    event.preventDefault();
    plot.setCursor({ left: plot.valToPos(times[to], 'x'), top: 0 });
    say();
  });
  const draw = () => {
    plot?.destroy();
    const size = { width: place.clientWidth || 600, height };
    const hooks = { setCursor: [({ cursor }) => onCursor(cursor.idx ?? undefined)] };
    plot = new uPlot({ ...size, ...linesOf(shown), hooks }, shown.data, place);
  };
  dark.addEventListener('change', () => shown && draw());
  new ResizeObserver(() => plot?.setSize({ width: place.clientWidth, height })).observe(place);
  return (every, series, data) => {
    const isSame =
      plot &&
      shown.every === every &&
      String(shown.series) === String(series) &&
      shown.data[0].length < 3 === data[0].length < 3;
    shown = { every, series, data };
    if (isSame) plot.setData(data);
    else draw();
    // A screen reader would read out each change of what has the focus.
    if (document.activeElement !== place) say();
  };
};

/** The rate of the last minutes. @returns shows one */
export const rateIn = () => {
  let rate;
  let at;
  const tell = () => {
    const index = at ?? (rate?.times.length ?? 0) - 1;
    if (!rate || index < 0) return '';
    const [stored, rejected] = [rate.stored, rate.rejected].map((of) => perSecond(of[index]));
    const time = `${clockTime(rate.times[index])} UTC`;
    setText(byId('rate-stored'), stored);
    setText(byId('rate-rejected'), rejected);
    // Its room stays: what grew would push the line away from below the pointer.
    setText(byId('rate-at'), `at ${time}`);
    byId('rate-at').style.visibility = at === undefined ? 'hidden' : '';
    return `${time}: stored ${stored}, rejected ${rejected}`;
  };
  const draw = lineChart(byId('rate'), {
    height: 170,
    name: () => byId('rate-title').textContent,
    onCursor: (index) => {
      at = index;
      return tell();
    },
  });
  return (next) => {
    rate = next;
    byId('rate-section').hidden = rate.times.length === 0;
    if (rate.times.length === 0) return;
    draw('second', ['c0', 'bad'], [rate.times, rate.stored, rate.rejected]);
    tell();
  };
};

/** One rollup: lines of its largest groups, and a bar for each of more. */
const cardFor = (onGroup) => (first) => {
  const chart = el('div', { class: 'chart' });
  const title = el('h3', {});
  const note = el('p', { class: 'quiet' });
  // Below the lines: what grows above them would push them away from below the pointer.
  const there = el('p', { class: 'quiet' });
  const bars = el('ol', { class: 'bars' });
  const card = el('article', { class: 'card' }, title, note, chart, there, bars);
  let rollup = first;
  /** What its lines are over. */
  const over = () => (rollup.over === 'arrival' ? 'second' : rollup.every);
  const tell = (index) => {
    const growing = rollup.over === 'arrival' ? ', as rows arrive' : '';
    const groups = `${count(rollup.groups, 'group')}${growing}`;
    const at = index === undefined ? undefined : rollup.times[index];
    // Isolated, as a name that is written from right to left would turn what stands after it.
    const counts = rollup.series.map(({ group, rows }) => `\u2068${visible(group)}\u2069 ${number(rows[index])}`);
    const text = at === undefined ? '' : `${LABELS[over()](at)} UTC: ${counts.join(', ')}`;
    setText(note, groups);
    setText(there, text);
    return text || groups;
  };
  const draw = lineChart(chart, { height: 150, name: () => title.textContent, onCursor: tell });
  card.show = (next) => {
    rollup = next;
    setText(title, `${rollup.name} ${rollup.every === 'ever' ? 'of all time' : `by ${rollup.every}`}`);
    tell();
    chart.hidden = rollup.series.length === 0;
    if (!chart.hidden)
      draw(
        over(),
        rollup.series.map((_, index) => `c${index}`),
        [rollup.times, ...rollup.series.map(({ rows }) => rows)],
      );
    const most = Math.max(1, ...rollup.bars.map(({ rows }) => rows));
    keyed(
      bars,
      rollup.bars,
      ({ group }) => group,
      ({ group }) => {
        const name = el('bdi', { class: 'name', dir: 'auto', title: group }, visible(group));
        const fill = el('span', { class: 'fill' });
        const value = el('span', { class: 'value' });
        const button = el(
          'button',
          { type: 'button' },
          el('span', { class: 'dot' }),
          name,
          el('span', { class: 'track' }, fill),
          value,
        );
        button.addEventListener('click', () => onGroup(rollup.name, group));
        return Object.assign(el('li', {}, button), { button, fill, amount: value });
      },
      ({ button, fill, amount }, { group, rows, sums }, index) => {
        button.className = `k${Math.min(index, 5)}`;
        fill.style.width = `${Math.max(1, (rows / most) * 100)}%`;
        setText(amount, [number(rows), ...sums].join(' · '));
        button.setAttribute('aria-label', `${visible(group)}: ${[count(rows, 'row'), ...sums].join(', ')}. Show them`);
      },
    );
  };
  return card;
};

/** All rollups. @param onGroup hears of a group that is to be looked at @returns shows them */
export const rollupsIn = (onGroup) => {
  const make = cardFor(onGroup);
  return (rollups) => {
    byId('rollups-section').hidden = rollups.length === 0;
    keyed(
      byId('rollups'),
      rollups,
      ({ name }) => name,
      make,
      (card, rollup) => card.show(rollup),
    );
  };
};

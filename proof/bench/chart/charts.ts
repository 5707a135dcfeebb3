import type { Compared } from '../client/compare.ts';
import { SIZES } from '../client/sizes.ts';
import { count } from '../figures.ts';
import type { ComparedHandlers } from '../handler/compare.ts';
import type { Report } from '../report-file.ts';
import type { Results } from '../sections.ts';
import { type Bar, type Bars, drawBars, heightOfBars } from './bars.ts';
import { CURVE_HEIGHT, type Curve, drawCurve } from './curve.ts';
import { picture } from './svg.ts';

export interface Chart {
  /** Of its file. */
  name: string;
  svg: string;
}

const WIDTH = 860;
const GAP = 10;

/** The charts of docs/performance.md, as far as the report has their figures. */
export const chartsOf = ({ handler, client, pipeline, growth }: Report): Chart[] => [
  ...(handler ? [{ name: 'performance-handler.svg', svg: handlerChart(handler.result) }] : []),
  ...(client ? [{ name: 'performance-client.svg', svg: clientChart(client.result) }] : []),
  ...(pipeline ? [{ name: 'performance-pipeline.svg', svg: pipelineChart(pipeline.result) }] : []),
  ...(growth ? [{ name: 'performance-growth.svg', svg: growthChart(growth.result) }] : []),
];

const stacked = (title: string, panels: readonly Bars[]): string => {
  let top = 0;
  const drawn = panels.map((panel) => {
    const svg = drawBars(panel, WIDTH, top);
    top += heightOfBars(panel) + GAP;
    return svg;
  });
  return picture(WIDTH, top, title, ...drawn);
};

const barsOf = (compared: ComparedHandlers | Compared, figure: 'cpuPerEvent' | 'eventsPerSecond'): Bar[] =>
  Object.entries(compared).map(([peer, found]) => ({
    name: found.name,
    value: found[figure],
    isOurs: peer === 'ours',
  }));

const handlerChart = ({ atOnce, withLatency, latencyMs }: Results['handler']): string =>
  stacked('The function beside its peers', [
    {
      title: 'Function: processor time for an event',
      note: 'µs, less is better',
      bars: barsOf(atOnce, 'cpuPerEvent'),
    },
    {
      title: `Function: events a second, DynamoDB ${latencyMs} ms away`,
      note: 'one invocation at a time, more is better',
      bars: barsOf(withLatency, 'eventsPerSecond'),
    },
  ]);

const clientChart = ({ peers, latencyMs }: Results['client']): string =>
  stacked(
    'The client beside its peers',
    SIZES.flatMap(({ size, name }) => [
      {
        title: `Client: processor time for an event, ${name}`,
        note: 'µs, less is better',
        bars: barsOf(peers[size], 'cpuPerEvent'),
      },
      {
        title: `Client: events a second, ${name}, Kinesis ${latencyMs} ms away`,
        note: 'more is better',
        bars: barsOf(peers[size], 'eventsPerSecond'),
      },
    ]),
  );

const pipelineChart = ({ runs, bytes }: Results['pipeline']): string =>
  stacked(
    'npm start beside a bare loop',
    runs.map(({ events, bare, pipeline }) => ({
      title: `Pipeline: ${count(events)} events of ${count(bytes)} bytes`,
      note: 'events a second, more is better',
      bars: [
        { name: 'a bare put-poll-write loop', value: bare, isOurs: false },
        { name: 'npm start', value: pipeline, isOurs: true },
      ],
    })),
  );

const growthChart = (growth: Results['growth']): string => {
  const { latencyMs, batchSize, eventSize, inFlight, shards, backlog } = growth;
  const rates = (points: readonly { at: number; eventsPerSecond: number }[]) =>
    points.map(({ at, eventsPerSecond }) => ({ at, value: eventsPerSecond }));
  const costs = (points: Results['growth']['batchSize']) =>
    points.map(({ at, cpuPerEvent }) => ({ at, value: cpuPerEvent }));
  const away = `DynamoDB ${latencyMs} ms away`;
  const curves: Curve[] = [
    {
      title: 'Batch size: cost',
      note: 'function, µs CPU an event',
      along: 'events in a batch',
      points: costs(batchSize),
    },
    {
      title: 'Batch size: speed',
      note: `function, events/s, ${away}`,
      along: 'events in a batch',
      points: rates(batchSize),
    },
    {
      title: 'Event size: cost',
      note: 'function, µs CPU an event',
      along: 'bytes of an event',
      points: costs(eventSize),
    },
    {
      title: 'Requests in flight',
      note: `the floor, batches of 500, events/s, ${away}`,
      along: 'requests at once',
      points: rates(inFlight),
    },
    {
      title: 'Shards',
      note: 'npm start, 10,000 events, events/s',
      along: 'shards on two cores',
      points: rates(shards),
    },
    { title: 'Backlog', note: 'npm start, events/s', along: 'events that wait', points: rates(backlog) },
  ];
  const half = WIDTH / 2;
  const drawn = curves.map((curve, index) =>
    drawCurve(curve, half, (index % 2) * half, Math.floor(index / 2) * CURVE_HEIGHT),
  );
  return picture(WIDTH, Math.ceil(curves.length / 2) * CURVE_HEIGHT, 'How cost and throughput grow', ...drawn);
};

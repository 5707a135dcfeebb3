import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClientResult, type ComparedPeers, SIZES } from '../client.ts';
import type { CostPoint, GrowthResult, RatePoint } from '../growth.ts';
import type { ComparedHandlers, HandlerResult } from '../handler.ts';
import type { PipelineResult } from '../pipeline.ts';
import type { RollupsResult } from '../rollups.ts';
import { count } from '../section.ts';
import type { Report } from '../sections.ts';
import {
  type Bar,
  type Bars,
  CURVE_HEIGHT,
  type Curve,
  drawBars,
  drawCurve,
  heightOfBars,
  picture,
} from './drawing.ts';

export interface Chart {
  /** Of its file. */
  name: string;
  svg: string;
}

const WIDTH = 860;
const GAP = 10;

/** The charts of docs/performance.md, as far as the report has their figures. */
export const chartsOf = ({ handler, rollups, client, pipeline, growth }: Report): Chart[] => [
  ...(handler ? [{ name: 'performance-handler.svg', svg: handlerChart(handler.result) }] : []),
  ...(rollups ? [{ name: 'performance-rollups.svg', svg: rollupsChart(rollups.result) }] : []),
  ...(client ? [{ name: 'performance-client.svg', svg: clientChart(client.result) }] : []),
  ...(pipeline ? [{ name: 'performance-pipeline.svg', svg: pipelineChart(pipeline.result) }] : []),
  ...(growth ? [{ name: 'performance-growth.svg', svg: growthChart(growth.result) }] : []),
];

/** Draws them into a folder. @returns the paths of the files */
export const drawCharts = (report: Report, folder: string): string[] => {
  mkdirSync(folder, { recursive: true });
  return chartsOf(report).map(({ name, svg }) => {
    const file = join(folder, name);
    writeFileSync(file, svg);
    return file;
  });
};

const stacked = (title: string, panels: readonly Bars[]): string => {
  let top = 0;
  const drawn = panels.map((panel) => {
    const svg = drawBars(panel, WIDTH, top);
    top += heightOfBars(panel) + GAP;
    return svg;
  });
  return picture(WIDTH, top, title, ...drawn);
};

/** Two panels of one comparison: what an event costs, and how many events pass. */
const compared = (
  who: string,
  what: string,
  cost: ComparedHandlers | ComparedPeers,
  speed: ComparedHandlers | ComparedPeers,
  away: string,
): Bars[] => {
  const bars = (of: typeof cost, figure: 'cpuPerEvent' | 'eventsPerSecond'): Bar[] =>
    Object.entries(of).map(([peer, found]) => ({ name: found.name, value: found[figure], isOurs: peer === 'ours' }));
  return [
    {
      title: `${who}: processor time for an event${what}`,
      note: 'µs, less is better',
      bars: bars(cost, 'cpuPerEvent'),
    },
    { title: `${who}: events a second${what}, ${away}`, note: 'more is better', bars: bars(speed, 'eventsPerSecond') },
  ];
};

const handlerChart = ({ atOnce, withLatency, latencyMs }: HandlerResult): string =>
  stacked(
    'The function next to its peers',
    compared('Function', '', atOnce, withLatency, `one invocation at a time, DynamoDB ${latencyMs} ms away`),
  );

const rollupsChart = ({ peers, batchSize, groups, latencyMs }: RollupsResult): string => {
  const bars = (figure: 'cpu' | 'changesPerSecond'): Bar[] =>
    Object.entries(peers).map(([peer, found]) => ({ name: found.name, value: found[figure], isOurs: peer === 'ours' }));
  const extent = `batches of ${count(batchSize)}, ${groups} groups`;
  return stacked('Rollups next to the usual ways to count', [
    { title: `Rollups: processor time for a change, ${extent}`, note: 'µs, less is better', bars: bars('cpu') },
    {
      title: `Rollups: changes a second, DynamoDB ${latencyMs} ms away`,
      note: 'more is better',
      bars: bars('changesPerSecond'),
    },
  ]);
};

const clientChart = ({ peers, latencyMs }: ClientResult): string =>
  stacked(
    'The client next to its peers',
    SIZES.flatMap(({ size, name }) =>
      compared('Client', `, ${name}`, peers[size], peers[size], `Kinesis ${latencyMs} ms away`),
    ),
  );

const pipelineChart = ({ runs, bytes }: PipelineResult): string =>
  stacked(
    'npm start next to a bare loop',
    runs.map(({ events, bare, pipeline }) => ({
      title: `Pipeline: ${count(events)} events of ${count(bytes)} bytes`,
      note: 'events a second, more is better',
      bars: [
        { name: 'a bare put-poll-write loop', value: bare, isOurs: false },
        { name: 'npm start', value: pipeline, isOurs: true },
      ],
    })),
  );

const growthChart = ({ latencyMs, batchSize, eventSize, inFlight, shards, backlog }: GrowthResult): string => {
  const rates = (points: readonly RatePoint[]) =>
    points.map((point) => ({ at: point.at, value: point.eventsPerSecond }));
  const costs = (points: readonly CostPoint[]) => points.map((point) => ({ at: point.at, value: point.cpuPerEvent }));
  const away = `DynamoDB ${latencyMs} ms away`;
  const cost = 'function, µs CPU an event';
  const curves: [title: string, note: string, along: string, points: Curve['points']][] = [
    ['Batch size: cost', cost, 'events in a batch', costs(batchSize)],
    ['Batch size: speed', `function, events/s, ${away}`, 'events in a batch', rates(batchSize)],
    ['Event size: cost', cost, 'bytes of an event', costs(eventSize)],
    ['Requests in flight', `the floor, batches of 500, events/s, ${away}`, 'requests at once', rates(inFlight)],
    ['Shards', 'npm start, 10,000 events, events/s', 'shards on two cores', rates(shards)],
    ['Backlog', 'npm start, events/s', 'events that wait', rates(backlog)],
  ];
  const half = WIDTH / 2;
  const drawn = curves.map(([title, note, along, points], index) =>
    drawCurve({ title, note, along, points }, half, (index % 2) * half, Math.floor(index / 2) * CURVE_HEIGHT),
  );
  return picture(WIDTH, Math.ceil(curves.length / 2) * CURVE_HEIGHT, 'How cost and throughput grow', ...drawn);
};

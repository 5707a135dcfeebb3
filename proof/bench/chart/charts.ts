import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClientResult, type ComparedPeers, SIZES } from '../client.ts';
import { AXES, type AxisName, type GrowthResult } from '../growth.ts';
import type { ComparedHandlers, HandlerResult } from '../handler.ts';
import { type PipelineResult, WAYS, type Way } from '../pipeline.ts';
import type { RollupsResult } from '../rollups.ts';
import { count } from '../section.ts';
import type { Results } from '../sections.ts';
import { type Bar, type Bars, CURVE_HEIGHT, drawBars, drawCurve, heightOfBars, picture } from './drawing.ts';

export interface Chart {
  /** Of its file. */
  name: string;
  svg: string;
}

const WIDTH = 860;
const GAP = 10;

/** The charts of docs/performance.md, as far as there are figures for them. */
export const chartsOf = ({ handler, rollups, client, pipeline, growth }: Partial<Results>): Chart[] => [
  ...(handler ? [{ name: 'performance-handler.svg', svg: handlerChart(handler) }] : []),
  ...(rollups ? [{ name: 'performance-rollups.svg', svg: rollupsChart(rollups) }] : []),
  ...(client ? [{ name: 'performance-client.svg', svg: clientChart(client) }] : []),
  ...(pipeline ? [{ name: 'performance-pipeline.svg', svg: pipelineChart(pipeline) }] : []),
  ...(growth ? [{ name: 'performance-growth.svg', svg: growthChart(growth) }] : []),
];

/** Draws them into a folder. @returns the paths of the files */
export const drawCharts = (results: Partial<Results>, folder: string): string[] => {
  mkdirSync(folder, { recursive: true });
  return chartsOf(results).map(({ name, svg }) => {
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
      title: `${who}: CPU time for an event${what}`,
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
    { title: `Rollups: CPU time for a change, ${extent}`, note: 'µs, less is better', bars: bars('cpu') },
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

const pipelineChart = ({ events, bytes, ways }: PipelineResult): string =>
  stacked('npm start next to a bare loop', [
    {
      title: `Pipeline: ${count(events)} events of ${count(bytes)} bytes`,
      note: 'events a second, more is better',
      bars: Object.entries(WAYS).map(([way, name]) => ({ name, value: ways[way as Way], isOurs: way !== 'bare' })),
    },
  ]);

/** Events a second along each axis. */
const growthChart = ({ curves }: GrowthResult): string => {
  const half = WIDTH / 2;
  const drawn = (Object.keys(curves) as AxisName[])
    .filter((name) => curves[name].length > 0)
    .map((name, index) => {
      const { title, of } = AXES[name];
      const points = curves[name].map(({ at, eventsPerSecond }) => ({ at, value: eventsPerSecond }));
      // Not the first letter of CPUs.
      const along = title.replace(/^[A-Z](?=[a-z ])/, (first) => first.toLowerCase());
      const curve = { title, note: `events/s: ${of}`, along, points };
      return drawCurve(curve, half, (index % 2) * half, Math.floor(index / 2) * CURVE_HEIGHT);
    });
  return picture(WIDTH, Math.ceil(drawn.length / 2) * CURVE_HEIGHT, 'How throughput grows', ...drawn);
};

import { expect } from 'chai';
import { REASONS } from '../../core/invalid-event.ts';
import { METRICS, REJECTED_FOR_REASON } from '../../functions/ddb-event-processor/metrics.ts';
import { METRICS as ROLLUP_METRICS } from '../../functions/event-rollups/changes-report.ts';
import type { Template } from '../../local/template/template.ts';
import { hasStatistic, isWritten } from '../support/aws-metrics.ts';
import { PLACE, stackWith } from './stack.ts';

interface Widget {
  type: string;
  x: number;
  y: number;
  width: number;
  height: number;
  properties: {
    title?: string;
    region?: string;
    period?: number;
    metrics?: unknown[][];
    alarms?: string[];
    annotations?: { horizontal: { value: number; label: string }[] };
  };
}

const widgetsOf = (stack: Template, dashboard: string): Widget[] =>
  JSON.parse(String(stack.resource(dashboard, 'AWS::CloudWatch::Dashboard').properties.DashboardBody)).widgets;

/** A graph's metric, its short forms written out. */
interface Graphed {
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
  options: { id?: string; stat?: string; label?: string; period?: number };
}
interface Calculated {
  expression: string;
}

/**
 * `.` stands for the same as in the row before, `...` for all of it but the options.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
const rowsOf = ({ properties }: Widget): { graphed: Graphed[]; calculated: Calculated[] } => {
  const graphed: Graphed[] = [];
  const calculated: Calculated[] = [];
  let before: string[] = [];
  for (const row of properties.metrics ?? []) {
    const options = (typeof row.at(-1) === 'object' ? row.at(-1) : {}) as object;
    if ('expression' in options) {
      calculated.push(options as Calculated);
      continue;
    }
    const texts = row.filter((part): part is string => typeof part === 'string');
    const names: string[] =
      texts[0] === '...' ? before : texts.map((text, index) => (text === '.' ? before[index]! : text));
    before = names;
    const [namespace = '', name = '', ...pairs] = names;
    const dimensions = Object.fromEntries(
      Array.from({ length: pairs.length / 2 }, (_, index) => [pairs[2 * index], pairs[2 * index + 1]]),
    );
    graphed.push({ namespace, name, dimensions, options });
  }
  return { graphed, calculated };
};

const SEARCH = /^SEARCH\('\{"(?<namespace>[^"]+)",(?<dimensions>[\w,]+)\} MetricName="(?<name>\w+)"', 'Sum', \d+\)$/;

/** What differs between the two. */
const DASHBOARDS = [
  {
    dashboard: 'PipelineDashboard',
    dashboardName: 'demo-eu-west-1',
    firstRow: ['1 In', '2 Waiting', '3 Stored', '4 Rejected, by reason'],
    // The alarm shows how many were rejected, the search for which reasons.
    metrics: Object.keys(METRICS).filter((name) => name !== 'rejected'),
    searches: 1,
    places: ['EventStream', 'DDBEventProcessor', 'EventDataTable', 'RejectedEventsTable', 'FailedBatches'],
    logGroup: 'DDBEventProcessorLogGroup',
    marks: { IteratorAgeAlarm: 600_000, 'kept in FailedBatches': 3_600_000, BatchSize: 500, Timeout: 60_000 },
    hasAlarm: (name: string) => !name.startsWith('Rollups'),
  },
  {
    dashboard: 'RollupsDashboard',
    dashboardName: 'demo-eu-west-1-rollups',
    firstRow: ['1 Changes', '2 Waiting', '3 Parts', '4 Calls'],
    metrics: Object.keys(ROLLUP_METRICS),
    searches: 0,
    places: ['EventRollups', 'RollupsTable', 'FailedBatches'],
    logGroup: 'EventRollupsLogGroup',
    marks: {
      RollupsIteratorAgeAlarm: 600_000,
      'kept in FailedBatches': 43_200_000,
      RollupsBatchSize: 1_000,
      Timeout: 60_000,
    },
    hasAlarm: (name: string) => name.startsWith('Rollups'),
  },
];

for (const { dashboard, dashboardName, firstRow, metrics, searches, places, logGroup, marks, hasAlarm } of DASHBOARDS)
  describe(`the dashboard ${dashboard}`, () => {
    const stack = stackWith();
    const widgets = widgetsOf(stack, dashboard);
    const graphs = widgets.filter(({ type }) => type === 'metric');
    const graphed = graphs.flatMap((widget) => rowsOf(widget).graphed);

    it('is there by default, under a name that no stack of another region has, and not where nobody wants it', () => {
      const { DashboardName } = stack.resource(dashboard, 'AWS::CloudWatch::Dashboard').properties;
      expect(DashboardName).to.equal(dashboardName);
      expect(stackWith({ Dashboard: 'false' }).ofType('AWS::CloudWatch::Dashboard')).to.deep.equal([]);
    });

    it('is JSON, whatever the parameters', () => {
      for (const ShardCount of [0, 1, 10_000])
        for (const parameters of [
          { MaximumRecordAgeInSeconds: 60, Timeout: 5 },
          { MaximumRecordAgeInSeconds: 604_800 },
        ])
          expect(widgetsOf(stackWith({ ShardCount, ...parameters }), dashboard)).to.have.length(widgets.length);
      expect(String(stack.resource(dashboard, 'AWS::CloudWatch::Dashboard').properties.DashboardBody)).to.not.match(
        /undefined|\$\{/,
      );
    });

    it('fits into 24 columns, and no graph covers another', () => {
      const covered = new Map<string, string>();
      for (const [index, { x, y, width, height, properties }] of widgets.entries()) {
        const name = properties.title ?? `widget ${index}`;
        expect(Math.min(x, y, width - 1, height - 1), name).to.be.at.least(0);
        expect(x + width, name).to.be.at.most(24);
        for (let column = x; column < x + width; column += 1)
          for (let row = y; row < y + height; row += 1) {
            const cell = `${column},${row}`;
            expect(covered.get(cell), `${name} covers ${cell}`).to.equal(undefined);
            covered.set(cell, name);
          }
      }
    });

    it('follows the way of what it shows from left to right', () => {
      const [first = 0] = graphs.map(({ y }) => y).sort((a, b) => a - b);
      const row = graphs.filter(({ y }) => y === first).sort((a, b) => a.x - b.x);
      expect(row.map(({ properties }) => properties.title)).to.deep.equal(firstRow);
    });

    it('graphs metrics that there are, by the dimensions that they have', () => {
      expect(graphed.length).to.be.above(metrics.length);
      for (const { namespace, name, dimensions } of graphed)
        expect(isWritten(namespace, name, Object.keys(dimensions)), `${namespace} ${name}`).to.equal(true);
    });

    it('graphs what belongs to this stack', () => {
      const names = [...places, logGroup].map((name) => stack.nameOf(name));
      for (const { name, dimensions } of graphed) {
        const { FilterId: _, StorageType: __, GlobalSecondaryIndexName: ___, ...places } = dimensions;
        for (const place of Object.values(places)) expect(names, name).to.include(place);
      }
      for (const { namespace } of graphed) expect(namespace).to.match(/^(AWS\/|demo$)/);
      for (const { properties } of graphs) expect(properties.region, properties.title).to.equal(PLACE.region);
    });

    it('graphs every metric that the function writes', () => {
      const ours = new Set(graphed.filter(({ namespace }) => namespace === 'demo').map(({ name }) => name));
      expect([...ours]).to.have.members(metrics);
    });

    it('says of each metric which statistic and which period it is', () => {
      for (const { properties, ...widget } of graphs)
        for (const { name, options } of rowsOf({ properties, ...widget }).graphed) {
          expect(options.stat, name).to.match(/^(Sum|Average|Minimum|Maximum|p\d\d)$/);
          expect(hasStatistic(name, options.stat), `${options.stat} of ${name}`).to.equal(true);
          expect((options.period ?? properties.period ?? 0) % 60, name).to.equal(0);
          expect(options.period ?? properties.period, name).to.be.above(0);
        }
    });

    it('calculates with metrics that are in the same graph, and searches only for one that there is', () => {
      const expressions = graphs.flatMap((widget) => {
        const { calculated, graphed: inSameGraph } = rowsOf(widget);
        return calculated.map(({ expression }) => ({ expression, ids: inSameGraph.map(({ options }) => options.id) }));
      });
      expect(expressions).to.not.be.empty;
      for (const { expression, ids } of expressions) {
        const found = SEARCH.exec(expression)?.groups;
        if (found) {
          expect(found).to.include({ namespace: 'demo', name: REJECTED_FOR_REASON });
          expect(isWritten('demo', REJECTED_FOR_REASON, found.dimensions?.split(',') ?? [])).to.equal(true);
        } else for (const [id] of expression.matchAll(/\b[a-z]\w*/g)) expect(ids, expression).to.include(id);
      }
      expect(expressions.filter(({ expression }) => SEARCH.test(expression))).to.have.length(searches);
    });

    it('marks what the parameters set, in the unit of the graph', () => {
      const marked = graphs.flatMap(({ properties }) => properties.annotations?.horizontal ?? []);
      expect(Object.fromEntries(marked.map(({ label, value }) => [label, value]))).to.deep.equal(marks);
      for (const alarm of ['IteratorAgeAlarm', 'RollupsIteratorAgeAlarm'])
        expect(stack.resource(alarm, 'AWS::CloudWatch::Alarm').properties.Threshold, alarm).to.equal(600_000);
    });

    it('shows every alarm of its function', () => {
      const shown = widgets.flatMap(({ properties }) => properties.alarms ?? []);
      const names = stack.ofType('AWS::CloudWatch::Alarm').map(([name]) => name);
      expect(shown).to.have.members(names.filter(hasAlarm).map(stack.arnOf));
    });

    it('has no more metrics than an account has for free on a dashboard', () => {
      // The search finds one for each reason at most. https://aws.amazon.com/cloudwatch/pricing/
      // Another statistic of a metric is not another metric.
      const different = new Set(graphed.map(({ options: _, ...metric }) => JSON.stringify(metric)));
      expect(different.size + searches * REASONS.length).to.be.at.most(50);
    });
  });

describe('the dashboard RollupsDashboard', () => {
  it('is there only where there are rollups', () => {
    const names = stackWith({ Rollups: 'false' })
      .ofType('AWS::CloudWatch::Dashboard')
      .map(([name]) => name);
    expect(names).to.deep.equal(['PipelineDashboard']);
  });
});

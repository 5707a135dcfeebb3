import { METRICS } from '../../functions/ddb-event-processor/metrics.ts';
import type { MetricKinds } from '../../functions/embedded-metrics.ts';
import { METRICS as ROLLUP_METRICS } from '../../functions/event-rollups/changes-report.ts';
import { parseTemplate, type Resource, resolveTemplate } from '../../local/template/template.ts';

interface Parsed {
  Parameters: Record<string, { Default?: unknown }>;
}

/** What is billed by the piece does not depend on the first three. The estimate adds what an index and rollups cost. */
const STACK = { name: 'plan', region: 'us-east-1', accountId: '000000000000', parameters: { TypeIndex: 'false' } };

/**
 * What the plan needs to know of the stack, from the text of template.yaml: the defaults of its parameters, and what is billed by the
 * piece.
 *
 * @throws {Error} naming the parameter that is missing, or is not a number where one is needed
 */
export const readDeployed = (text: string) => {
  const template = parseTemplate(text) as Parsed & Parameters<typeof resolveTemplate>[0];
  const { Parameters } = template;
  const byDefault = (name: string): unknown => {
    const value = Parameters[name]?.Default;
    if (value === undefined)
      throw new Error(`template.yaml has no parameter ${name} with a default; expected one, as in its first version`);
    return value;
  };
  const number = (name: string): number => {
    const value = byDefault(name);
    if (typeof value === 'number') return value;
    throw new Error(`the default of ${name} in template.yaml is ${JSON.stringify(value)}; expected a number`);
  };
  // What a condition leaves out is not billed.
  const ofType = (type: string, Rollups = 'false') =>
    resolveTemplate(template, { ...STACK, parameters: { ...STACK.parameters, Rollups } })
      .ofType(type)
      .map(([, resource]) => resource);
  const alarmsWith = (Rollups: string): number => ofType('AWS::CloudWatch::Alarm', Rollups).flatMap(watchedBy).length;
  return {
    batchSize: number('BatchSize'),
    maximumBatchingWindowInSeconds: number('MaximumBatchingWindowInSeconds'),
    parallelizationFactor: number('ParallelizationFactor'),
    /** MB. */
    memorySize: number('MemorySize'),
    architecture: byDefault('Architecture') === 'x86_64' ? ('x86_64' as const) : ('arm64' as const),
    pointInTimeRecovery: String(byDefault('PointInTimeRecovery')) === 'true',
    /** How long the stream keeps events. */
    retentionPeriodHours: number('RetentionPeriodHours'),
    /** How long the table keeps rows; 0 is for ever. */
    retentionDays: number('RetentionDays'),
    /** Whether the table has an index by Type, which holds each row once more. */
    typeIndex: String(byDefault('TypeIndex')) === 'true',
    /** Whether a function keeps rollups. */
    rollups: String(byDefault('Rollups')) === 'true',
    rollupsBatchSize: number('RollupsBatchSize'),
    rollupsBatchingWindowInSeconds: number('RollupsBatchingWindowInSeconds'),
    /**
     * Metrics that the alarms watch, those of the index and of the rollups not included: each is billed.
     * https://aws.amazon.com/cloudwatch/pricing/
     */
    alarms: alarmsWith('false'),
    rollupsAlarms: alarmsWith('true') - alarmsWith('false'),
    secrets: ofType('AWS::SecretsManager::Secret').length,
    /** Metrics of the functions that have a value whenever events come. */
    metrics: billedOf(METRICS),
    rollupsMetrics: billedOf(ROLLUP_METRICS),
  };
};

export type Deployed = ReturnType<typeof readDeployed>;

const billedOf = (metrics: MetricKinds): number => Object.values(metrics).filter(({ sparse }) => !sparse).length;

/** The metrics of an alarm: one, or those that its expression is made of. */
const watchedBy = ({ properties: { Metrics } }: Resource): unknown[] =>
  Array.isArray(Metrics) ? Metrics.filter((metric) => (metric as { MetricStat?: unknown }).MetricStat) : [1];

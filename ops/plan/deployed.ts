import { METRICS } from '../../functions/ddb-event-processor/metrics.ts';
import type { MetricKinds } from '../../functions/embedded-metrics.ts';
import { METRICS as ROLLUP_METRICS } from '../../functions/event-rollups/changes-report.ts';
import { parseTemplate, type Resource, resolveTemplate } from '../../local/template/template.ts';

/** What the plan needs to know of the stack: the defaults of the template's parameters, and what it bills by the piece. */
export interface Deployed {
  batchSize: number;
  maximumBatchingWindowInSeconds: number;
  parallelizationFactor: number;
  /** MB. */
  memorySize: number;
  architecture: 'arm64' | 'x86_64';
  pointInTimeRecovery: boolean;
  /** How long the stream keeps events. */
  retentionPeriodHours: number;
  /** How long the table keeps rows; 0 is for ever. */
  retentionDays: number;
  /** Whether the table has an index by Type, which holds each row once more. */
  typeIndex: boolean;
  /** Whether a function keeps rollups. */
  rollups: boolean;
  rollupsBatchSize: number;
  rollupsBatchingWindowInSeconds: number;
  /** Metrics that the alarms watch, one of the index not included: each is billed. https://aws.amazon.com/cloudwatch/pricing/ */
  alarms: number;
  secrets: number;
  /** Metrics of the functions that have a value whenever events come. */
  metrics: number;
}

interface Parsed {
  Parameters: Record<string, { Default?: unknown }>;
}

/** What is billed by the piece does not depend on the first three. The estimate adds what an index costs. */
const STACK = { name: 'plan', region: 'us-east-1', accountId: '000000000000', parameters: { TypeIndex: 'false' } };

/**
 * Reads the stack out of the text of template.yaml.
 *
 * @throws {Error} naming the parameter that is missing, or is not a number where one is needed
 */
export const readDeployed = (text: string): Deployed => {
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
  const rollups = String(byDefault('Rollups')) === 'true';
  // What a condition leaves out by default is not billed.
  const ofType = (type: string) =>
    resolveTemplate(template, STACK)
      .ofType(type)
      .map(([, resource]) => resource);
  return {
    batchSize: number('BatchSize'),
    maximumBatchingWindowInSeconds: number('MaximumBatchingWindowInSeconds'),
    parallelizationFactor: number('ParallelizationFactor'),
    memorySize: number('MemorySize'),
    architecture: byDefault('Architecture') === 'x86_64' ? 'x86_64' : 'arm64',
    pointInTimeRecovery: String(byDefault('PointInTimeRecovery')) === 'true',
    retentionPeriodHours: number('RetentionPeriodHours'),
    retentionDays: number('RetentionDays'),
    typeIndex: String(byDefault('TypeIndex')) === 'true',
    rollups,
    rollupsBatchSize: number('RollupsBatchSize'),
    rollupsBatchingWindowInSeconds: number('RollupsBatchingWindowInSeconds'),
    alarms: ofType('AWS::CloudWatch::Alarm').flatMap(watchedBy).length,
    secrets: ofType('AWS::SecretsManager::Secret').length,
    metrics: billedOf(METRICS) + (rollups ? billedOf(ROLLUP_METRICS) : 0),
  };
};

/** The metrics of a function that have a value whenever events come. */
const billedOf = (metrics: MetricKinds): number => Object.values(metrics).filter(({ sparse }) => !sparse).length;

/** The metrics of an alarm: one, or those that its expression is made of. */
const watchedBy = ({ properties: { Metrics } }: Resource): unknown[] =>
  Array.isArray(Metrics) ? Metrics.filter((metric) => (metric as { MetricStat?: unknown }).MetricStat) : [1];

import { parse } from 'yaml';

/** What the plan needs to know of the stack: the defaults of the template's parameters, and what it bills by the piece. */
export interface Deployed {
  batchSize: number;
  maximumBatchingWindowInSeconds: number;
  parallelizationFactor: number;
  /** MB. */
  memorySize: number;
  architecture: 'arm64' | 'x86_64';
  pointInTimeRecovery: boolean;
  retentionPeriodHours: number;
  alarms: number;
  secrets: number;
}

interface Template {
  Parameters: Record<string, { Default?: unknown }>;
  Resources: Record<string, { Type: string }>;
}

/**
 * Reads the stack out of the text of template.yaml.
 *
 * @throws {Error} naming the parameter that is not there, or that is no number where one is needed
 */
export const readDeployed = (text: string): Deployed => {
  // The short forms of CloudFormation's functions are unknown tags, which would each be a warning.
  const { Parameters, Resources } = parse(text, { logLevel: 'error' }) as Template;
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
  const ofType = (type: string): number => Object.values(Resources).filter(({ Type }) => Type === type).length;
  return {
    batchSize: number('BatchSize'),
    maximumBatchingWindowInSeconds: number('MaximumBatchingWindowInSeconds'),
    parallelizationFactor: number('ParallelizationFactor'),
    memorySize: number('MemorySize'),
    architecture: byDefault('Architecture') === 'x86_64' ? 'x86_64' : 'arm64',
    pointInTimeRecovery: String(byDefault('PointInTimeRecovery')) === 'true',
    retentionPeriodHours: number('RetentionPeriodHours'),
    alarms: ofType('AWS::CloudWatch::Alarm'),
    secrets: ofType('AWS::SecretsManager::Secret'),
  };
};

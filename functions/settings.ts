import type { Processor } from '../core/processor.ts';
import { readProcessor } from '../processors/index.ts';
import { LOG_LEVELS, type LogLevel } from './log.ts';

/** The environment lacks what a function needs. The message names every problem at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
const NAMESPACE = /^[A-Za-z0-9._/#:-]{1,255}$/;

/** Reads a function's environment, one setting at a time, and remembers what is wrong with it. */
export class Settings {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #problems: string[] = [];

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  /** The name of a table, which must be set. */
  table(name: string): string {
    const value = this.#env[name] ?? '';
    if (value === '') this.#problems.push(`${name} is not set; expected the name of a DynamoDB table`);
    return value;
  }

  /** LOG_LEVEL. @default INFO */
  logLevel(): LogLevel {
    const value = this.#env.LOG_LEVEL ?? 'INFO';
    const known = LOG_LEVELS.find((name) => name === value);
    if (!known) this.#problems.push(`LOG_LEVEL is "${value}"; expected one of ${LOG_LEVELS.join(', ')}`);
    return known ?? 'INFO';
  }

  /** The processor that PROCESSOR names. @default default */
  processor(): Processor {
    const problems: string[] = [];
    const processor = readProcessor(this.#env.PROCESSOR ?? 'default', problems);
    this.#problems.push(...problems.map((problem) => `PROCESSOR cannot be used: ${problem}`));
    return processor ?? { shapes: [] };
  }

  /** METRICS_NAMESPACE, where it is set. */
  metricsNamespace(): string | undefined {
    const value = this.#env.METRICS_NAMESPACE || undefined;
    if (value === undefined) return undefined;
    if (!NAMESPACE.test(value) || value.startsWith('AWS/'))
      this.#problems.push(
        `METRICS_NAMESPACE is "${value}"; expected up to 255 letters, digits and .-_/#: that do not begin with AWS/`,
      );
    return value;
  }

  /** RETENTION_DAYS, where it is set and not 0. A fraction is taken: CloudFormation has already made a stack with it. */
  retentionDays(): number | undefined {
    const value = this.#env.RETENTION_DAYS ?? '';
    const days = Number(value);
    if (!(days >= 0 && days <= 9_999))
      this.#problems.push(`RETENTION_DAYS is "${value}"; expected a number of days, or 0 to keep all rows`);
    return days || undefined;
  }

  /** @throws {ConfigError} so that a wrong deployment fails its cold start and not a batch */
  check(): void {
    if (this.#problems.length > 0) throw new ConfigError(this.#problems.join('. '));
  }
}

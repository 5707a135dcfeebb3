import { compileFilters } from '../mapping/filter-criteria.ts';
import { type Resource, TemplateError } from './template.ts';

/** How Lambda reads a stream for a function: the properties of the template's Kinesis event, with AWS's defaults. */
export interface MappingSettings {
  batchSize: number;
  maximumBatchingWindowInSeconds: number;
  parallelizationFactor: number;
  bisectBatchOnFunctionError: boolean;
  /** −1 is without limit. */
  maximumRetryAttempts: number;
  /** −1 is until the record expires on the stream. */
  maximumRecordAgeInSeconds: number;
  /** 0 is without windows. */
  tumblingWindowInSeconds: number;
  reportBatchItemFailures: boolean;
  startingPosition: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP';
  /** For AT_TIMESTAMP. Seconds since 1970. */
  startingPositionTimestamp?: number;
  /** Of FilterCriteria, in JSON. None lets every record through. */
  filterPatterns: readonly string[];
  /** ARN of the bucket for batches that are given up. Without one they are dropped. */
  onFailureDestination?: string;
}

/** What AWS takes where the template says nothing. */
export const DEFAULT_SETTINGS: MappingSettings = {
  batchSize: 100,
  maximumBatchingWindowInSeconds: 0,
  parallelizationFactor: 1,
  bisectBatchOnFunctionError: false,
  maximumRetryAttempts: -1,
  maximumRecordAgeInSeconds: -1,
  tumblingWindowInSeconds: 0,
  reportBatchItemFailures: false,
  startingPosition: 'TRIM_HORIZON',
  filterPatterns: [],
};

const POSITIONS = ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'] as const;

/**
 * Reads the Kinesis event of a function.
 *
 * @throws {TemplateError} naming everything that AWS would refuse, or that the local stack does not understand
 */
export const readMappingSettings = (resource: Resource): MappingSettings => {
  const events = Object.values((resource.properties.Events ?? {}) as unknown as Record<string, KinesisEvent>);
  const event = events.find(({ Type }) => Type === 'Kinesis');
  if (!event) throw new TemplateError('the function has no event of the type Kinesis');
  // What is measured has no meaning on one machine.
  const { Stream: _, MetricsConfig: __, ...properties } = event.Properties;
  const problems: string[] = [];
  const read = new Properties(properties, problems);

  // https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html
  const settings: MappingSettings = {
    batchSize: read.whole('BatchSize', DEFAULT_SETTINGS.batchSize, [1, 10_000]),
    maximumBatchingWindowInSeconds: read.whole('MaximumBatchingWindowInSeconds', 0, [0, 300]),
    parallelizationFactor: read.whole('ParallelizationFactor', 1, [1, 10]),
    bisectBatchOnFunctionError: read.flag('BisectBatchOnFunctionError'),
    maximumRetryAttempts: read.whole('MaximumRetryAttempts', -1, [-1, 10_000]),
    // Less than a minute is refused, but −1 is without limit.
    maximumRecordAgeInSeconds: read.whole('MaximumRecordAgeInSeconds', -1, [60, 604_800], -1),
    tumblingWindowInSeconds: read.whole('TumblingWindowInSeconds', 0, [0, 900]),
    reportBatchItemFailures: read.reportsFailures(),
    ...read.position(),
    filterPatterns: read.patterns(),
    ...read.destination(),
  };
  problems.push(...read.unknown());
  if (settings.tumblingWindowInSeconds > 0 && settings.parallelizationFactor > 1)
    problems.push(
      `ParallelizationFactor is ${settings.parallelizationFactor}; with TumblingWindowInSeconds the local stack has one batch of a shard under way, so expected 1`,
    );
  if (problems.length > 0) throw new TemplateError(problems.join('; '));
  return settings;
};

interface KinesisEvent {
  Type: string;
  Properties: Record<string, unknown>;
}

/** Reads one property after the other, and collects what is wrong with them. */
class Properties {
  readonly #left: Map<string, unknown>;
  readonly #problems: string[];

  constructor(properties: Record<string, unknown>, problems: string[]) {
    this.#left = new Map(Object.entries(properties));
    this.#problems = problems;
  }

  /** @param also a value that lies outside of the range */
  whole(name: string, byDefault: number, [least, most]: [number, number], also?: number): number {
    const given = this.#take(name);
    if (given === undefined) return byDefault;
    const value = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
    if (typeof value === 'number' && Number.isInteger(value) && ((value >= least && value <= most) || value === also))
      return value;
    const range = `a whole number from ${least} to ${most}${also === undefined ? '' : `, or ${also}`}`;
    this.#problems.push(`${name} is ${JSON.stringify(given)}; expected ${range}`);
    return byDefault;
  }

  flag(name: string): boolean {
    const given = this.#take(name) ?? false;
    if (String(given) !== 'true' && String(given) !== 'false')
      this.#problems.push(`${name} is ${JSON.stringify(given)}; expected true or false`);
    return String(given) === 'true';
  }

  reportsFailures(): boolean {
    const types = this.#take('FunctionResponseTypes') ?? [];
    const isKnown = Array.isArray(types) && types.every((type) => type === 'ReportBatchItemFailures');
    if (!isKnown)
      this.#problems.push(`FunctionResponseTypes is ${JSON.stringify(types)}; expected [ReportBatchItemFailures]`);
    return isKnown && types.length > 0;
  }

  position(): Pick<MappingSettings, 'startingPosition' | 'startingPositionTimestamp'> {
    const given = this.#take('StartingPosition') ?? 'TRIM_HORIZON';
    const timestamp = this.#take('StartingPositionTimestamp');
    const startingPosition = POSITIONS.find((position) => position === given);
    if (!startingPosition)
      this.#problems.push(`StartingPosition is ${JSON.stringify(given)}; expected one of ${POSITIONS.join(', ')}`);
    if ((given === 'AT_TIMESTAMP') !== (timestamp !== undefined))
      this.#problems.push('AT_TIMESTAMP and StartingPositionTimestamp belong together; give both or neither of them');
    if (timestamp !== undefined && !(Number(timestamp) >= 0))
      this.#problems.push(`StartingPositionTimestamp is ${JSON.stringify(timestamp)}; expected seconds since 1970`);
    return {
      startingPosition: startingPosition ?? 'TRIM_HORIZON',
      ...(timestamp === undefined ? {} : { startingPositionTimestamp: Number(timestamp) }),
    };
  }

  patterns(): string[] {
    const criteria = this.#take('FilterCriteria');
    if (criteria === undefined) return [];
    const { Filters } = (criteria ?? {}) as { Filters?: unknown };
    const patterns = Array.isArray(Filters) ? Filters.map((filter) => (filter as { Pattern?: unknown })?.Pattern) : [];
    if (!Array.isArray(Filters) || !patterns.every((pattern) => typeof pattern === 'string')) {
      this.#problems.push(
        `FilterCriteria is ${JSON.stringify(criteria)}; expected Filters, a list of objects with a Pattern in JSON`,
      );
      return [];
    }
    try {
      compileFilters(patterns);
    } catch (error) {
      this.#problems.push((error as Error).message);
    }
    return patterns;
  }

  destination(): Pick<MappingSettings, 'onFailureDestination'> {
    const config = this.#take('DestinationConfig') as { OnFailure?: Record<string, unknown> } | undefined;
    const { Type, Destination } = config?.OnFailure ?? {};
    if (Destination === undefined) return {};
    const isBucket = /^arn:[\w-]+:s3:::/.test(String(Destination)) && (Type === undefined || Type === 'S3');
    // A queue or a topic gets no more than a pointer to records that expire.
    if (!isBucket)
      this.#problems.push(
        `OnFailure is ${Type ?? 'without a type'} ${JSON.stringify(Destination)}; the local stack stands in for S3 alone`,
      );
    return { onFailureDestination: String(Destination) };
  }

  /** What nobody has asked for. */
  unknown(): string[] {
    const names = [...this.#left.keys()];
    return names.length > 0 ? [`the local stack does not know ${names.join(', ')} of a Kinesis event`] : [];
  }

  #take(name: string): unknown {
    const value = this.#left.get(name);
    this.#left.delete(name);
    return value;
  }
}

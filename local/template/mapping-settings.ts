import { compileFilters } from '../mapping/filter-criteria.ts';
import { type StreamSource, sourceOf } from '../mapping/stream-record.ts';
import { type Resource, TemplateError } from './template.ts';

/** How Lambda reads a stream for a function: the properties of the template's event, with AWS's defaults. */
export interface MappingSettings {
  batchSize: number;
  maximumBatchingWindowInSeconds: number;
  parallelizationFactor: number;
  bisectBatchOnFunctionError: boolean;
  /** −1 is without limit. */
  maximumRetryAttempts: number;
  /** −1 is until the record expires on the stream. */
  maximumRecordAgeInSeconds: number;
  reportBatchItemFailures: boolean;
  /** Of a change stream. 0 is without windows. */
  tumblingWindowInSeconds: number;
  /** Of FilterCriteria, in JSON. An empty list lets every record through. */
  filterPatterns: readonly string[];
  /** ARN of the bucket for batches that are given up. Without one they are dropped. */
  onFailureDestination?: string;
}

const POSITIONS = {
  Kinesis: ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'],
  DynamoDB: ['TRIM_HORIZON', 'LATEST'],
};

/** Whether a function reads a stream, or the change stream of a table. */
export const readsStream = (resource: Resource): boolean => streamEventsOf(resource).length > 0;

/**
 * The ARN of what a function reads: of a stream, or of the change stream of a table.
 *
 * @throws {TemplateError} where it reads nothing of that kind
 */
export const streamArnOf = (resource: Resource): string => {
  const { Type, Properties } = streamEventOf(resource);
  const arn = String(Properties.Stream);
  if (!isOfKind(arn, Type))
    throw new TemplateError(`Stream is ${JSON.stringify(Properties.Stream)}; expected ${STREAMS[Type]}`);
  return arn;
};

const isOfKind = (streamArn: string, kind: StreamSource['kind']): boolean => {
  try {
    return sourceOf(streamArn).kind === kind;
  } catch {
    return false;
  }
};

const STREAMS = {
  Kinesis: 'the ARN of a stream, such as !GetAtt EventStream.Arn',
  DynamoDB: 'the ARN of the change stream of a table, such as !GetAtt EventDataTable.StreamArn',
};

/**
 * Reads the Kinesis event or the DynamoDB event of a function.
 *
 * @throws {TemplateError} naming everything that AWS would refuse, or that the local stack does not understand
 */
export const readMappingSettings = (resource: Resource): MappingSettings => {
  const { Type, Properties: given } = streamEventOf(resource);
  // The stream is read by itself, and nothing is measured on one machine.
  const { Stream: _, MetricsConfig: __, ...properties } = given;
  const problems: string[] = [];
  const read = new Properties(properties, Type, problems);

  // https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html
  // https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
  const parallelizationFactor = read.whole('ParallelizationFactor', 1, [1, 10]);
  const settings: MappingSettings = {
    batchSize: read.whole('BatchSize', 100, [1, 10_000]),
    maximumBatchingWindowInSeconds: read.whole('MaximumBatchingWindowInSeconds', 0, [0, 300]),
    parallelizationFactor,
    bisectBatchOnFunctionError: read.flag('BisectBatchOnFunctionError'),
    maximumRetryAttempts: read.whole('MaximumRetryAttempts', -1, [-1, 10_000]),
    // Less than a minute is refused, but −1 is without limit.
    maximumRecordAgeInSeconds: read.whole('MaximumRecordAgeInSeconds', -1, [60, 604_800], -1),
    reportBatchItemFailures: read.reportsFailures(),
    tumblingWindowInSeconds: read.tumblingWindow(parallelizationFactor),
    filterPatterns: read.patterns(),
    ...read.destination(),
  };
  read.checkPosition();
  problems.push(...read.unknown());
  if (problems.length > 0) throw new TemplateError(problems.join('; '));
  return settings;
};

interface StreamEvent {
  Type: StreamSource['kind'];
  Properties: Record<string, unknown>;
}

const streamEventsOf = ({ properties }: Resource): StreamEvent[] =>
  Object.values((properties.Events ?? {}) as unknown as Record<string, StreamEvent>).filter(
    ({ Type }) => Type in STREAMS,
  );

const streamEventOf = (resource: Resource): StreamEvent => {
  const [event, ...others] = streamEventsOf(resource);
  if (!event) throw new TemplateError('the function has no event of the type Kinesis or DynamoDB');
  if (others.length > 0)
    throw new TemplateError(
      `the function reads ${others.length + 1} streams; the local stack has one mapping a function`,
    );
  return event;
};

/** Reads one property after the other, and collects the problems. */
class Properties {
  readonly #left: Map<string, unknown>;
  readonly #kind: StreamSource['kind'];
  readonly #problems: string[];

  constructor(properties: Record<string, unknown>, kind: StreamSource['kind'], problems: string[]) {
    this.#kind = kind;
    this.#left = new Map(Object.entries(properties));
    this.#problems = problems;
  }

  /** @param also a value outside of the range that is valid too */
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

  /** A stream of this machine is new when its mapping starts, so that all of it is read, wherever Lambda would begin. */
  checkPosition(): void {
    const given = this.#take('StartingPosition') ?? 'TRIM_HORIZON';
    const timestamp = this.#take('StartingPositionTimestamp');
    const positions = POSITIONS[this.#kind];
    if (!positions.includes(String(given)))
      this.#problems.push(`StartingPosition is ${JSON.stringify(given)}; expected one of ${positions.join(', ')}`);
    if ((given === 'AT_TIMESTAMP') !== (timestamp !== undefined))
      this.#problems.push('AT_TIMESTAMP and StartingPositionTimestamp belong together; give both or neither of them');
    if (timestamp !== undefined && !(Number(timestamp) >= 0))
      this.#problems.push(`StartingPositionTimestamp is ${JSON.stringify(timestamp)}; expected seconds since 1970`);
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
      compileFilters(patterns, this.#kind);
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
    // A queue or a topic would only get a pointer to records that expire.
    if (!isBucket)
      this.#problems.push(
        `OnFailure is ${Type ?? 'without a type'} ${JSON.stringify(Destination)}; the local stack stands in for S3 only`,
      );
    return { onFailureDestination: String(Destination) };
  }

  /** With it Lambda names the shard of a batch of changes. Sums over the events of a stream are what rollups are for. */
  tumblingWindow(parallelizationFactor: number): number {
    const seconds = this.whole('TumblingWindowInSeconds', 0, [0, 900]);
    if (seconds > 0 && this.#kind === 'Kinesis')
      this.#problems.push(
        `TumblingWindowInSeconds is ${seconds}; the local stack has tumbling windows for change streams only, so remove it or set it to 0`,
      );
    if (seconds > 0 && parallelizationFactor > 1)
      this.#problems.push(
        `ParallelizationFactor is ${parallelizationFactor}; with tumbling windows the local stack delivers one batch of a shard at once, so set it to 1`,
      );
    return seconds;
  }

  /** Names the properties that nothing has read. */
  unknown(): string[] {
    const names = [...this.#left.keys()];
    return names.length > 0 ? [`the local stack does not know ${names.join(', ')} of a ${this.#kind} event`] : [];
  }

  #take(name: string): unknown {
    const value = this.#left.get(name);
    this.#left.delete(name);
    return value;
  }
}

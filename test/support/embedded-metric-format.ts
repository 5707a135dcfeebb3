import { type Schema, violations } from './json-schema.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html */
const PREFIXES = ['', 'Kilo', 'Mega', 'Giga', 'Tera'];
const AMOUNTS = ['Bytes', 'Bits'].flatMap((unit) =>
  PREFIXES.map((prefix) => (prefix ? prefix + unit.toLowerCase() : unit)),
);
const UNITS = ['Seconds', 'Microseconds', 'Milliseconds', 'Percent', 'Count', 'Count/Second', 'None']
  .concat(AMOUNTS)
  .concat(AMOUNTS.map((unit) => `${unit}/Second`));

const NAME: Schema = { type: 'string', minLength: 1, maxLength: 255 };

/**
 * Written by hand from the specification. What refers to other members of the line is in {@link formatErrors}.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const DOCUMENT: Schema = {
  type: 'object',
  required: ['_aws'],
  properties: {
    _aws: {
      type: 'object',
      required: ['Timestamp', 'CloudWatchMetrics'],
      properties: {
        Timestamp: { type: 'integer' },
        CloudWatchMetrics: {
          type: 'array',
          items: {
            type: 'object',
            required: ['Namespace', 'Dimensions', 'Metrics'],
            additionalProperties: false,
            properties: {
              Namespace: NAME,
              Dimensions: { type: 'array', minItems: 1, items: { type: 'array', maxItems: 9, items: NAME } },
              Metrics: {
                type: 'array',
                maxItems: 100,
                items: {
                  type: 'object',
                  required: ['Name'],
                  additionalProperties: false,
                  properties: { Name: NAME, Unit: { type: 'string', enum: UNITS } },
                },
              },
            },
          },
        },
      },
    },
  },
};

interface Document {
  _aws: {
    Timestamp: number;
    CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit?: string }[] }[];
  };
  [member: string]: unknown;
}

/** What keeps CloudWatch from making metrics of a line. Nothing where it takes all of them. */
export const formatErrors = (line: string): string[] => {
  const value: unknown = JSON.parse(line);
  const broken = violations(DOCUMENT, value);
  if (broken.length > 0) return broken;
  const document = value as Document;
  return [
    ...(Buffer.byteLength(line) > 256 * 1024 ? ['the line is over 256 KB'] : []),
    ...document._aws.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) => [
      ...Dimensions.flat()
        .filter((name) => typeof document[name] !== 'string' || document[name] === '')
        .map((name) => `the dimension ${name} is no text`),
      ...Metrics.flatMap(({ Name }) => errorsOfMetric(Name, document[Name])),
    ]),
  ];
};

const errorsOfMetric = (name: string, value: unknown): string[] => {
  const values = [value].flat();
  return [
    ...(values.length === 0 || values.length > 100 ? [`${name} has ${values.length} values`] : []),
    ...(values.every(Number.isFinite) ? [] : [`${name} is ${JSON.stringify(value)}, no numbers`]),
  ];
};

/** A value of a metric, as CloudWatch takes it from a line. */
export interface Extracted {
  namespace: string;
  name: string;
  unit: string;
  dimensions: Record<string, string>;
  time: number;
  value: number;
}

/** What CloudWatch makes of a line: nothing where it says nothing of metrics. */
export const extract = (line: string): Extracted[] => {
  const document: Document = JSON.parse(line);
  return (document._aws?.CloudWatchMetrics ?? []).flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.flatMap(({ Name: name, Unit: unit = 'None' }) =>
        [document[name]].flat().map((value) => ({
          namespace,
          name,
          unit,
          dimensions: Object.fromEntries(names.map((dimension) => [dimension, String(document[dimension])])),
          time: document._aws.Timestamp,
          value: Number(value),
        })),
      ),
    ),
  );
};

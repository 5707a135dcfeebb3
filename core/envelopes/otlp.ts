import { hash } from 'node:crypto';
import { defined } from '../defined.ts';
import { fieldOf, isObject, type JsonObject, type JsonValue, scalarText } from '../json.ts';
import { isPartitionKey } from '../partition-key.ts';
import { timeIn } from '../timestamp.ts';
import type { Envelope } from './envelope.ts';
import { type PartGroup, writtenEvents } from './written-events.ts';

/**
 * Logs, traces and metrics in the JSON of OpenTelemetry, as its Collector puts them on a stream with the encoding `otlp_json`. Each log
 * record, each span and each data point becomes an event of its service, or of what else has made it, since the Collector gives its records
 * keys by chance: it sends them again with others. Its fields have the names that logs have elsewhere.
 * https://github.com/open-telemetry/opentelemetry-proto/tree/main/examples
 */
export const otlp: Envelope = (bytes) => {
  const { object } = bytes;
  // Every event comes by here.
  if (!object || !(object.resourceLogs ?? object.resourceSpans ?? object.resourceMetrics)) return undefined;
  const whole = bytes.wholeJson as JsonObject;
  const groups = SIGNALS.flatMap((signal) => groupsIn(whole, signal));
  const events = writtenEvents(groups, { isExact: whole !== object });
  return events.length > 0 ? { events, notices: 0 } : undefined;
};

/** What OpenTelemetry tells of. */
interface Signal {
  resources: string;
  scopes: string;
  /** What a scope holds, and what it says of all of that. */
  groups: (scope: JsonValue) => { parts: JsonValue[]; named?: JsonObject }[];
  toEvent: (part: JsonValue) => JsonObject;
}

/** https://opentelemetry.io/docs/specs/semconv/resource/#service */
const SERVICE = 'service.name';

/** What has made something, where no service is named, as in logs of containers and metrics of hosts. */
const MAKERS = [SERVICE, 'k8s.container.name', 'container.name', 'k8s.pod.name', 'k8s.node.name', 'host.name'];

/** The key of what a resource has made; `undefined` where nothing is said of it. */
const keyOf = (resource: JsonObject): string | undefined => {
  const attributes = Object.entries(resource).map(([name, value]) => `${name}=${scalarText(value)}`);
  const maker = MAKERS.map((name) => resource[name]).find(isPartitionKey);
  return maker ?? (attributes.length > 0 ? hash('sha256', attributes.join('\n')) : undefined);
};

const groupsIn = (message: JsonObject, { resources, scopes, groups, toEvent }: Signal): PartGroup<JsonValue>[] =>
  elementsOf(message[resources]).flatMap((ofResource) => {
    const resource = attributesOf(fieldOf(fieldOf(ofResource, 'resource'), 'attributes'));
    const service = resource[SERVICE];
    const own = defined({ partitionKey: keyOf(resource) });
    return elementsOf(fieldOf(ofResource, scopes)).flatMap((ofScope) => {
      const shared = defined({ [SERVICE]: service, resource, scope: fieldOf(ofScope, 'scope') });
      return groups(ofScope).map(({ parts, named }) => ({
        parts,
        write: toEvent,
        shared: { ...named, ...shared },
        own,
      }));
    });
  });

const logEvent = (logRecord: JsonValue): JsonObject => {
  const { timeUnixNano, observedTimeUnixNano, body, attributes, ...others }: JsonObject = isObject(logRecord)
    ? logRecord
    : { body: logRecord };
  const message = plain(body);
  return defined({
    // Where nobody knows the time it is 0.
    time: timeIn(timeUnixNano) ? timeUnixNano : observedTimeUnixNano,
    ...(typeof message === 'string' ? { message } : { body }),
    ...others,
    attributes: attributesOf(attributes),
  });
};

/** What is no log record keeps its names, but for its time. */
const eventAt =
  (timeField: string): Signal['toEvent'] =>
  (part) => {
    const { [timeField]: time, attributes, ...others }: JsonObject = isObject(part) ? part : { value: part };
    return defined({ time, ...others, attributes: attributesOf(attributes) });
  };

/** The data points of a metric lie within its kind, such as `gauge`. A metric without any stays as it is. */
const pointsOf = (metric: JsonValue): ReturnType<Signal['groups']>[number] => {
  const kinds = isObject(metric) ? Object.entries(metric) : [];
  for (const [kind, ofKind] of kinds) {
    const { dataPoints, ...others }: JsonObject = isObject(ofKind) ? ofKind : {};
    const parts = elementsOf(dataPoints);
    if (parts.length > 0) return { parts, named: { metric: { ...(metric as JsonObject), [kind]: others } } };
  }
  return { parts: [metric] };
};

const SIGNALS: readonly Signal[] = [
  {
    resources: 'resourceLogs',
    scopes: 'scopeLogs',
    groups: (scope) => [{ parts: elementsOf(fieldOf(scope, 'logRecords')) }],
    toEvent: logEvent,
  },
  {
    resources: 'resourceSpans',
    scopes: 'scopeSpans',
    groups: (scope) => [{ parts: elementsOf(fieldOf(scope, 'spans')) }],
    toEvent: eventAt('startTimeUnixNano'),
  },
  {
    resources: 'resourceMetrics',
    scopes: 'scopeMetrics',
    groups: (scope) => elementsOf(fieldOf(scope, 'metrics')).map(pointsOf),
    toEvent: eventAt('timeUnixNano'),
  },
];

const elementsOf = (list: JsonValue | undefined): JsonValue[] => (Array.isArray(list) ? list : []);

/** The attributes of something by their names: `[{"key":"k","value":{"stringValue":"v"}}]` is `{"k":"v"}`. */
const attributesOf = (list: JsonValue | undefined): JsonObject =>
  Object.fromEntries(
    elementsOf(list).map((one) => [scalarText(fieldOf(one, 'key')) ?? '', plain(fieldOf(one, 'value'))]),
  );

/** A text, a number, true or false as it is; lists and maps stay as they are written. */
const plain = (value: JsonValue | undefined): JsonValue => {
  const { stringValue, boolValue, intValue, doubleValue }: JsonObject = isObject(value) ? value : {};
  return stringValue ?? boolValue ?? intValue ?? doubleValue ?? value ?? null;
};

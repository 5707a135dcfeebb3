import { defined } from '../defined.ts';
import { fieldOf, isObject, isText, type JsonObject, type JsonValue, scalarText } from '../json.ts';
import { isPartitionKey } from '../partition-key.ts';
import { timeIn } from '../timestamp.ts';
import type { Envelope } from './envelope.ts';
import { firstByte, OPEN_OBJECT } from './json-text.ts';
import { writtenEvents } from './written-events.ts';

/**
 * Logs in the JSON of OpenTelemetry, as its Collector puts them on a stream with the encoding `otlp_json`. Each log record becomes an event
 * of its service, since the Collector gives its records keys by chance. Its fields have the names that logs have elsewhere.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/examples/logs.json
 */
export const otlpLogs: Envelope = (bytes) => {
  if (firstByte(bytes.data) !== OPEN_OBJECT) return undefined;
  const resources = bytes.object?.resourceLogs;
  if (!Array.isArray(resources)) return undefined;
  const groups = resources.flatMap((ofResource) => {
    const resource = attributesOf(fieldOf(fieldOf(ofResource, 'resource'), 'attributes'));
    const service = resource[SERVICE];
    const own = isPartitionKey(service) ? { partitionKey: service } : undefined;
    return elementsOf(fieldOf(ofResource, 'scopeLogs')).map((ofScope) => ({
      parts: elementsOf(fieldOf(ofScope, 'logRecords')),
      shared: defined<Record<string, JsonValue | undefined>>({
        [SERVICE]: service,
        resource,
        scope: fieldOf(ofScope, 'scope'),
      }) as JsonObject,
      own,
    }));
  });
  const events = writtenEvents(groups, toEvent);
  return events.length > 0 ? { events, notices: 0 } : undefined;
};

/** https://opentelemetry.io/docs/specs/semconv/resource/#service */
const SERVICE = 'service.name';

const toEvent = (logRecord: JsonValue): JsonObject => {
  const { timeUnixNano, observedTimeUnixNano, body, severityText, severityNumber, attributes, ...others }: JsonObject =
    isObject(logRecord) ? logRecord : { body: logRecord };
  const said = plain(body);
  return defined<Record<string, JsonValue | undefined>>({
    // Where nobody knows the time it is 0.
    time: timeIn(timeUnixNano) ? timeUnixNano : observedTimeUnixNano,
    severityText: isText(severityText)
      ? severityText
      : SEVERITIES[Math.ceil(Number(scalarText(severityNumber)) / 4) - 1],
    ...(typeof said === 'string' ? { message: said } : { body }),
    severityNumber,
    ...others,
    attributes: attributesOf(attributes),
  }) as JsonObject;
};

/** By their numbers, four for each. https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

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

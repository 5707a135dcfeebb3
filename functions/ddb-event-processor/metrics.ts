import { embeddedMetrics, type MetricKinds, type MetricsContext } from '../embedded-metrics.ts';
import type { Processed } from './process-batch.ts';

/** Every metric of an invocation. It has the same name in the log line and in {@link Processed}. */
export const METRICS = {
  records: { unit: 'Count', sparse: false },
  events: { unit: 'Count', sparse: false },
  written: { unit: 'Count', sparse: false },
  derived: { unit: 'Count', sparse: true },
  superseded: { unit: 'Count', sparse: true },
  stale: { unit: 'Count', sparse: true },
  dropped: { unit: 'Count', sparse: true },
  rejected: { unit: 'Count', sparse: true },
  unwritten: { unit: 'Count', sparse: true },
  retries: { unit: 'Count', sparse: true },
  unprocessed: { unit: 'Count', sparse: true },
  oldestRecordMilliseconds: { unit: 'Milliseconds', sparse: false },
  newestRecordMilliseconds: { unit: 'Milliseconds', sparse: false },
  eventToTableMilliseconds: { unit: 'Milliseconds', sparse: false },
} as const satisfies MetricKinds;

/** How many events were rejected for one reason. It has its own name, so that no sum counts these events twice. */
export const REJECTED_FOR_REASON = 'rejectedForReason';

/** The metrics of rejected events, for a log line for each reason: a line holds one value of a dimension. */
export const reasonMetricsOf = (
  reasons: Processed['reasons'],
  { namespace, functionName, time }: MetricsContext,
): Record<string, unknown>[] =>
  Object.entries(reasons).map(([Reason, value]) =>
    embeddedMetrics({
      namespace,
      dimensions: { FunctionName: functionName, Reason },
      metrics: [{ name: REJECTED_FOR_REASON, unit: 'Count', value }],
      time,
    }),
  );

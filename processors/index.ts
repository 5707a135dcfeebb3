import { checkProcessor, ProcessorError } from '../core/check-processor.ts';
import type { Processor } from '../core/processor.ts';
import activityTracking from './activity-tracking.ts';
import clickstream from './clickstream.ts';
import dataCleansing from './data-cleansing.ts';
import byDefault from './default.ts';
import indexing from './indexing.ts';
import iotMetering from './iot-metering.ts';
import logFiltering from './log-filtering.ts';
import metrics from './metrics.ts';
import orderProcessing from './order-processing.ts';
import socialMedia from './social-media.ts';

/** Every processor by the name of its file. docs/processors.md#write-one says what else one more needs. */
export const PROCESSORS: Readonly<Record<string, Processor>> = {
  default: byDefault,
  'activity-tracking': activityTracking,
  clickstream,
  'data-cleansing': dataCleansing,
  indexing,
  'iot-metering': iotMetering,
  'log-filtering': logFiltering,
  metrics,
  'order-processing': orderProcessing,
  'social-media': socialMedia,
};

/**
 * The processor of a name, checked.
 *
 * @throws {ProcessorError} where there is none, or where it cannot be used
 */
export const processorNamed = (name: string): Processor => {
  const processor = Object.hasOwn(PROCESSORS, name) ? PROCESSORS[name] : undefined;
  if (!processor)
    throw new ProcessorError(
      `there is no processor "${name}"; expected one of ${Object.keys(PROCESSORS).join(', ')}: those of processors/index.ts`,
    );
  checkProcessor(name, processor);
  return processor;
};

/** The same for a setting: where it cannot be used there is none, and `problems` say why. */
export const readProcessor = (name: string, problems: string[]): Processor | undefined => {
  try {
    return processorNamed(name);
  } catch (error) {
    if (!(error instanceof ProcessorError)) throw error;
    problems.push(error.message);
    return undefined;
  }
};

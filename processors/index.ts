import { checkProcessor, type Processor, ProcessorError } from '../core/processor.ts';
import byDefault from './default.ts';
import indexing from './indexing.ts';
import iotMetering from './iot-metering.ts';
import socialMedia from './social-media.ts';

/** Every processor by the name of its file. To add one, copy a file and add its line here and in template.yaml. */
export const PROCESSORS: Readonly<Record<string, Processor>> = {
  default: byDefault,
  indexing,
  'iot-metering': iotMetering,
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
    throw new ProcessorError(`there is no processor "${name}"; expected one of ${Object.keys(PROCESSORS).join(', ')}`);
  checkProcessor(name, processor);
  return processor;
};

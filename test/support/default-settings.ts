import type { MappingSettings } from '../../local/template/mapping-settings.ts';

/** How Lambda reads a stream where the template says nothing: the defaults of AWS. */
export const DEFAULT_SETTINGS: MappingSettings = {
  batchSize: 100,
  maximumBatchingWindowInSeconds: 0,
  parallelizationFactor: 1,
  bisectBatchOnFunctionError: false,
  maximumRetryAttempts: -1,
  maximumRecordAgeInSeconds: -1,
  reportBatchItemFailures: false,
  tumblingWindowInSeconds: 0,
  filterPatterns: [],
};

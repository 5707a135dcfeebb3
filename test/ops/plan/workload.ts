import { readFileSync } from 'node:fs';
import { ASSUMPTIONS } from '../../../ops/plan/assumptions.ts';
import { readDeployed } from '../../../ops/plan/deployed.ts';
import { type Estimate, estimate, type Workload } from '../../../ops/plan/estimate.ts';

/** The stack as template.yaml has it. */
export const DEPLOYED = readDeployed(readFileSync(new URL('../../../template.yaml', import.meta.url), 'utf8'));

/** A workload of 30 days in which events come evenly and rows are as large as they. */
export const workload = (rate: number, size: number, others: Partial<Workload> = {}): Workload => ({
  rate,
  peak: rate,
  size,
  clients: 1,
  itemSize: size,
  rows: 1,
  days: 30,
  ...others,
});

/** The estimate of such a workload. */
export const estimated = (...call: Parameters<typeof workload>): Estimate =>
  estimate(workload(...call), DEPLOYED, ASSUMPTIONS);

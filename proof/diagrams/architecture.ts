/** A part of the system, as the diagrams show it. */
export interface Part {
  /** Its name in Mermaid. */
  id: string;
  kind: 'command' | 'stream' | 'function' | 'table' | 'bucket';
  /** The service of AWS. */
  service?: 'Kinesis' | 'Lambda' | 'DynamoDB' | 'S3';
  name: string;
  /** What it does, a line each. */
  notes?: readonly string[];
}

export interface Arrow {
  from: string;
  to: string;
  /** What goes there. */
  label?: string;
  /** Whether it is only used when something went wrong. */
  isRepair?: boolean;
}

/** The way of an event: the one description from which every diagram of it is made. */
export const PARTS: readonly Part[] = [
  { id: 'client', kind: 'command', name: 'client', notes: ['X, Bluesky, Wikipedia,', 'a file, stdin'] },
  { id: 'stream', kind: 'stream', service: 'Kinesis', name: 'EventStream' },
  { id: 'fn', kind: 'function', service: 'Lambda', name: 'DDBEventProcessor', notes: ['a processor decides'] },
  { id: 'data', kind: 'table', service: 'DynamoDB', name: 'EventData' },
  { id: 'rejected', kind: 'table', service: 'DynamoDB', name: 'RejectedEvents' },
  { id: 'failed', kind: 'bucket', service: 'S3', name: 'FailedBatches' },
  { id: 'redrive', kind: 'command', name: 'npm run redrive', notes: ['puts it back'] },
  { id: 'rollup', kind: 'function', service: 'Lambda', name: 'EventRollups' },
  { id: 'rollups', kind: 'table', service: 'DynamoDB', name: 'Rollups' },
];

export const ARROWS: readonly Arrow[] = [
  { from: 'client', to: 'stream', label: 'PutRecords' },
  { from: 'stream', to: 'fn', label: 'batches' },
  { from: 'fn', to: 'data', label: 'events' },
  { from: 'fn', to: 'rejected', label: 'what can never be stored' },
  { from: 'stream', to: 'failed', label: 'batches that are given up' },
  { from: 'data', to: 'rollup', label: 'changes' },
  { from: 'rollup', to: 'rollups', label: 'counts and sums' },
  { from: 'failed', to: 'redrive', isRepair: true },
  { from: 'rejected', to: 'redrive', isRepair: true },
  { from: 'redrive', to: 'stream', isRepair: true },
];

// Its own types need a package that it does not bring along.
declare module 'aws-kinesis-agg/lib/kpl-agg.js' {
  export class RecordAggregator {
    addUserRecord(record: { partitionKey: string; explicitHashKey?: string; data: Uint8Array }): void;
    build(): { partitionKey: string; data: Buffer };
  }
}
declare module 'aws-kinesis-agg/lib/kpl-deagg.js' {
  /** Calls back before it returns, more than once where something is wrong. */
  export function deaggregateSync(
    record: { data: string; sequenceNumber: string },
    computeChecksums: boolean,
    callback: (
      error: unknown,
      records?: { partitionKey: string; explicitPartitionKey?: string; data: string; subSequenceNumber: number }[],
    ) => void,
  ): void;
}

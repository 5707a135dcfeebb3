// Its own types need a package that it does not bring along.
declare module 'aws-kinesis-agg/lib/kpl-agg.js' {
  export class RecordAggregator {
    addUserRecord(record: { partitionKey: string; explicitHashKey?: string; data: Uint8Array }): void;
    build(): { partitionKey: string; data: Buffer };
  }
}

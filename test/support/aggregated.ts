import { createHash } from 'node:crypto';
import { PbfWriter } from 'pbf';
import { Aggregate } from '../../core/envelopes/aggregate.ts';
import type { UserRecord } from '../../core/envelopes/aggregated-record.ts';

/** The data of a record that holds these, as a producer packs them. */
export const aggregated = (records: readonly UserRecord[]): Buffer => {
  const aggregate = new Aggregate(Number.POSITIVE_INFINITY);
  for (const record of records) aggregate.add(record);
  return aggregate.encode().data;
};

/** An aggregated record around any bytes in place of its message, with a checksum that agrees. */
export const sealed = (message: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from('f3899ac2', 'hex'), message, createHash('md5').update(message).digest()]);

/** The same around a message that is written by hand. */
export const sealedMessage = (write: (pbf: PbfWriter) => void): Buffer => {
  const pbf = new PbfWriter();
  write(pbf);
  return sealed(pbf.finish());
};

import { expect } from 'chai';
import type { EventData } from '../../core/event-data.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Processor } from '../../core/processor.ts';
import { anyObject } from '../../core/shapes/any-object.ts';
import { decodeRecord } from '../../functions/ddb-event-processor/decode-record.ts';
import { expectedOf } from '../../local/expected.ts';
import { bytes } from '../support/events.ts';
import { record as kinesisRecord } from '../support/kinesis-event.ts';

/** Counts up the number in the JSON that it is given. */
const counting = (row: EventData): EventData => {
  const data = row.Data as JsonObject;
  data.n = Number(data.n) + 1;
  return row;
};

describe('what the function has to make of a record', () => {
  const PROCESSES: [what: string, process: Processor['process'], event: JsonObject][] = [
    ['shortens a key that is too long', (row) => ({ ...row, Id: row.Id.slice(0, 9) }), { id: 'x'.repeat(2_000) }],
    ['drops an event whose key is too long', () => undefined, { id: 'x'.repeat(2_000) }],
    ['changes the JSON that it is given', counting, { id: '1', n: 1 }],
    ['leaves a key that is too long', undefined, { id: 'x'.repeat(2_000) }],
    ['is given a message of SQS', undefined, { eventSource: 'aws:sqs', messageId: 'm-1', body: '{"n":1}' }],
    ['changes the JSON in a message of SQS', counting, { eventSource: 'aws:sqs', messageId: 'm-1', body: '{"n":1}' }],
  ];
  for (const [what, process, event] of PROCESSES)
    it(`is what the function makes where a processor ${what}`, () => {
      const processor: Processor = { shapes: [anyObject], ...(process && { process }) };
      const record = kinesisRecord(bytes(event));
      const { partitionKey } = record.kinesis;
      const [found] = expectedOf([{ data: bytes(event), partitionKey }], new Date(0), processor);
      const [made] = decodeRecord(record, processor);
      const fateOf = ({ rows }: { rows: readonly EventData[] }) => rows.map(({ Id, Data }) => ({ Id, Data }));
      expect(found!.isSteady).to.equal(true);
      if ('rows' in made!) expect('rows' in found!.fate && fateOf(found!.fate)).to.deep.equal(fateOf(made));
      else expect(found!.fate).to.deep.equal(made!.rejection);
    });
});

import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { KEY_BYTES } from '../../../core/limits.ts';
import { eventDataTable } from '../../../functions/ddb-event-processor/event-data-table.ts';
import { censusOf, LISTED, shownRow } from '../../../local/watch/table-rows.ts';
import { TestServices } from '../../support/emulators.ts';

describe('the newest rows of a table that is read whole', () => {
  const services = new TestServices();
  before(() => services.start());
  after(() => services.stop());

  it('are all of them, also where they come to more than one answer of DynamoDB holds', async () => {
    const table = await services.createTable(['Username', 'Id']);
    const { toItem } = eventDataTable(table);
    const ids = Array.from({ length: LISTED + 1 }, (_, index) => String(index).padStart(2, '0'));
    for (const Id of ids) {
      const row = { Username: 'anna', Id, Timestamp: `2026-11-20T12:34:${Id}.000Z`, Type: 'note' };
      const Item = toItem({ ...row, Message: 'x'.repeat(40_000) }) as never;
      await services.dynamoDb.send(new PutItemCommand({ TableName: table, Item }));
    }
    const { count, newest } = await censusOf({
      client: services.dynamoDb,
      table,
      signal: new AbortController().signal,
    });
    expect(count).to.equal(ids.length);
    expect(newest.rows.map(({ id }) => id)).to.deep.equal(ids.slice(1).toReversed());
  });
});

describe('a row on the live page', () => {
  it('has its whole key, by which the page asks for the rows of a Username, and the beginning of a long text', () => {
    const key = { Username: '名'.repeat(KEY_BYTES.partition / 3), Id: 'i'.repeat(KEY_BYTES.sort) };
    const { username, id, text } = shownRow({
      ...key,
      Timestamp: '2026-11-20T12:34:00.000Z',
      Type: 'note',
      Message: 'x'.repeat(40_000),
    });
    expect({ Username: username, Id: id }).to.deep.equal(key);
    expect(text).to.match(/^x{280}…$/);
  });
});

import { expect } from 'chai';
import { keyOf } from '../../../core/event-data.ts';
import { toSourceEvent } from '../../../core/source-event.ts';
import { ARRIVAL, ARRIVED, decode, decodeEvent } from '../../support/decode.ts';
import { bytes } from '../../support/events.ts';

/** As the connector of PostgreSQL writes a change without its schema. */
const captured = (fields: object = {}, source: object = {}): object => ({
  before: { id: 17, total: 'AfQ=' },
  after: { id: 17, total: 'BOI=' },
  source: {
    version: '3.0.0.Final',
    connector: 'postgresql',
    name: 'shop',
    ts_ms: 1795176000123,
    ts_ns: 1795176000123456000,
    snapshot: 'false',
    db: 'store',
    sequence: '["24023119","24023128"]',
    schema: 'public',
    table: 'orders',
    txId: 555,
    lsn: 24023128,
    xmin: null,
    ...source,
  },
  transaction: null,
  op: 'u',
  ts_ms: 1795176000500,
  ...fields,
});

describe('a change captured by Debezium', () => {
  it('becomes a row of its table at the time when it was made, with all that it says', () => {
    const row = decode(captured());
    expect(row).to.deep.include({
      Username: 'public.orders',
      Timestamp: '2026-11-20T12:00:00.123Z',
      Type: 'debezium.update',
    });
    expect(row.Id).to.match(/^2026-11-20T12:00:00\.123Z [0-9a-f]{64}$/);
    expect(row.Data).to.have.nested.property('after.total', 'BOI=');
    expect(row.Data).to.have.nested.property('source.lsn', 24023128);
    expect(toSourceEvent(bytes(captured()))).to.include({ isKeyless: true });
  });

  it('may have its schema around it, which is kept as well', () => {
    const wrapped = { schema: { type: 'struct', name: 'shop.public.orders.Envelope' }, payload: captured() };
    const { Data, ...row } = decode(wrapped);
    expect(row).to.deep.equal((({ Data: _, ...plain }) => plain)(decode(captured())));
    expect(Data).to.have.nested.property('schema.type', 'struct');
  });

  it('is the same row when Debezium reads the log again, and another one when a row changes again', () => {
    const { Username, Id } = decode(captured());
    const again = { ts_ms: 1795179999999, transaction: { id: '555', total_order: 2 } };
    const since = { sequence: '[null,"24023128"]', version: '3.1.0.Final' };
    expect(decode(captured(again, since))).to.include({ Username, Id });
    const [first, later] = [{}, again].map((fields) => decode(captured(fields, { ts_ms: 0 })));
    expect(later).to.include({ Username, Id: first!.Id });
    // No double has all of these digits, so all numbers are read in another way.
    const exact = JSON.stringify(captured(again, since)).replace('"op"', '"ts_ns":1795179999999123457,"op"');
    expect(decode(exact)).to.include({ Username, Id });
    const others = [
      captured({}, { lsn: 24023129 }),
      captured({ op: 'd', after: null }),
      captured({ after: { id: 18 } }),
    ];
    expect(new Set([Id, ...others.map((other) => decode(other).Id)])).to.have.lengthOf(4);
  });

  it('is another row for each document that one transaction of MongoDB deletes or updates, whose changes name none', () => {
    const place = { connector: 'mongodb', collection: 'carts', ord: 7, lsid: 's', txnNumber: 1 };
    const idOf = (partitionKey: string, fields: object): string =>
      decodeEvent(bytes(captured({ before: null, after: null, ...fields }, place)), { ...ARRIVAL, partitionKey }).Id;
    const changes: [partitionKey: string, fields: object][] = [
      ['{"id":"17"}', { op: 'd' }],
      ['{"id":"18"}', { op: 'd' }],
      ['{"id":"17"}', { updateDescription: { updatedFields: '{"total":1}' } }],
      ['{"id":"17"}', { updateDescription: { updatedFields: '{"total":2}' } }],
    ];
    const ids = changes.map((change) => idOf(...change));
    expect(new Set(ids)).to.have.lengthOf(4);
    expect(changes.map(([key, fields]) => idOf(key, { ...fields, ts_ms: 1795179999999 }))).to.deep.equal(ids);
  });

  it('is of its database where that has no schemas, and of a collection', () => {
    expect(decode(captured({}, { schema: undefined })).Username).to.equal('store.orders');
    expect(decode(captured({}, { schema: undefined, table: null, collection: 'carts' })).Username).to.equal(
      'store.carts',
    );
    expect(decode(captured({}, { schema: '', table: '', db: null })).Username).to.equal('key');
  });

  it('names what was done in a word', () => {
    const types = ['c', 'u', 'd', 'r', 't', 'm', 'constructor'].map((op) => decode(captured({ op })).Type);
    expect(types).to.deep.equal(
      ['create', 'update', 'delete', 'read', 'truncate', 'message', 'constructor'].map((name) => `debezium.${name}`),
    );
  });

  it('has the time when it was read where it names no other, and else that of its arrival', () => {
    expect(decode(captured({}, { ts_ms: 0 })).Timestamp).to.equal('2026-11-20T12:00:00.500Z');
    expect(decode(captured({ ts_ms: null }, { ts_ms: null })).Timestamp).to.equal(ARRIVED.toISOString());
  });

  it('is not what lacks an operation, or a source that names its connector', () => {
    for (const other of [
      captured({ op: undefined }),
      captured({ source: 'web' }),
      captured({}, { connector: undefined }),
    ])
      expect(decode(other)).to.include({ Type: 'json' });
  });
});

/** As Aurora DSQL puts a change on a stream. */
const ofDsql = (fields: object = {}, source: object = {}): object => ({
  type: 'full',
  op: 'c',
  before: null,
  after: { order_id: 1001, item_id: 42, price: '29.99' },
  source: {
    version: '1.0',
    ts_ms: 1795176000123,
    ts_ns: 1795176000123456000,
    txId: 'ffthunp5stx6ffs2vyfqoatmfu',
    schema: 'public',
    table: 'order_items',
    db: 'postgres',
    cluster: 'kmabugltfmjdaj2siqr2qbxgju',
    ...source,
  },
  ts_ms: 1795176000500,
  ts_ns: 1795176000500483000,
  ...fields,
});

describe('a change captured by Aurora DSQL', () => {
  const rowOf = (event: object, partitionKey = 'k') => decodeEvent(bytes(event), { ...ARRIVAL, partitionKey });

  it('becomes a row of its table at the time of its commit, with all that it says', () => {
    expect(decode(ofDsql())).to.deep.include({
      Username: 'public.order_items',
      Timestamp: '2026-11-20T12:00:00.123Z',
      Type: 'dsql.create',
      Data: ofDsql(),
    });
    expect(decode(ofDsql({ op: 'd' })).Type).to.equal('dsql.delete');
  });

  it('is the same row when it comes again, later and under another partition key', () => {
    const again = ofDsql({ ts_ms: 1795179999999, ts_ns: 1795179999999000000 });
    expect(keyOf(rowOf(again, 'l'))).to.equal(keyOf(rowOf(ofDsql())));
  });

  it('is another row than each other change, and so is each part of one that is too large', () => {
    const changes = [
      ofDsql(),
      ofDsql({ op: 'u' }),
      ofDsql({ after: { order_id: 1001, item_id: 43 } }),
      ofDsql({}, { txId: 'qvtiesgmd5' }),
      ofDsql({}, { cluster: 'other' }),
      ofDsql({ type: 'part', after: undefined, part: 1 }),
      ofDsql({ type: 'part', after: undefined, part: 2 }),
    ];
    expect(new Set(changes.map((change) => keyOf(rowOf(change)))).size).to.equal(changes.length);
  });

  it('is not what lacks the cluster or the transaction', () => {
    for (const name of ['cluster', 'txId']) expect(decode(ofDsql({}, { [name]: 7 })).Type).to.equal('json');
  });
});

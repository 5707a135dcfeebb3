import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { openDynamoDb } from '../../../local/emulators/dynamodb.ts';
import { openKinesis } from '../../../local/emulators/kinesis.ts';
import { createTable } from '../../../local/emulators/provision.ts';
import { Streams } from '../../../local/emulators/streams.ts';
import { recordChanges } from '../../../local/emulators/table-changes.ts';
import { changesOf } from '../../support/changes.ts';
import { localDynamoDb, localKinesis } from '../../support/emulators.ts';
import { gate } from '../../support/gate.ts';
import { Changes } from '../../support/until.ts';

describe('the changes of a table whose stream is slow', () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (let close = closing.pop(); close; close = closing.pop()) await close();
  });

  const listen = async (server: Server): Promise<string> => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    closing.push(async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it('are put on it by one request at a time, in the order of their numbers', async () => {
    const emulatedStreams = openKinesis();
    const emulatedTables = openDynamoDb();
    const streams = new Streams(emulatedStreams.store);
    const put = streams.put.bind(streams);
    const { open, opened } = gate();
    /** How many changes each request has. */
    const requests: number[] = [];
    streams.put = async (stream, records) => {
      requests.push(records.length);
      if (requests.length === 1) await opened;
      await put(stream, records);
    };
    const changes = new Changes();
    let numbered = 0;
    // A change is dated when it has its number.
    const now = (): number => {
      numbered += 1;
      changes.changed();
      return 0;
    };
    recordChanges({ dynamoDb: emulatedTables.store, streams, shards: 1, clock: { now } });
    const kinesis = localKinesis(await listen(emulatedStreams.server));
    const dynamoDb = localDynamoDb(await listen(emulatedTables.server));
    closing.push(
      () => kinesis.destroy(),
      () => dynamoDb.destroy(),
    );
    const TableName = 'slow';
    await createTable(dynamoDb, {
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'Id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'Id', AttributeType: 'S' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
    });

    const writes = ['a', 'b', 'c'].map((id) =>
      dynamoDb.send(new PutItemCommand({ TableName, Item: { Id: { S: id } } })),
    );
    await changes.until(() => numbered === 3);
    const begun = [...requests];
    open();
    await Promise.all(writes);

    expect(begun).to.deep.equal([1]);
    expect(requests).to.deep.equal([1, 2]);
    const order = (await changesOf(kinesis, TableName)).map(({ dynamodb }) => dynamodb.SequenceNumber);
    expect(order).to.have.length(3);
    expect(order).to.deep.equal(order.toSorted());
  });
});

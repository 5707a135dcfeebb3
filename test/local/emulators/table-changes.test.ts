import { once } from 'node:events';
import { connect } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DeleteStreamCommand, ListStreamsCommand } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import fc from 'fast-check';
import type { ChangeRecord } from '../../../local/emulators/change-record.ts';
import { changeStreamName } from '../../../local/emulators/change-stream.ts';
import { createTable } from '../../../local/emulators/provision.ts';
import { changesByShard, changesOf, replay } from '../../support/changes.ts';
import { TestServices } from '../../support/emulators.ts';
import { untilEqual } from '../../support/until.ts';

type Attributes = Record<string, AttributeValue>;

const KEY = ['Username', 'Id'];
const key = (id: string, user = 'ann'): Attributes => ({ Username: { S: user }, Id: { S: id } });

/** A body on the wire, up to its first `bytes`. */
const partOfRequest = (operation: string, input: object, bytes?: number): string => {
  const body = JSON.stringify(input);
  return [
    'POST / HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/x-amz-json-1.0',
    `X-Amz-Target: DynamoDB_20120810.${operation}`,
    'X-Amz-Date: 20261125T000000Z',
    'Authorization: AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body.slice(0, bytes),
  ].join('\r\n');
};

describe('the changes of a table', () => {
  const services = new TestServices();
  let table: string;

  before(() => services.start());
  after(() => services.stop());
  beforeEach(async () => {
    table = await services.createTable(KEY, 'NEW_AND_OLD_IMAGES');
  });

  const put = (Item: Attributes) => services.dynamoDb.send(new PutItemCommand({ TableName: table, Item }));
  const remove = (Key: Attributes) => services.dynamoDb.send(new DeleteItemCommand({ TableName: table, Key }));
  const changes = () => changesOf(services.kinesis, table);
  const names = async () => (await changes()).map(({ eventName }) => eventName);
  const rows = async (): Promise<Map<string, Attributes>> => {
    const { Items = [] } = await services.dynamoDb.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
    return new Map(Items.map((item) => [JSON.stringify(key(item.Id!.S!, item.Username!.S!)), item]));
  };

  it('are records as DynamoDB Streams has them', async () => {
    const first = { ...key('1'), Text: { S: '東京 🦊' } };
    const second = { ...key('1'), Text: { S: 'b' }, Count: { N: '2' } };
    await put(first);
    await put(second);
    await remove(key('1'));
    const all = await changes();
    const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${table}/stream/1970-01-01T00:00:00.000`;
    const images = [{ NewImage: first }, { NewImage: second, OldImage: first }, { OldImage: second }];
    // UTF-8, with the names: the key, and then its attributes and the others of each image.
    const [keys, one, two] = [14, 14 + 15, 14 + 5 + 7];
    const sizes = [keys + one, keys + one + two, keys + two];
    expect(all).to.deep.equal(
      (['INSERT', 'MODIFY', 'REMOVE'] as const).map((eventName, index) => ({
        eventID: all[index]!.eventID,
        eventName,
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        awsRegion: 'us-east-1',
        dynamodb: {
          ApproximateCreationDateTime: all[index]!.dynamodb.ApproximateCreationDateTime,
          Keys: key('1'),
          ...images[index],
          SequenceNumber: all[index]!.dynamodb.SequenceNumber,
          SizeBytes: sizes[index],
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
        eventSourceARN: arn,
      })),
    );
    for (const { eventID, dynamodb } of all) {
      expect(eventID).to.match(/^[0-9a-f]{32}$/);
      expect(dynamodb.ApproximateCreationDateTime).to.be.closeTo(Date.now() / 1000, 60);
      expect(dynamodb.ApproximateCreationDateTime % 1).to.equal(0);
    }
    const { Table } = await services.dynamoDb.send(new DescribeTableCommand({ TableName: table }));
    expect(Table?.LatestStreamArn).to.equal(arn);
    expect(Table?.StreamSpecification).to.deep.equal({ StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' });
  });

  it('hold the whole item of an update, before and after', async () => {
    await put({ ...key('1'), Count: { N: '1' }, Other: { S: 'stays' } });
    const add = new UpdateItemCommand({
      TableName: table,
      Key: key('1'),
      UpdateExpression: 'ADD #count :one',
      ExpressionAttributeNames: { '#count': 'Count' },
      ExpressionAttributeValues: { ':one': { N: '1' } },
    });
    await services.dynamoDb.send(add);
    await services.dynamoDb.send(new UpdateItemCommand({ ...add.input, Key: key('new') }));
    const [, update, upsert] = await changes();
    expect(update?.eventName).to.equal('MODIFY');
    expect(update?.dynamodb.OldImage).to.deep.equal({ ...key('1'), Count: { N: '1' }, Other: { S: 'stays' } });
    expect(update?.dynamodb.NewImage).to.deep.equal({ ...key('1'), Count: { N: '2' }, Other: { S: 'stays' } });
    expect(upsert?.eventName).to.equal('INSERT');
    expect(upsert?.dynamodb.NewImage).to.deep.equal({ ...key('new'), Count: { N: '1' } });
  });

  it('are as many as the writes of a batch that change something', async () => {
    await put({ ...key('1'), V: { N: '1' } });
    await put({ ...key('2'), V: { N: '1' } });
    const requests = [
      { PutRequest: { Item: { ...key('1'), V: { N: '1' } } } },
      { DeleteRequest: { Key: key('2') } },
      { DeleteRequest: { Key: key('3') } },
      { PutRequest: { Item: { ...key('4'), V: { N: '1' } } } },
    ];
    await services.dynamoDb.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    expect((await names()).toSorted()).to.deep.equal(['INSERT', 'INSERT', 'INSERT', 'REMOVE']);
    expect(replay(await changes())).to.deep.equal(await rows());
  });

  it('are none where a write changes nothing, fails on its condition, or is refused', async () => {
    const item = {
      ...key('1'),
      Tags: { SS: ['a', 'b'] },
      SS: { M: { x: { N: '1' }, y: { L: [{ S: 'p' }, { S: 'q' }] } } },
    };
    await put(item);
    await put(item);
    await put({
      SS: { M: { y: { L: [{ S: 'p' }, { S: 'q' }] }, x: { N: '1' } } },
      Tags: { SS: ['b', 'a'] },
      ...key('1'),
    });
    await remove(key('2'));
    const refused = await Promise.allSettled([
      services.dynamoDb.send(
        new PutItemCommand({
          TableName: table,
          Item: { ...key('1'), V: { N: '2' } },
          ConditionExpression: 'attribute_not_exists(Id)',
        }),
      ),
      services.dynamoDb.send(
        new DeleteItemCommand({ TableName: table, Key: key('1'), ConditionExpression: 'attribute_exists(V)' }),
      ),
      put({ Username: { S: 'no sort key' } }),
    ]);
    expect(refused.map((result) => (result as PromiseRejectedResult).reason?.name)).to.deep.equal([
      'ConditionalCheckFailedException',
      'ConditionalCheckFailedException',
      'ValidationException',
    ]);
    expect(await names()).to.deep.equal(['INSERT']);
    // A list has an order.
    await put({ ...item, SS: { M: { x: { N: '1' }, y: { L: [{ S: 'q' }, { S: 'p' }] } } } });
    expect(await names()).to.deep.equal(['INSERT', 'MODIFY']);
  });

  it('have numbers of 21 to 40 digits that grow, though not all of one length', async () => {
    const ids = Array.from({ length: 120 }, (_, index) => String(index));
    for (let from = 0; from < ids.length; from += 20) {
      const requests = ids.slice(from, from + 20).map((id) => ({ PutRequest: { Item: key(id) } }));
      await services.dynamoDb.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    }
    const numbers = (await changes()).map(({ dynamodb }) => dynamodb.SequenceNumber);
    for (const number of numbers) expect(number).to.match(/^[1-9]\d{20,39}$/);
    expect(new Set(numbers)).to.have.length(120);
    expect(numbers).to.deep.equal(numbers.toSorted((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)));
    expect(new Set(numbers.map(({ length }) => length))).to.have.length(2);
  });

  it('hold two images of nearly 400 KB', async () => {
    const of = (letter: string) => ({ ...key('1'), Text: { S: letter.repeat(409_000) } });
    await put(of('a'));
    await put(of('b'));
    const [, change] = await changes();
    expect(change?.dynamodb).to.deep.include({ NewImage: of('b'), OldImage: of('a') });
  });

  for (const [viewType, images] of [
    ['NEW_IMAGE', ['NewImage']],
    ['OLD_IMAGE', ['OldImage']],
    ['KEYS_ONLY', []],
  ] as const)
    it(`hold what ${viewType} says`, async () => {
      table = await services.createTable(KEY, viewType);
      await put({ ...key('1'), V: { N: '1' } });
      await put({ ...key('1'), V: { N: '2' } });
      const [, change] = await changes();
      expect(Object.keys(change!.dynamodb).filter((name) => name.endsWith('Image'))).to.deep.equal(images);
      expect(change?.dynamodb.StreamViewType).to.equal(viewType);
    });

  it('are there before the writer hears of its write', async () => {
    for (let id = 1; id <= 10; id += 1) {
      await put(key(String(id)));
      expect(await changes()).to.have.length(id);
    }
  });

  it('begin anew with a table of the same name', async () => {
    await put(key('1'));
    await services.dynamoDb.send(new DeleteTableCommand({ TableName: table }));
    const described = () => services.dynamoDb.send(new DescribeTableCommand({ TableName: table }));
    await untilEqual(() => described().catch(({ name }) => name), 'ResourceNotFoundException');
    const { StreamNames } = await services.kinesis.send(new ListStreamsCommand({ Limit: 1_000 }));
    expect(StreamNames).not.to.include(changeStreamName(table));
    await createTable(services.dynamoDb, {
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'Id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'Id', AttributeType: 'S' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
    });
    await put({ Id: { S: '2' } });
    expect((await changes()).map(({ dynamodb }) => dynamodb.Keys)).to.deep.equal([{ Id: { S: '2' } }]);
  });

  it('are not kept of a table without a change stream', async () => {
    table = await services.createTable(KEY);
    await put(key('1'));
    const { StreamNames } = await services.kinesis.send(new ListStreamsCommand({ Limit: 1_000 }));
    expect(StreamNames).not.to.include(changeStreamName(table));
  });

  for (const [name, viewType, message] of [
    ['wrong', 'BOTH', 'StreamViewType is BOTH; expected one of NEW_AND_OLD_IMAGES'],
    ['x'.repeat(150), 'KEYS_ONLY', 'has 158 characters; Kinesis, which carries it here, takes 128'],
  ] as const)
    it(`refuse a table whose stream cannot be: ${message}`, async () => {
      const error = await createTable(services.dynamoDb, {
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'Id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'Id', AttributeType: 'S' }],
        StreamSpecification: { StreamEnabled: true, StreamViewType: viewType as 'KEYS_ONLY' },
      }).then(
        () => undefined,
        (caught: Error) => caught,
      );
      expect(error?.name).to.equal('ValidationException');
      expect(error?.message).to.contain(message);
    });

  it('that cannot be kept are an error of the write, and the emulators go on', async () => {
    await services.kinesis.send(new DeleteStreamCommand({ StreamName: changeStreamName(table) }));
    const error = await put(key('1')).then(
      () => undefined,
      (caught: Error) => caught,
    );
    expect(error?.name).to.equal('InternalServerError');
    expect(error?.message).to.contain(`its change is not on the stream ${changeStreamName(table)}`);
    const other = await services.createTable(KEY, 'KEYS_ONLY');
    await services.dynamoDb.send(new PutItemCommand({ TableName: other, Item: key('1') }));
    expect(await changesOf(services.kinesis, other)).to.have.length(1);
  });

  it('are none of a request that breaks off, and are there of one whose client does not wait for the answer', async () => {
    const { hostname, port } = new URL(services.endpoints.dynamoDb);
    const send = async (id: string, bytes?: number): Promise<void> => {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      const request = partOfRequest('PutItem', { TableName: table, Item: key(id) }, bytes);
      await new Promise<void>((resolve) => socket.write(request, () => resolve()));
      socket.resetAndDestroy();
    };
    for (let id = 0; id < 20; id += 1) await Promise.all([send(`cut-${id}`, 40), send(`whole-${id}`)]);
    // An item is in the table a moment before its change is on the stream.
    await untilEqual(async () => {
      const [items, replayed] = [await rows(), replay(await changes())];
      const ids = [...new Set([...items.keys(), ...replayed.keys()])];
      return ids.filter((id) => !isDeepStrictEqual(items.get(id), replayed.get(id)));
    }, []);
    expect([...(await rows()).values()].filter(({ Id }) => Id!.S!.startsWith('cut'))).to.deep.equal([]);
  });

  describe('of several writers at once', () => {
    type Write = { id: string; value: number; kind: 'put' | 'add' | 'delete' | 'if new' | 'batch' };
    const write = fc.record<Write>({
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      value: fc.integer({ min: 0, max: 2 }),
      kind: fc.constantFrom('put', 'add', 'delete', 'if new', 'batch'),
    });
    const keyOf = (id: string) => key(id, id < 'c' ? 'ann' : 'bob');
    const make = async ({ id, value, kind }: Write): Promise<unknown> => {
      const Item = { ...keyOf(id), V: { N: String(value) } };
      if (kind === 'put') return put(Item);
      if (kind === 'delete') return remove(keyOf(id));
      if (kind === 'batch') {
        const others = ['a', 'b', 'c', 'd'].filter((other) => other !== id);
        const requests = [
          { PutRequest: { Item } },
          ...others.map((other) => ({ DeleteRequest: { Key: keyOf(other) } })).slice(value),
        ];
        return services.dynamoDb.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
      }
      if (kind === 'if new') {
        const input = { TableName: table, Item, ConditionExpression: 'attribute_not_exists(Id)' };
        return services.dynamoDb.send(new PutItemCommand(input)).catch(() => undefined);
      }
      return services.dynamoDb.send(
        new UpdateItemCommand({
          TableName: table,
          Key: keyOf(id),
          UpdateExpression: 'ADD V :value',
          ExpressionAttributeValues: { ':value': { N: String(value) } },
        }),
      );
    };
    const expectToGrow = (shards: readonly (readonly ChangeRecord[])[]): void => {
      for (const shard of shards) {
        const sequence = shard.map(({ dynamodb }) => dynamodb.SequenceNumber.padStart(40, '0'));
        expect(sequence).to.deep.equal(sequence.toSorted());
      }
    };

    it('give exactly the table when they are replayed, also where the shard is split under them', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(write, { maxLength: 12 }), { minLength: 2, maxLength: 4 }),
          async (writers) => {
            table = await services.createTable(KEY, 'NEW_AND_OLD_IMAGES');
            await Promise.all([
              ...writers.map(async (writes, writer) => {
                for (const [index, one] of writes.entries()) {
                  await make(one);
                  if (writer === 0 && index === 2) await services.splitShard(changeStreamName(table));
                }
              }),
            ]);
            const shards = await changesByShard(services.kinesis, table);
            expectToGrow(shards);
            const records = shards.flat();
            expect(replay(records)).to.deep.equal(await rows());
          },
        ),
        { numRuns: 3 },
      );
    });

    it('name as old what was there, for each of many that add to one item', async () => {
      await Promise.all(Array.from({ length: 30 }, () => make({ id: 'a', value: 1, kind: 'add' })));
      const images = (await changes()).map(({ dynamodb }) => [dynamodb.OldImage?.V?.N, dynamodb.NewImage?.V?.N]);
      expect(images).to.deep.equal(
        Array.from({ length: 30 }, (_, n) => [n === 0 ? undefined : String(n), String(n + 1)]),
      );
      const { Item } = await services.dynamoDb.send(new GetItemCommand({ TableName: table, Key: keyOf('a') }));
      expect(Item?.V).to.deep.equal({ N: '30' });
    });
  });
});

describe('the changes of a table in several shards', () => {
  const services = new TestServices();
  before(() => services.start({ changeStreamShards: 4 }));
  after(() => services.stop());

  it('keep the items of a partition key in one shard, in their order', async () => {
    const table = await services.createTable(KEY, 'NEW_AND_OLD_IMAGES');
    const users = Array.from({ length: 12 }, (_, index) => `user-${index}`);
    for (const version of [1, 2, 3])
      await Promise.all(
        users.map((user) =>
          services.dynamoDb.send(
            new PutItemCommand({
              TableName: table,
              Item: { ...key(`${version % 2}`, user), V: { N: String(version) } },
            }),
          ),
        ),
      );
    const records = await changesOf(services.kinesis, table);
    expect(replay(records)).to.have.length(24);
    const order = records.map(({ dynamodb }) => dynamodb.SequenceNumber);
    expect(order, 'several shards are used').not.to.deep.equal(order.toSorted());
  });
});

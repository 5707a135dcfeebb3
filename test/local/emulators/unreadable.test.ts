import { expect } from 'chai';
import { TestServices } from '../../support/emulators.ts';

/** Kinesis speaks version 1.1 of the protocol, and DynamoDB 1.0. */
const typeOf = (target: string): string => `application/x-amz-json-${target.startsWith('Kinesis') ? '1.1' : '1.0'}`;

const ask = async (url: string, target: string | undefined, body: string, type = typeOf(target ?? '')) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': type,
      ...(target !== undefined && { 'x-amz-target': target }),
      'x-amz-date': '20261128T090000Z',
      authorization: 'AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=e',
    },
    body,
  });
  const { __type, message } = JSON.parse((await response.text()) || '{}') as { __type?: string; message?: string };
  return { status: response.status, type: __type, message };
};

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** The same value with another one in place of each of its parts, one after the other. */
const withEachPart = (value: Json, other: Json): Json[] => {
  if (typeof value !== 'object' || value === null) return [other];
  const rebuilt = (name: string, part: Json): Json =>
    Array.isArray(value) ? value.with(Number(name), part) : { ...value, [name]: part };
  const inner = Object.entries(value).flatMap(([name, part]) =>
    withEachPart(part, other).map((changed) => rebuilt(name, changed)),
  );
  return [other, ...inner];
};

const item = { Id: { S: '1' }, Tags: { SS: ['a'] }, List: { L: [{ S: 'a' }] } };
const update = {
  UpdateExpression: 'ADD Tags :tags SET List = list_append(List, :list)',
  ExpressionAttributeValues: { ':tags': { SS: ['b'] }, ':list': { L: [{ S: 'b' }] } },
};
const shard = 'shardId-000000000000';

describe('a request that an emulator cannot read', () => {
  const services = new TestServices();
  let table: string;
  let stream: string;

  before(async () => {
    await services.start({});
    table = await services.createTable(['Id'], 'NEW_AND_OLD_IMAGES');
    stream = await services.createStream(1);
  });
  after(() => services.stop());

  /** A request to each operation. Those that would end the stream or the table name another one. */
  const requests = (): Record<string, Json> => {
    const ofStream = { StreamName: stream };
    const record = { PartitionKey: 'a', Data: 'AAAA', ExplicitHashKey: '1' };
    const ofTable = { TableName: table };
    const ResourceArn = `arn:aws:dynamodb:us-east-1:000000000000:table/${table}`;
    const Key = { Id: item.Id };
    const values = { ExpressionAttributeValues: { ':id': item.Id } };
    const table2 = {
      TableName: `${table}2`,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'Id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'Id', KeyType: 'HASH' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
    };
    return {
      'Kinesis_20131202.PutRecords': { ...ofStream, Records: [record, record] },
      'Kinesis_20131202.PutRecord': { ...ofStream, ...record },
      'Kinesis_20131202.GetShardIterator': { ...ofStream, ShardId: shard, ShardIteratorType: 'LATEST' },
      'Kinesis_20131202.GetRecords': { ShardIterator: 'AAAA', Limit: 1 },
      'Kinesis_20131202.ListShards': { NextToken: 'AAAA' },
      'Kinesis_20131202.ListStreams': { Limit: 1, ExclusiveStartStreamName: stream },
      'Kinesis_20131202.DescribeStream': { ...ofStream, Limit: 1, ExclusiveStartShardId: shard },
      'Kinesis_20131202.DescribeStreamSummary': ofStream,
      'Kinesis_20131202.AddTagsToStream': { ...ofStream, Tags: { a: 'b' } },
      'Kinesis_20131202.ListTagsForStream': { ...ofStream, Limit: 1, ExclusiveStartTagKey: 'a' },
      'Kinesis_20131202.RemoveTagsFromStream': { ...ofStream, TagKeys: ['a'] },
      'Kinesis_20131202.IncreaseStreamRetentionPeriod': { ...ofStream, RetentionPeriodHours: 48 },
      'Kinesis_20131202.DecreaseStreamRetentionPeriod': { ...ofStream, RetentionPeriodHours: 24 },
      'Kinesis_20131202.MergeShards': { ...ofStream, ShardToMerge: shard, AdjacentShardToMerge: shard },
      'Kinesis_20131202.SplitShard': { ...ofStream, ShardToSplit: shard, NewStartingHashKey: '1' },
      'Kinesis_20131202.CreateStream': { StreamName: `${stream}2`, ShardCount: 1 },
      'Kinesis_20131202.DeleteStream': { StreamName: '__proto__' },
      'DynamoDB_20120810.PutItem': { ...ofTable, Item: item, ConditionExpression: 'Id = :id', ...values },
      'DynamoDB_20120810.UpdateItem': { ...ofTable, Key, ...update },
      'DynamoDB_20120810.DeleteItem': { ...ofTable, Key: { Id: { S: '2' } }, Expected: { Id: { Exists: false } } },
      'DynamoDB_20120810.GetItem': { ...ofTable, Key, AttributesToGet: ['Id'] },
      'DynamoDB_20120810.BatchWriteItem': { RequestItems: { [table]: [{ PutRequest: { Item: item } }] } },
      'DynamoDB_20120810.BatchGetItem': { RequestItems: { [table]: { Keys: [Key], AttributesToGet: ['Id'] } } },
      'DynamoDB_20120810.Query': { ...ofTable, KeyConditionExpression: 'Id = :id', ...values, ExclusiveStartKey: Key },
      'DynamoDB_20120810.Scan': { ...ofTable, FilterExpression: 'Id = :id', ...values, ExclusiveStartKey: Key },
      'DynamoDB_20120810.DescribeTable': ofTable,
      'DynamoDB_20120810.DescribeTimeToLive': ofTable,
      'DynamoDB_20120810.ListTables': { Limit: 1, ExclusiveStartTableName: table },
      'DynamoDB_20120810.TagResource': { ResourceArn, Tags: [{ Key: 'a', Value: 'b' }] },
      'DynamoDB_20120810.ListTagsOfResource': { ResourceArn },
      'DynamoDB_20120810.UntagResource': { ResourceArn, TagKeys: ['a'] },
      'DynamoDB_20120810.UpdateTable': { ...ofTable, BillingMode: 'PAY_PER_REQUEST' },
      'DynamoDB_20120810.CreateTable': table2,
      'DynamoDB_20120810.DeleteTable': { TableName: `${table}2` },
    };
  };

  it('is answered, whatever is wrong in whatever operation, and others may use its stream and its table', async () => {
    const { kinesis, dynamoDb } = services.endpoints;
    const send = (target: string, body: Json) =>
      ask(target.startsWith('Kinesis') ? kinesis : dynamoDb, target, JSON.stringify(body));
    const putRecord = { StreamName: stream, PartitionKey: 'a', Data: 'AAAA' };
    for (const [target, valid] of Object.entries(requests())) {
      const bodies = [null, {}].flatMap((other) => withEachPart(valid, other));
      const sent = bodies.map(async (body) => {
        expect((await send(target, body)).status, `${target} ${JSON.stringify(body)}`).to.be.oneOf([200, 400, 500]);
      });
      // Each gets its own answer, though they wait for each other's locks.
      await Promise.all(sent);
      expect((await send('Kinesis_20131202.PutRecord', putRecord)).status, target).to.equal(200);
      const putItem = { TableName: table, Item: item };
      expect((await send('DynamoDB_20120810.PutItem', putItem)).status, target).to.equal(200);
    }
  });

  it('hears why', async () => {
    const { kinesis, dynamoDb } = services.endpoints;
    const nothing = JSON.stringify({ StreamName: stream, Records: [null] });
    expect(await ask(kinesis, 'Kinesis_20131202.PutRecords', nothing)).to.deep.equal({
      status: 400,
      type: 'SerializationException',
      message: "the local stack cannot read the request (Cannot read properties of null (reading 'ExplicitHashKey'))",
    });
    const noValue = JSON.stringify({
      ...(requests()['DynamoDB_20120810.TagResource'] as object),
      Tags: [{ Key: 'a' }],
    });
    expect(await ask(dynamoDb, 'DynamoDB_20120810.TagResource', noValue)).to.deep.equal({
      status: 500,
      type: 'InternalFailure',
      message: 'the local stack failed on the request (Value cannot be null or undefined)',
    });
  });
});

describe('an operation that an emulator lacks', () => {
  const services = new TestServices();

  before(() => services.start());
  after(() => services.stop());

  it('is named, also where it belongs to the other emulator', async () => {
    const { kinesis, dynamoDb } = services.endpoints;
    for (const [url, target] of [
      [kinesis, 'Kinesis_20131202.UpdateShardCount'],
      [kinesis, 'DynamoDB_20120810.PutItem'],
      [dynamoDb, 'DynamoDB_20120810.TransactWriteItems'],
      [dynamoDb, 'DynamoDBStreams_20120810.ListStreams'],
    ] as const)
      expect(await ask(url, target, '{}')).to.deep.equal({
        status: 400,
        type: 'UnknownOperationException',
        message: `the local stack does not do ${target} as ${typeOf(target)} at this port`,
      });
  });

  it('is named with what it came as, and where it came without a name', async () => {
    const { kinesis, dynamoDb } = services.endpoints;
    expect((await ask(kinesis, 'Kinesis_20131202.PutRecords', '{}', 'text/plain')).message).to.equal(
      'the local stack does not do Kinesis_20131202.PutRecords as text/plain at this port',
    );
    expect((await ask(dynamoDb, undefined, '{}')).message).to.equal(
      'the local stack does not do a request without x-amz-target as application/x-amz-json-1.0 at this port',
    );
    const headers = { 'x-amz-target': 'Kinesis_20131202.PutRecords' };
    const untyped = await fetch(kinesis, { method: 'POST', headers, body: Buffer.from('{}') });
    expect(await untyped.text()).to.contain('Kinesis_20131202.PutRecords without a content type at this port');
  });
});

import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { provision } from '../../../local/emulators/provision.ts';
import { readTemplate } from '../../../local/template/template.ts';
import { TestServices } from '../../support/emulators.ts';

describe('provision', () => {
  const services = new TestServices();
  before(() => services.start());
  after(() => services.stop());

  it('makes the index by Type where the stack asks for it, in the order of time', async () => {
    const place = { name: 'indexed', region: 'us-east-1', accountId: '000000000000' };
    const file = new URL('../../../template.yaml', import.meta.url);
    const template = readTemplate(file, { ...place, parameters: { TypeIndex: 'true' } });
    await provision(template, services);
    const TableName = template.nameOf('EventDataTable');
    for (const [Id, Type, Timestamp] of [
      ['1', 'a', '2026-11-20T12:00:02.000Z'],
      ['2', 'b', '2026-11-20T12:00:01.000Z'],
      ['3', 'a', '2026-11-20T12:00:00.000Z'],
    ] as const) {
      const Item = { Username: { S: 'u' }, Id: { S: Id }, Type: { S: Type }, Timestamp: { S: Timestamp } };
      await services.dynamoDb.send(new PutItemCommand({ TableName, Item }));
    }
    const { Items = [] } = await services.dynamoDb.send(
      new QueryCommand({
        TableName,
        IndexName: 'ByType',
        KeyConditionExpression: '#type = :type',
        ExpressionAttributeNames: { '#type': 'Type' },
        ExpressionAttributeValues: { ':type': { S: 'a' } },
      }),
    );
    expect(Items.map(({ Id }) => Id?.S)).to.deep.equal(['3', '1']);
  });
});

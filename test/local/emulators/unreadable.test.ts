import { expect } from 'chai';
import { TestServices } from '../../support/emulators.ts';

const services = new TestServices();

/** Kinesis speaks version 1.1 of the protocol, and DynamoDB 1.0. */
const ask = async (url: string, target: string, body: string) => {
  const version = target.startsWith('Kinesis') ? '1.1' : '1.0';
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': `application/x-amz-json-${version}`,
      'x-amz-target': target,
      'x-amz-date': '20261128T090000Z',
      authorization: 'AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=e',
    },
    body,
  });
  const { __type, message } = (await response.json()) as { __type?: string; message?: string };
  return { status: response.status, type: __type, message };
};

describe('a request that an emulator cannot read', () => {
  before(() => services.start());
  after(() => services.stop());

  for (const [what, body] of [
    ['a body that is null', 'null'],
    ['an attribute that is null', '{"TableName":"table","Item":{"Id":null}}'],
    ['an attribute that is null in another', '{"TableName":"table","Item":{"Id":{"M":{"a":null}}}}'],
    ['null in a list', '{"TableName":"table","Item":{"Id":{"L":[null]}}}'],
    ['null in a set', '{"TableName":"table","Item":{"Id":{"SS":[null]}}}'],
  ] as const)
    it(`is answered with an error, and the emulator goes on: ${what}`, async () => {
      const { dynamoDb } = services.endpoints;
      const answer = await ask(dynamoDb, 'DynamoDB_20120810.PutItem', body);
      expect(answer).to.include({ status: 400, type: 'SerializationException' });
      expect(answer.message).to.match(
        /^the local stack cannot read the request \(.+\); expected no null where a value belongs$/,
      );
      expect(await ask(dynamoDb, 'DynamoDB_20120810.ListTables', '{}')).to.include({ status: 200 });
    });

  it('is answered by Kinesis too', async () => {
    const { kinesis } = services.endpoints;
    const tags = '{"StreamName":"stream","Tags":{"a":null}}';
    expect((await ask(kinesis, 'Kinesis_20131202.AddTagsToStream', tags)).status).to.equal(400);
    expect(await ask(kinesis, 'Kinesis_20131202.ListStreams', '{}')).to.include({ status: 200 });
  });
});

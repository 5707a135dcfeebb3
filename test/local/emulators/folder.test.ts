import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { startServices } from '../../../local/services.ts';
import { emptyFolder } from '../../support/empty-folder.ts';
import { readStream } from '../../support/shards.ts';

describe('the emulators with a folder', () => {
  const folder = emptyFolder();

  it('keep there what they hold, and answer as in memory', async () => {
    const { kinesis, dynamoDb, names, close } = await startServices({ kinesis: 0, dynamoDb: 0, folder });
    try {
      const key = { Username: { S: 'Zoë 🦊' }, Id: { S: '1' } };
      await dynamoDb.send(new PutItemCommand({ TableName: names.eventDataTable, Item: key }));
      const { Item } = await dynamoDb.send(new GetItemCommand({ TableName: names.eventDataTable, Key: key }));
      expect(Item).to.deep.equal(key);
      const Data = Buffer.from('東京');
      await kinesis.send(new PutRecordCommand({ StreamName: names.stream, PartitionKey: 'a', Data }));
      expect((await readStream(kinesis, names.stream)).map(({ data }) => data.toString())).to.deep.equal(['東京']);
      for (const store of ['kinesis', 'dynamodb']) expect(await readdir(join(folder, store))).to.include('CURRENT');
    } finally {
      await close();
    }
  });
});

import { request } from 'node:http';
import { expect } from 'chai';
import { startEmulators } from '../../../local/emulators/emulators.ts';

/** A server that closes idle connections announces when. */
const announced = (url: string): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    request(url, { headers: { connection: 'keep-alive' } }, (response) => {
      resolve(response.headers['keep-alive']?.toString());
      response.resume();
    })
      .on('error', reject)
      .end();
  });

describe('the connections of the emulators', () => {
  it('are never closed while they are idle, since a client may be sending just then', async () => {
    const { endpoints, close } = await startEmulators({ kinesis: 0, dynamoDb: 0 });
    try {
      for (const url of Object.values(endpoints)) expect(await announced(url)).to.equal(undefined);
    } finally {
      await close();
    }
  });
});

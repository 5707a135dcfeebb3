import { request } from 'node:http';
import { expect } from 'chai';
import { TestServices } from '../../support/emulators.ts';

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
    const services = new TestServices();
    await services.start();
    for (const url of Object.values(services.endpoints)) expect(await announced(url)).to.equal(undefined);
    await services.stop();
  });
});

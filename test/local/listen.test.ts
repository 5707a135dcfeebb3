import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { listen, urlOf } from '../../local/listen.ts';

describe('a server of this machine', () => {
  it('has an address in its URL, of whatever kind that is', () => {
    expect(['127.0.0.1', 'localhost', '::1'].map((host) => new URL(urlOf(host, 4567)).host)).to.deep.equal([
      '127.0.0.1:4567',
      'localhost:4567',
      '[::1]:4567',
    ]);
  });

  it('ends though a client keeps its connection', async () => {
    const { endpoint, close } = await listen(createServer());
    const client = connect(Number(new URL(endpoint).port), '127.0.0.1');
    await once(client, 'connect');
    await Promise.all([once(client, 'close'), close()]);
  });
});

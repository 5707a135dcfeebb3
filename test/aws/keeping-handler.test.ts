import { Agent, createServer } from 'node:http';
import { expect } from 'chai';
import { isUnconnected, KeepingHandler } from '../../aws/keeping-handler.ts';
import { LoopbackServer } from '../support/loopback-server.ts';

describe('a handler that keeps connections', () => {
  it('leaves those that wait open where another one does not come about', async () => {
    let connections = 0;
    const listener = createServer((_, response) => response.end());
    listener.on('connection', () => {
      connections += 1;
    });
    const server = await new LoopbackServer(listener).start();
    // An address needs no look-up, and a name never gets its answer.
    const httpAgent = new Agent({ keepAlive: true, lookup: () => {} });
    const handler = new KeepingHandler({ httpAgent });
    const hasty = new KeepingHandler({ httpAgent, connectionTimeout: 10 });
    const ask = async (hostname: string, by = handler): Promise<void> => {
      const request = { protocol: 'http:', hostname, port: server.port, method: 'GET', path: '/', headers: {} };
      const { response } = await by.handle(request as never);
      for await (const _ of response.body);
    };
    await ask('127.0.0.1');
    const outcome = await ask('a-name', hasty).catch(isUnconnected);
    await ask('127.0.0.1');
    handler.destroy();
    await server.stop();
    expect({ outcome, connections }).to.deep.equal({ outcome: true, connections: 1 });
  });
});

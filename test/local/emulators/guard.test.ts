import { createServer } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { openDynamoDb } from '../../../local/emulators/dynamodb.ts';
import { guard } from '../../../local/emulators/guard.ts';
import { listen } from '../../../local/listen.ts';

describe('a request that fails at one of its locks', () => {
  it('lets go of that one, and of no other, whose holder may still write', async () => {
    const { lock } = openDynamoDb().store.tableDb;
    let written: (() => void) | undefined;
    const server = createServer((request) => {
      request.on('end', () => {
        lock('written', (release) => {
          written = release(() => {});
        });
        lock('broken', () => {
          throw new TypeError('no such value');
        });
      });
      request.resume();
    });
    guard(server, '127.0.0.1');
    const { endpoint, close } = await listen(server);
    const { status } = await fetch(endpoint);
    await close();
    expect(status).to.equal(400);
    const locked: string[] = [];
    for (const key of ['written', 'broken']) lock(key, () => locked.push(key));
    expect(locked).to.deep.equal(['broken']);
    written?.();
    await setImmediate();
    expect(locked).to.deep.equal(['broken', 'written']);
  });
});

import { createServer, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import { forEachItem } from '../../local/scan.ts';
import { localDynamoDb } from '../support/emulators.ts';
import { LoopbackServer } from '../support/loopback-server.ts';
import { until } from '../support/until.ts';

describe('a scan of a table in segments', () => {
  const answer = (response: ServerResponse, status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
  };

  it('reads no segment any further once another one has failed', async () => {
    const asked: number[] = [];
    const held: ServerResponse[] = [];
    const server = await new LoopbackServer(
      createServer(async (request, response) => {
        const { Segment } = JSON.parse((await buffer(request)).toString());
        asked.push(Segment);
        held.push(response);
        if (asked.length !== 4) return;
        const [first] = held.splice(asked.indexOf(0), 1);
        answer(first!, 400, { __type: 'AccessDeniedException', message: 'no longer' });
      }),
    ).start();
    const client = localDynamoDb(server.endpoint);
    try {
      const scan = { client, table: 'rows', segments: 4 };
      const failure = await forEachItem(scan, () => {}).catch((error: Error) => error);
      expect(failure).to.have.property('name', 'AccessDeniedException');
      for (const response of held) answer(response, 200, { Items: [], LastEvaluatedKey: { Id: { S: 'x' } } });
      // Their answers are read before that of a later call.
      const later = forEachItem({ ...scan, segments: 1 }, () => {});
      await until(() => asked.length >= 5);
      answer(held.at(-1)!, 200, { Items: [] });
      await later;
      expect(asked.toSorted()).to.deep.equal([0, 0, 1, 2, 3]);
    } finally {
      client.destroy();
      await server.stop();
    }
  });
});

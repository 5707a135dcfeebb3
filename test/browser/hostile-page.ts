import { createServer } from 'node:http';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListStreamsCommand } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { localDynamoDb, localKinesis } from '../support/emulators.ts';
import { LoopbackServer } from '../support/loopback-server.ts';
import { FOREIGN_NAME } from './chromium.ts';
import type { StackUrls } from './local-stack.ts';

/** A request that a page elsewhere makes. */
interface Attempt {
  url: string;
  method: string;
  headers?: Record<string, string>;
  body?: string;
}

const call = (url: string, target: string, input: object): Attempt => ({
  url,
  method: 'POST',
  headers: {
    'content-type': 'application/json',
    'x-amz-target': target,
    'x-amz-date': '20260101T000000Z',
    authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/b/aws4_request, SignedHeaders=host, Signature=0',
  },
  body: JSON.stringify(input),
});

const attemptsOn = ({ kinesis, dynamoDb, watch }: StackUrls): Attempt[] => [
  { ...call(dynamoDb, 'DynamoDB_20120810.Scan', { TableName: 'local-EventData' }) },
  { ...call(dynamoDb, 'DynamoDB_20120810.DeleteTable', { TableName: 'local-EventData' }) },
  { ...call(kinesis, 'Kinesis_20131202.DeleteStream', { StreamName: 'local-EventStream' }) },
  { url: dynamoDb, method: 'GET' },
  { url: `${watch}about`, method: 'GET' },
  { url: `${watch}rows?key=Zed`, method: 'GET' },
  { url: `${watch}put-back`, method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"id":"x"}' },
  { url: `${watch}put-back`, method: 'POST', body: '{"id":"x"}' },
];

/** What the page sees of each attempt: the status of the answer, or `unread`. */
const tryFrom = (page: Page, attempts: readonly Attempt[]): Promise<(number | 'unread')[]> =>
  page.evaluate(async (all) => {
    const seen: (number | 'unread')[] = [];
    for (const { url, ...request } of all)
      seen.push(
        await fetch(url, request).then(
          ({ status }) => status,
          () => 'unread' as const,
        ),
      );
    return seen;
  }, attempts);

/** What is used of the document of a page. The sources are compiled without the types of browsers. */
interface PageDocument {
  createElement: (tag: string) => { src: string; addEventListener: (event: string, listener: () => void) => void };
  body: { append: (element: object) => void };
}

/** What a page need not read to do harm, or shows as its own. @returns what it could load */
const embedFrom = (page: Page, { watch, dynamoDb }: StackUrls): Promise<string[]> =>
  page.evaluate(
    async (urls) => {
      const { document } = globalThis as unknown as { document: PageDocument };
      const loaded: string[] = [];
      for (const url of urls) {
        for (const tag of ['script', 'img']) {
          const element = document.createElement(tag);
          const isLoaded = await new Promise<boolean>((resolve) => {
            element.addEventListener('load', () => resolve(true));
            element.addEventListener('error', () => resolve(false));
            element.src = url;
            document.body.append(element);
          });
          if (isLoaded) loaded.push(`${tag} ${url}`);
        }
        // A request that needs no preflight reaches the server, whatever the page may read.
        await fetch(url, { method: 'POST', mode: 'no-cors', body: '{"TableName":"local-EventData"}' }).catch(() => {});
      }
      return loaded;
    },
    [`${watch}page.js`, `${watch}icon.svg`, `${watch}about`, dynamoDb],
  );

/** Lets every page in, as the emulators do by themselves: it shows that the browser is not what refuses. */
const startOpenServer = (): Promise<LoopbackServer> => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, {
      'access-control-allow-origin': '*',
      'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '',
      'access-control-allow-methods': 'GET, POST, DELETE',
      'content-type': 'text/html',
    });
    response.end('<!doctype html><title>elsewhere</title><body></body>');
  });
  return new LoopbackServer(server).start();
};

/** What a stack has. */
const contentsOf = async ({ kinesis, dynamoDb }: StackUrls) => {
  const [streamsOf, tablesOf] = [localKinesis(kinesis), localDynamoDb(dynamoDb)];
  const { StreamNames } = await streamsOf.send(new ListStreamsCommand({}));
  const { TableNames } = await tablesOf.send(new ListTablesCommand({}));
  streamsOf.destroy();
  tablesOf.destroy();
  return { StreamNames, TableNames };
};

/** Opens pages of somebody else in a browser. They try to read and to delete what a local stack has. */
export const attack = async (browser: Browser, stack: StackUrls): Promise<void> => {
  const before = await contentsOf(stack);
  const server = await startOpenServer();
  const context = await browser.newContext();
  try {
    const elsewhere = `http://${FOREIGN_NAME}:${server.port}/`;
    const everyone = server.endpoint;
    const attempts = attemptsOn(stack);
    const page = await context.newPage();
    await page.goto(elsewhere);
    const open = attemptsOn({ kinesis: everyone, dynamoDb: everyone, watch: `${everyone}/` });
    expect(await tryFrom(page, open), 'a server that lets everyone in').to.deep.equal(open.map(() => 200));
    expect(await tryFrom(page, attempts), 'a page elsewhere').to.deep.equal(attempts.map(() => 'unread'));
    expect(await embedFrom(page, stack), 'what a page elsewhere loads').to.deep.equal([]);

    await page.setContent(`<iframe src="${stack.watch}"></iframe>`);
    await page.waitForLoadState();
    for (const frame of page.frames().slice(1))
      expect(await frame.content(), 'a frame of a page elsewhere').not.to.contain('EventData');

    for (const name of ['kinesis', 'dynamoDb', 'watch'] as const) {
      const rebound = stack[name].replace('127.0.0.1', FOREIGN_NAME);
      // Whatever answers there, the page's origin is what that of a page of its former owner would be.
      await page.goto(new URL('rebound', rebound).href);
      const own = attemptsOn({ ...stack, [name]: rebound }).filter(({ url }) => url.startsWith(rebound));
      expect(own, name).not.to.deep.equal([]);
      expect(await tryFrom(page, own), `a page that is rebound to ${name}`).to.deep.equal(own.map(() => 403));
    }
    expect(await contentsOf(stack), 'what is left of the stack').to.deep.equal(before);
  } finally {
    await context.close();
    await server.stop();
  }
};

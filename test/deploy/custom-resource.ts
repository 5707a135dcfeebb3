/**
 * Runs the code of a custom resource once, as Lambda would, against the AWS that AWS_ENDPOINT_URL names.
 *
 * Standard input holds `{ requestType, properties, code }` as JSON; standard output gets what the code answers.
 */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { compileFunction } from 'node:vm';

type Handler = (event: object, context: { getRemainingTimeInMillis: () => number }) => Promise<void>;
interface Request {
  requestType: 'Create' | 'Update' | 'Delete';
  properties: Record<string, string>;
  code: string;
}

const { requestType, properties, code }: Request = JSON.parse(await text(process.stdin));
const cloudFormation = createServer(async (request, response) => {
  process.stdout.write(await text(request));
  response.end();
});
await new Promise<void>((resolve) => cloudFormation.listen(0, '127.0.0.1', resolve));

// Lambda's log is not what this one's standard output is for.
const log = { error: console.error, log: console.error };
const exports: { handler?: Handler } = {};
compileFunction(code, ['require', 'exports', 'console'])(createRequire(import.meta.url), exports, log);
const event = {
  RequestType: requestType,
  ResponseURL: `http://127.0.0.1:${(cloudFormation.address() as AddressInfo).port}/`,
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'resource',
  ResourceProperties: properties,
};
await exports.handler?.(event, { getRemainingTimeInMillis: () => 60_000 });
cloudFormation.closeAllConnections();
cloudFormation.close();

import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { LoopbackServer } from './loopback-server.ts';

/**
 * CloudFormation with one stack, Secrets Manager with one secret, and before a Kinesis, whose requests it passes on. It
 * remembers which access key signed what. On loopback.
 */
export class FakeStack extends LoopbackServer {
  /** `service access-key-id`, once for each pair. */
  readonly signed = new Set<string>();
  outputs: Readonly<Record<string, string>> = {};
  parameters: Readonly<Record<string, string>> = {};
  /** By its ARN. */
  secrets: Readonly<Record<string, string>> = {};
  /** The access key that may not read the stack. */
  refused: string | undefined;
  readonly #kinesis: string;

  /** @param kinesis the endpoint of a real one */
  constructor(kinesis: string) {
    super();
    this.#kinesis = kinesis;
    this.http.on('request', (request, response) => void this.#handle(request, response));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const target = String(request.headers['x-amz-target'] ?? '');
    const [, accessKeyId, service] =
      /Credential=([^/]+)\/[^/]+\/[^/]+\/(\w+)\//.exec(request.headers.authorization ?? '') ?? [];
    this.signed.add(`${service} ${accessKeyId}`);
    if (target.startsWith('Kinesis_')) {
      const { authorization = '', 'x-amz-date': date = '', 'content-type': type = '' } = request.headers;
      const headers = { authorization, 'x-amz-date': String(date), 'x-amz-target': target, 'content-type': type };
      const answer = await fetch(this.#kinesis, { method: 'POST', headers, body });
      response.writeHead(answer.status, { 'content-type': type }).end(Buffer.from(await answer.arrayBuffer()));
    } else if (target === 'secretsmanager.GetSecretValue') {
      const { SecretId } = JSON.parse(body.toString());
      const SecretString = this.secrets[SecretId];
      const [status, answer] =
        SecretString === undefined ? [400, { __type: 'ResourceNotFoundException' }] : [200, { SecretString }];
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
    } else if (accessKeyId === this.refused) {
      const error = '<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not you</Message></Error>';
      response.writeHead(403, { 'content-type': 'text/xml' }).end(`<ErrorResponse>${error}</ErrorResponse>`);
    } else {
      response.writeHead(200, { 'content-type': 'text/xml' }).end(this.#describe());
    }
  }

  #describe(): string {
    const members = Object.entries(this.outputs).map(
      ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    );
    const parameters = Object.entries(this.parameters).map(
      ([key, value]) => `<member><ParameterKey>${key}</ParameterKey><ParameterValue>${value}</ParameterValue></member>`,
    );
    return `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>mine</StackName>
      <StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-11-21T12:00:00Z</CreationTime>
      <Parameters>${parameters.join('')}</Parameters><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
  }
}

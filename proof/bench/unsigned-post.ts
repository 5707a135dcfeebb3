import { Agent, request } from 'node:http';

export interface PostTarget {
  endpoint: string;
  /** Such as `Kinesis_20131202.PutRecords`. */
  operation: string;
  contentType: string;
  /** Requests at once, at the most. */
  inFlight: number;
}

/** Posts over `node:http` with nothing on top: the part of a floor that talks to the service. */
export const unsignedPost = ({ endpoint, operation, contentType, inFlight }: PostTarget) => {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  const { hostname, port } = new URL(endpoint);
  return {
    /** @returns the text of the reply */
    post: (body: Buffer): Promise<string> =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': contentType, 'x-amz-target': operation, 'content-length': body.length };
        request({ agent, hostname, port, method: 'POST', headers }, (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('end', () => resolve(text));
        })
          .on('error', reject)
          .end(body);
      }),
    close: () => agent.destroy(),
  };
};

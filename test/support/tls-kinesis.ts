import https from 'node:https';
import { json } from 'node:stream/consumers';
import { certificateFor } from './certificate.ts';
import { LoopbackServer } from './loopback-server.ts';

/** The name that its certificate is for, next to localhost. Nothing resolves it: only a proxy leads there. */
export const TLS_HOST = 'kinesis.test';

/** A Kinesis on loopback that speaks TLS, and HTTP/1.1 only. It takes everything, and counts connections. */
export class TlsKinesis extends LoopbackServer {
  readonly cert: string;
  handshakes = 0;
  requests = 0;
  /** Requests in flight at once, at most. */
  mostInFlight = 0;
  #inFlight = 0;
  #number = 0;

  private constructor() {
    const { key, cert } = certificateFor('localhost', TLS_HOST);
    super(https.createServer({ key, cert, keepAlive: true }));
    this.cert = cert;
    this.http.on('request', async (request, response) => {
      this.requests += 1;
      this.#inFlight += 1;
      this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight);
      const { Records = [] } = (await json(request)) as { Records?: unknown[] };
      const replies = Records.map(() => ({
        ShardId: 'shardId-000000000000',
        SequenceNumber: String(this.#number++),
      }));
      this.#inFlight -= 1;
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ FailedRecordCount: 0, Records: replies }));
    });
    this.http.on('secureConnection', () => {
      this.handshakes += 1;
    });
  }

  static start(): Promise<TlsKinesis> {
    return new TlsKinesis().start();
  }
}

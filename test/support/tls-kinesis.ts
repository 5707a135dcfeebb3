import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { certificateFor } from './certificate.ts';

/** The name that its certificate is for, next to localhost. Nothing resolves it: only a proxy leads there. */
export const TLS_HOST = 'kinesis.test';

/** A Kinesis on loopback that speaks TLS, and HTTP/1.1 only. It takes everything, and counts connections. */
export class TlsKinesis {
  readonly cert: string;
  handshakes = 0;
  requests = 0;
  /** Requests in flight at once, at most. */
  mostInFlight = 0;
  readonly #server: https.Server;
  readonly #sockets = new Set<Socket>();
  #inFlight = 0;
  #number = 0;

  private constructor() {
    const { key, cert } = certificateFor('localhost', TLS_HOST);
    this.cert = cert;
    this.#server = https.createServer({ key, cert, keepAlive: true }, async (request, response) => {
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
    this.#server.on('secureConnection', () => {
      this.handshakes += 1;
    });
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<TlsKinesis> {
    const kinesis = new TlsKinesis();
    await new Promise<void>((resolve) => kinesis.#server.listen(0, '127.0.0.1', resolve));
    return kinesis;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

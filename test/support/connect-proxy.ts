import http from 'node:http';
import net from 'node:net';
import { LoopbackServer } from './loopback-server.ts';

/** A proxy of HTTP on loopback that opens tunnels. Whatever host it is asked for, the tunnel leads to one port of loopback. */
export class ConnectProxy extends LoopbackServer {
  /** What it was asked for: host and port. */
  readonly asked: string[] = [];
  /** The logins that came with it. */
  readonly logins: (string | undefined)[] = [];
  /** What it answers in place of a tunnel. */
  refusal: number | undefined;

  static start(target: number): Promise<ConnectProxy> {
    const proxy = new ConnectProxy();
    proxy.http.on('connect', (request: http.IncomingMessage, socket: net.Socket) => {
      proxy.asked.push(request.url ?? '');
      proxy.logins.push(request.headers['proxy-authorization']);
      if (proxy.refusal !== undefined) {
        socket.end(`HTTP/1.1 ${proxy.refusal} ${http.STATUS_CODES[proxy.refusal]}\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      const outside = net.connect(target, '127.0.0.1', () =>
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n'),
      );
      for (const [from, to] of [
        [socket, outside],
        [outside, socket],
      ] as const)
        from.pipe(to).on('error', () => from.destroy());
      outside.once('close', () => socket.destroy());
      socket.once('close', () => outside.destroy());
    });
    return proxy.start();
  }

  get url(): string {
    return `http://${this.host}`;
  }
}

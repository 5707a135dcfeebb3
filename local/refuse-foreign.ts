import type { IncomingMessage, RequestListener } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/**
 * Keeps web pages elsewhere away from a server on this machine. A browser lets any page send requests here, and a page whose name
 * comes to mean 127.0.0.1 (DNS rebinding) may read the answers too. So a request is refused with 403 where
 *
 * - its Host is a name that somebody else may own. An address, `localhost`, a name of this machine or one of `names` is ours;
 * - it comes from a page of another origin, as browsers say in Origin and Sec-Fetch-Site.
 *   https://fetch.spec.whatwg.org/#origin-header, https://www.w3.org/TR/fetch-metadata/
 *
 * Programs send no Origin. A link elsewhere may open a page of ours; a frame, a form or a script may not.
 *
 * @param listener never sees an Origin, so it grants nothing to one
 * @param names further hosts that are ours, such as the one to listen on
 */
export const refuseForeign = (listener: RequestListener, names: readonly string[] = []): RequestListener => {
  const own = new Set(['localhost', ...OF_CONTAINERS, hostname(), ...names].map((name) => name.toLowerCase()));
  return (request, response) => {
    const problem = foreignIn(request, own);
    // No page may show an answer in a frame or load it as a part of its own.
    response.setHeader('content-security-policy', "frame-ancestors 'none'");
    response.setHeader('cross-origin-resource-policy', 'same-origin');
    if (problem === undefined) {
      delete request.headers.origin;
      listener(request, response);
      return;
    }
    request.resume();
    // SDKs show the message of an error in this form.
    response.writeHead(403, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ __type: 'AccessDeniedException', message: problem }));
  };
};

const foreignIn = ({ method, headers }: IncomingMessage, own: ReadonlySet<string>): string | undefined => {
  const { host = '', origin, 'sec-fetch-site': site, 'sec-fetch-dest': destination } = headers;
  if (!isOwn(nameOf(host), own))
    return `the Host of the request is "${host}"; expected an address such as 127.0.0.1, localhost, or the name given with --host`;
  if (origin !== undefined && origin !== `http://${host}`)
    return `the request comes from a page of ${origin}; expected none, or one of http://${host}`;
  const isLink = method === 'GET' && destination === 'document';
  if ((site === 'cross-site' || site === 'same-site') && !isLink)
    return `the request comes from a page elsewhere; expected none, or one of http://${host}`;
  return undefined;
};

/** What stands before the port, without the brackets of an IPv6 address. */
const nameOf = (host: string): string => {
  const [, address, name = ''] = /^(?:\[([^\]]*)\]|([^:@/]*))(?::\d*)?$/.exec(host) ?? [];
  return (address ?? name).toLowerCase();
};

/** What Docker and Podman call this machine inside of their containers. Other names in `.internal` belong to the network that one is in. */
const OF_CONTAINERS = ['host.docker.internal', 'host.containers.internal'];

/** Nobody elsewhere can own an address, or a name in this domain: https://www.rfc-editor.org/rfc/rfc6761#section-6.3 */
const isOwn = (name: string, own: ReadonlySet<string>): boolean =>
  isIP(name) !== 0 || own.has(name) || name.endsWith('.localhost');

import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { LoopbackServer } from '../support/loopback-server.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html, and as many in a DeleteObjects */
const MOST = 1_000;

/** All that a custom resource for one bucket talks to: that bucket, and the URL that takes its answers. On loopback. */
export class CloudFormationAndS3 extends LoopbackServer {
  /** What is in the bucket, each as `key version`. */
  readonly versions = new Map<string, 'Version' | 'DeleteMarker'>();
  /** What the bucket was asked to do, and with how many versions. */
  requests: string[] = [];
  answers: unknown[] = [];
  contentTypes: (string | undefined)[] = [];
  /** The bucket's answer to everything. */
  fail: { status: number; code: string } | undefined;
  undeletable: string | undefined;
  /** How often it is that. */
  failures = Number.POSITIVE_INFINITY;
  hangs = false;
  takesAnswers = true;
  readonly #bucket: string;

  constructor(bucket: string) {
    super();
    this.#bucket = bucket;
    this.http.on('request', (request, response) => void this.#handle(request, response));
  }

  reset(): void {
    this.versions.clear();
    Object.assign(this, { requests: [], answers: [], contentTypes: [] });
    Object.assign(this, { fail: undefined, undeletable: undefined, failures: Number.POSITIVE_INFINITY });
    Object.assign(this, { hangs: false, takesAnswers: true });
  }

  /** So many objects, with keys in the order of S3. @param versions their ids. An object of a bucket that keeps none has the one `null` */
  put(count: number, versions = ['null']): void {
    for (let n = 0; n < count; n += 1)
      for (const version of versions)
        this.versions.set(
          `aws/lambda/${String(n).padStart(7, '0')} ${version}`,
          version === 'marker' ? 'DeleteMarker' : 'Version',
        );
  }

  get responseUrl(): string {
    return `${this.endpoint}/answer?X-Amz-Signature=abc`;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const { pathname, searchParams } = new URL(request.url ?? '', this.endpoint);
    const reply = (status: number, xml = ''): void => {
      response.writeHead(status, { 'content-type': 'application/xml' }).end(xml);
    };

    if (request.method === 'PUT' && pathname === '/answer') {
      this.answers.push(JSON.parse(body));
      this.contentTypes.push(request.headers['content-type']);
      return reply(this.takesAnswers ? 200 : 503);
    }
    if (this.hangs) return;
    if (this.fail) {
      const { status, code } = this.fail;
      return reply(status, `<Error><Code>${code}</Code><Message>as the test says</Message></Error>`);
    }
    const isBucket = pathname.replace(/\/$/, '') === `/${this.#bucket}`;
    if (isBucket && request.method === 'GET' && searchParams.has('versions')) return reply(200, this.#list());
    if (isBucket && request.method === 'POST' && searchParams.has('delete')) return reply(200, this.#delete(body));
    reply(501);
  }

  #list(): string {
    const page = [...this.versions].slice(0, MOST);
    this.requests.push(`list ${page.length}`);
    const contents = page.map(([name, kind]) => {
      const [key, id] = name.split(' ');
      return `<${kind}><Key>${key}</Key><VersionId>${id}</VersionId></${kind}>`;
    });
    const isTruncated = page.length < this.versions.size;
    return `<ListVersionsResult><IsTruncated>${isTruncated}</IsTruncated>${contents.join('')}</ListVersionsResult>`;
  }

  #delete(body: string): string {
    const named = [...body.matchAll(/<Key>([^<]*)<\/Key><VersionId>([^<]*)<\/VersionId>/g)];
    this.requests.push(`delete ${named.length}`);
    const stays = named.filter(([, key]) => key === this.undeletable && this.failures > 0);
    this.failures -= stays.length;
    for (const [whole, key, id] of named)
      if (!stays.some(([one]) => one === whole)) this.versions.delete(`${key} ${id}`);
    const errors = stays.map(([, key]) => `<Error><Key>${key}</Key><Message>Access Denied</Message></Error>`);
    return `<DeleteResult>${errors.join('')}</DeleteResult>`;
  }
}

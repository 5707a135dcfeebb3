import type { IncomingMessage, ServerResponse } from 'node:http';
import { LoopbackServer } from './loopback-server.ts';

/** One request as the fake saw it. */
export interface S3Call {
  operation: 'ListObjectsV2' | 'GetObject' | 'DeleteObject';
  key: string;
}

/** An error in place of an answer. */
export interface S3Fault {
  status: number;
  code: string;
}

/** One bucket over HTTP, in the path style, with as much of S3 as a redrive uses. Keys are listed a few at a time. */
export class FakeS3 extends LoopbackServer {
  readonly bucket = 'failed-batches';
  readonly objects = new Map<string, Buffer>();
  readonly calls: S3Call[] = [];
  /** What is said of the bytes of an object, where anything is said. */
  readonly checksums = new Map<string, string>();
  /** Decides on each request. */
  fault: (call: S3Call) => S3Fault | undefined = () => undefined;
  readonly #pageSize: number;

  private constructor(pageSize: number) {
    super();
    this.#pageSize = pageSize;
    this.http.on('request', (request, response) => this.#answer(request, response));
  }

  static start(pageSize = 3): Promise<FakeS3> {
    return new FakeS3(pageSize).start();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.endpoint);
    const [bucket, ...rest] = decodeURIComponent(pathname).slice(1).split('/');
    const key = rest.join('/');
    const operation = key === '' ? 'ListObjectsV2' : request.method === 'DELETE' ? 'DeleteObject' : 'GetObject';
    const call: S3Call = { operation, key };
    this.calls.push(call);
    const fault = bucket === this.bucket ? this.fault(call) : { status: 404, code: 'NoSuchBucket' };
    const body = this.objects.get(key);
    if (fault) refuse(response, fault);
    else if (operation === 'ListObjectsV2') this.#list(response, searchParams.get('continuation-token') ?? '');
    else if (operation === 'DeleteObject') {
      this.objects.delete(key);
      response.writeHead(204).end();
    } else if (body) {
      const checksum = this.checksums.get(key);
      if (checksum !== undefined) response.setHeader('x-amz-checksum-crc32', checksum);
      response.writeHead(200, { 'content-length': body.length }).end(body);
    } else refuse(response, { status: 404, code: 'NoSuchKey' });
  }

  /** A continuation token names the last key before it, so that it holds though keys are deleted meanwhile. */
  #list(response: ServerResponse, after: string): void {
    const keys = [...this.objects.keys()].sort().filter((key) => key > after);
    const page = keys.slice(0, this.#pageSize);
    const contents = page.map(
      (key) => `<Contents><Key>${key}</Key><Size>${this.objects.get(key)!.length}</Size></Contents>`,
    );
    const isTruncated = keys.length > page.length;
    const next = isTruncated ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    response
      .writeHead(200, { 'content-type': 'application/xml' })
      .end(`<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${contents.join('')}${next}</ListBucketResult>`);
  }
}

const refuse = (response: ServerResponse, { status, code }: S3Fault): void => {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code} by the fake</Message></Error>`);
};

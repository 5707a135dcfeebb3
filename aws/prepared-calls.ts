import type {
  DeserializeHandler,
  FinalizeHandler,
  FinalizeRequestMiddleware,
  HttpRequest,
  HttpResponse,
  MetadataBearer,
  MiddlewareStack,
} from '@smithy/types';

/** What is needed of a client of the AWS SDK. It takes only its own commands. */
interface Client {
  send(command: never, options: { abortSignal: AbortSignal }): Promise<unknown>;
}

/** What is needed of a command. */
interface Command<Input extends object, Output extends MetadataBearer> {
  input: Input;
  middlewareStack: Pick<MiddlewareStack<Input, Output>, 'add' | 'addRelativeTo'>;
}

/** A request that lacks only its body and its signature, and what signs it, sends it and reads the answer. */
interface Prepared<Input extends object, Output extends MetadataBearer> {
  request: HttpRequest;
  send: FinalizeHandler<Input, Output>;
}

type ReadResponse = HttpResponse & { json?: unknown };

/**
 * Makes calls of one operation. The caller gives the body of a request, and gets the reply as parsed JSON.
 *
 * The SDK prepares the first request: endpoint and headers. Every call is that request with another body: the SDK signs it, sends it,
 * reads failures, learns the time of the service, and tries again as often as its client says. Two things are left out, which are most
 * of what a call costs (docs/performance.md): preparing each request anew, and walking every field of input and output by its schema.
 *
 * @param command of the operation; its input does not matter
 * @param abortSignal ends every call
 * @returns makes one call; throws what the SDK throws
 */
export const preparedCalls = <Input extends object, Output extends MetadataBearer>(
  client: Client,
  command: Command<Input, Output>,
  abortSignal: AbortSignal,
): ((body: string | Buffer) => Promise<unknown>) => {
  let kept: Prepared<Input, Output> | undefined;
  const keepRequest: FinalizeRequestMiddleware<Input, Output> =
    (send) =>
    async ({ request }) => {
      kept = { request: request as HttpRequest, send };
      return { response: undefined, output: { $metadata: {} } as Output };
    };
  command.middlewareStack.addRelativeTo(keepRequest, {
    name: 'keepRequest',
    relation: 'before',
    toMiddleware: 'retryMiddleware',
  });
  command.middlewareStack.add(plainReply, { name: 'plainReply', step: 'deserialize', priority: 'low' });

  const prepare = async (): Promise<Prepared<Input, Output>> => {
    await client.send(command as never, { abortSignal });
    return kept!;
  };
  let preparing: Promise<Prepared<Input, Output>> | undefined;
  return async (body) => {
    // Without credentials, say, it fails, and the next call tries again.
    preparing ??= prepare().catch((error: unknown) => {
      preparing = undefined;
      throw error;
    });
    const { request, send } = await preparing;
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const headers = { ...request.headers, 'content-length': String(bytes.length) };
    const { response, output } = await send({ input: command.input, request: { ...request, headers, body: bytes } });
    return (response as ReadResponse).json ?? output;
  };
};

/** Parses the reply to a call that succeeded. What is not JSON is left to the SDK, which refuses it. */
const plainReply =
  <Input extends object, Output extends MetadataBearer>(
    next: DeserializeHandler<Input, Output>,
  ): DeserializeHandler<Input, Output> =>
  async (call) => {
    const answer = await next(call);
    const response = answer.response as ReadResponse;
    if (response.statusCode !== 200) return answer;
    const body = await bytesOf(response.body);
    try {
      response.json = JSON.parse(body.toString());
      response.body = NOTHING_LEFT;
    } catch {
      response.body = body;
    }
    return answer;
  };

const NOTHING_LEFT = new Uint8Array();

const bytesOf = async (body: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
};

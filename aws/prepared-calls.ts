import type {
  DeserializeMiddleware,
  FinalizeHandler,
  FinalizeHandlerArguments,
  FinalizeRequestMiddleware,
  HttpRequest,
  HttpResponse,
  MetadataBearer,
  MiddlewareStack,
} from '@smithy/types';

/** What the SDK's handler of requests is told with each of them. */
interface Options {
  abortSignal?: AbortSignal;
}

/** What is needed of a client of the AWS SDK. It takes only its own commands. */
interface Client {
  send(command: never, options: Options): Promise<unknown>;
}

/** What is needed of a command. */
interface Command<Input extends object, Output extends MetadataBearer> {
  input: Input;
  middlewareStack: Pick<MiddlewareStack<Input, Output>, 'add' | 'addRelativeTo'>;
}

/** A request that lacks only its body and its signature, and what signs it, sends it and reads the answer. */
interface Prepared<Input extends object, Output extends MetadataBearer> {
  request: HttpRequest;
  send: (call: SignalledCall<Input>) => ReturnType<FinalizeHandler<Input, Output>>;
}

/** What passes through the middleware of the SDK for one call, which hands on what it does not know. */
type SignalledCall<Input extends object> = FinalizeHandlerArguments<Input> & { abortSignal: AbortSignal };

type ReadResponse = HttpResponse & { json?: unknown };

/**
 * Makes calls of one operation. The caller gives the body of a request, and gets the reply as parsed JSON.
 *
 * The SDK prepares the first request: endpoint and headers. Every call is that request with another body: the SDK signs it, sends it,
 * reads failures, learns the time of the service, and tries again as often as its client says. Two things are left out, which are most
 * of what a call costs (docs/performance.md): preparing each request anew, and walking every field of input and output by its schema.
 *
 * @param command of the operation; its input does not matter
 * @returns makes one call, which ends when its signal is aborted; throws what the SDK throws
 */
export const preparedCalls = <Input extends object, Output extends MetadataBearer>(
  client: Client,
  command: Command<Input, Output>,
): ((body: string | Buffer, abortSignal: AbortSignal) => Promise<unknown>) => {
  const options: Options = {};
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
  const plainReply: DeserializeMiddleware<Input, Output> = (next) => (call) => {
    // All calls share the options of the command. The SDK reads them at once.
    options.abortSignal = (call as SignalledCall<Input>).abortSignal;
    return parsed(next(call));
  };
  command.middlewareStack.add(plainReply, { name: 'plainReply', step: 'deserialize', priority: 'low' });

  const prepare = async (): Promise<Prepared<Input, Output>> => {
    await client.send(command as never, options);
    return kept!;
  };
  let preparing: Promise<Prepared<Input, Output>> | undefined;
  return async (body, abortSignal) => {
    // Without credentials, say, it fails, and the next call tries again.
    preparing ??= prepare().catch((error: unknown) => {
      preparing = undefined;
      throw error;
    });
    const { request, send } = await preparing;
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const headers = { ...request.headers, 'content-length': String(bytes.length) };
    const call = { input: command.input, request: { ...request, headers, body: bytes }, abortSignal };
    const { response, output } = await send(call);
    return (response as ReadResponse).json ?? output;
  };
};

/**
 * Lets a command give its reply as parsed JSON, as it comes: bytes are base64 then, and times are seconds. Most of what a large reply
 * costs is to check and to decode each field by its schema.
 */
export const withPlainReply = <Input extends object, Output extends MetadataBearer, Any extends Command<Input, Output>>(
  command: Any & Command<Input, Output>,
): Any => {
  const plainReply: DeserializeMiddleware<Input, Output> = (next) => (call) => parsed(next(call));
  const plainOutput: DeserializeMiddleware<Input, Output> = (next) => async (call) => {
    const answer = await next(call);
    const { json } = answer.response as ReadResponse;
    return { ...answer, output: { ...answer.output, ...(json as object | undefined) } as Output };
  };
  command.middlewareStack.add(plainReply, { name: 'plainReply', step: 'deserialize', priority: 'low' });
  command.middlewareStack.add(plainOutput, { name: 'plainOutput', step: 'deserialize', priority: 'high' });
  return command;
};

/** Parses the reply to a call that succeeded. What is not JSON is left to the SDK, which refuses it. */
const parsed = async <Answer extends { response: unknown }>(answering: Promise<Answer>): Promise<Answer> => {
  const answer = await answering;
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

/** What is needed of a client of the AWS SDK, without importing the SDK. */
interface Client {
  middlewareStack: object;
  config: object;
}

/** What is needed of a command. */
interface Command {
  input: object;
  middlewareStack: { add(middleware: unknown, options: unknown): void };
  resolveMiddleware(stack: object, config: object, options: object): unknown;
}

/** What middleware of the SDK passes on. */
interface Call {
  input: { readyBody: string | Uint8Array };
  request: { body?: unknown };
}
interface Answer {
  response: { statusCode: number; body: unknown; json?: unknown };
}

/**
 * Makes calls of one operation. The caller gives the body of a request as text, and gets the reply as parsed JSON.
 *
 * The SDK still finds the endpoint and the credentials, signs, sends, and reads errors. Two things are left out, which are most of
 * what a batch costs (docs/performance.md): it walks every field of input and output by its schema, and it assembles its
 * middleware again for each call.
 *
 * @param command of the operation; its input does not matter
 * @returns makes one call; throws what the SDK throws
 */
export const readyCalls = (
  { middlewareStack, config }: Client,
  command: Command,
  abortSignal: AbortSignal,
): ((body: string | Uint8Array) => Promise<unknown>) => {
  command.middlewareStack.add(
    (next: (call: Call) => unknown) => (call: Call) => {
      call.request.body = call.input.readyBody;
      return next(call);
    },
    // Early, since the length and the hash of the body are signed.
    { name: 'readyBody', step: 'build', priority: 'high' },
  );
  command.middlewareStack.add(
    (next: (call: Call) => Promise<Answer>) => async (call: Call) => {
      const answer = await next(call);
      const { response } = answer;
      if (response.statusCode !== 200) return answer;
      response.json = JSON.parse(await textOf(response.body as AsyncIterable<Uint8Array>));
      response.body = NOTHING_LEFT;
      return answer;
    },
    { name: 'plainReply', step: 'deserialize', priority: 'low' },
  );
  const handle = command.resolveMiddleware(middlewareStack, config, { abortSignal }) as (
    call: Pick<Call, 'input'>,
  ) => Promise<Answer>;
  return async (readyBody) => (await handle({ input: { ...command.input, readyBody } })).response.json;
};

const NOTHING_LEFT = new Uint8Array();

const textOf = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

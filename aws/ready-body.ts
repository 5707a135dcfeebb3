/** The part of an AWS SDK client that is needed here, without the SDK. */
interface Client {
  middlewareStack: object;
  config: object;
}

/** The same of a command. */
interface Command {
  input: object;
  middlewareStack: { add(middleware: unknown, options: unknown): void };
  resolveMiddleware(stack: object, config: object, options: object): unknown;
}

/** What the SDK's middleware hands on. */
interface Call {
  input: { readyBody: string | Uint8Array };
  request: { body?: unknown };
}
interface Answer {
  response: { statusCode: number; body: unknown; json?: unknown };
}

/**
 * Calls of one operation whose bodies are ready, and whose replies are given as they are, parsed.
 *
 * The endpoint, the credentials, the signature, the connection and the reading of errors stay the SDK's. What is left out is
 * that it goes through every field of input and output by their schemas, and that it puts its middleware together anew for each
 * call: most of what a batch costs (docs/performance.md).
 *
 * @param command of the operation; its input does not matter
 * @returns makes a call; throws what the SDK throws
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
    // Early, since its length and its hash are signed.
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

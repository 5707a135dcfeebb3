import { UserError } from '../cli/user-error.ts';
import { urlOf } from './endpoint.ts';
import type { Rereading } from './read-credentials-again.ts';

/** An answer that no service of AWS gives: it comes from another server at the endpoint, or from one between, such as a proxy. */
export class ForeignAnswerError extends UserError {
  override readonly name = 'ForeignAnswerError';
  readonly $metadata: { httpStatusCode: number };

  /**
   * @param where the URL that was asked
   * @param service whose answer was expected, such as `Kinesis`
   * @param status of the answer, in HTTP. It says whether the same call may succeed later
   */
  constructor(where: string, service: string, status: number) {
    super(
      `${where} answers (HTTP ${status}), but not as ${service} does; check the network and the endpoint, or try again later`,
    );
    this.$metadata = { httpStatusCode: status };
  }
}

/** What the SDK throws where an answer cannot be read, or is an error without a name. Its message is for programmers. */
interface Unreadable extends Error {
  /** Of a connection that broke while the answer was read. */
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

/** Makes a client say who answered where that was not the service. */
export const refuseForeignAnswers = ({ middlewareStack, config }: Rereading): void => {
  middlewareStack.add(
    (next: (call: unknown) => Promise<unknown>) => async (call: Asked) => {
      try {
        return await next(call);
      } catch (error) {
        const { name, message, code, $metadata }: Unreadable = error as Error;
        const status = $metadata?.httpStatusCode;
        const isForeign = name === 'Unknown' || (UNREADABLE.test(message) && code === undefined && !ENDED.has(name));
        if (status === undefined || !isForeign) throw error;
        throw new ForeignAnswerError(urlOf(call.request), config.serviceId, status);
      }
    },
    // Around each try, so around a prepared call too.
    { name: 'refuseForeignAnswers', step: 'deserialize', priority: 'high' },
  );
};

interface Asked {
  request: Parameters<typeof urlOf>[0];
}

/** What the SDK adds to the message of any error while it reads an answer. */
const UNREADABLE = /Deserialization error/;

/** An answer that stopped on its way is not another's. */
const ENDED = new Set(['TimeoutError', 'AbortError']);

import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { type Listening, listen } from '../local/listen.ts';
import { refuseForeign } from '../local/refuse-foreign.ts';

/** What goes wrong with one request. */
export type Fault =
  /**
   * Kinesis refuses these records, DynamoDB leaves these items or keys unprocessed; the others take effect. `shardId` is the shard that
   * Kinesis names as throttled; with `isInternal` it names none, since it failed to write them.
   */
  | { kind: 'partial'; indices: readonly number[]; shardId?: string; isInternal?: boolean }
  /** The service answers with an error, and nothing takes effect. */
  | { kind: 'error'; status: number; type: string; message?: string }
  /** The connection breaks, before the request took effect or after. */
  | { kind: 'reset'; when: 'before' | 'after' }
  | { kind: 'delay'; ms: number }
  /**
   * The connection breaks at once, and the request takes effect once `until` resolves: the last write of a function that timed out.
   * `landed` is called after it did.
   */
  | { kind: 'late'; until: Promise<void>; landed: () => void }
  /** There is no answer. Nothing takes effect, unless it does before that. */
  | { kind: 'hang'; when?: 'after' };

type PartialFault = Extract<Fault, { kind: 'partial' }>;
type ErrorFault = Extract<Fault, { kind: 'error' }>;

/** One request as the proxy saw it. */
export interface Call {
  operation: string;
  /** The records or items that it names. */
  entries: readonly unknown[];
  /** The tables that it names. */
  tables: readonly string[];
}

/** Decides about each request, in the order of arrival. */
export type FaultPlan = (call: Call, index: number) => Fault | undefined;

export interface FaultProxy extends Listening {
  calls: Call[];
}

/** What took effect: a request as the service got it, and its answer, whether the caller hears of it or not. */
export type OnEffect = (operation: string, request: unknown, answer: unknown) => void;

/**
 * Starts a proxy in front of Kinesis or DynamoDB that fails as AWS does. The emulators never fail by themselves.
 *
 * @param keepsCalls without it `calls` stays empty, however many there are
 */
export const startFaultProxy = async (
  target: string,
  plan: FaultPlan,
  onEffect?: OnEffect,
  { keepsCalls = true } = {},
): Promise<FaultProxy> => {
  const agent = new Agent({ keepAlive: true });
  const calls: Call[] = [];
  let served = 0;
  const server = createServer(
    refuseForeign((incoming, response) => {
      serve(incoming, response).catch(() => response.destroy());
    }),
  );

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1)!;
    const payload = body.length > 0 ? JSON.parse(body.toString()) : {};
    const call = { operation, entries: entriesOf(payload), tables: tableNamesOf(payload) };
    const take: Take = async (rest) => {
      const reply = await forward(target, agent, incoming, rest ? Buffer.from(JSON.stringify(rest)) : body);
      if (reply.status === 200) onEffect?.(operation, rest ?? payload, JSON.parse(reply.body.toString() || '{}'));
      return reply;
    };
    if (keepsCalls) calls.push(call);
    await meet(plan(call, served++), { incoming, response, payload, take });
  };

  const { endpoint, close } = await listen(server);
  return {
    endpoint,
    calls,
    close: async () => {
      agent.destroy();
      await close();
    },
  };
};

/** A request, and who waits for its answer. */
interface Exchange {
  incoming: IncomingMessage;
  response: ServerResponse;
  payload: Payload;
  take: Take;
}

/** Lets the request take effect, or what is left of it. */
type Take = (rest?: Payload) => Promise<Reply>;

/** Does with a request what its fault says. */
const meet = async (fault: Fault | undefined, { incoming, response, payload, take }: Exchange): Promise<void> => {
  switch (fault?.kind) {
    case 'error':
      return respond(response, errorOf(fault, incoming));
    case 'hang':
      if (fault.when === 'after') await take();
      return;
    case 'late':
      response.destroy();
      await fault.until;
      await take().finally(fault.landed);
      return;
    case 'reset':
      if (fault.when === 'after' && !response.destroyed) await take();
      response.destroy();
      return;
    case 'delay':
      // A client that goes away meanwhile ends the wait. AWS would not let its write take effect that long after.
      await delay(fault.ms, undefined, { signal: goneAway(response) });
  }
  if (response.destroyed) return;
  const isPartial = fault?.kind === 'partial' && fault.indices.length > 0;
  respond(response, isPartial ? await takePart(payload, fault, take) : await take());
};

/** Lets the entries take effect that do not fail. @returns what the service answers then */
const takePart = async (payload: Payload, fault: PartialFault, take: Take): Promise<Reply> => {
  const failing = new Set(fault.indices);
  // A request in which everything fails takes effect nowhere.
  const isNothingLeft = failing.size >= entriesOf(payload).length;
  const reply = isNothingLeft
    ? { status: 200, headers: {}, body: Buffer.from('{}') }
    : await take(without(payload, failing));
  const answer = withFailures(payload, JSON.parse(reply.body.toString()), failing, refusalOf(fault));
  return { ...reply, body: Buffer.from(JSON.stringify(answer)) };
};

const errorOf = ({ status, type, message }: ErrorFault, { headers }: IncomingMessage): Reply => ({
  status,
  headers: { 'content-type': headers['content-type'] ?? '' },
  body: Buffer.from(JSON.stringify({ __type: type, message: message ?? `${type} by the fault proxy` })),
});

const respond = (response: ServerResponse, { status, headers, body }: Reply): void => {
  // The checksum is of DynamoDB's own reply.
  const { 'x-amz-crc32': _, 'content-length': __, 'transfer-encoding': ___, ...others } = headers;
  response.writeHead(status, others).end(body);
};

const goneAway = (response: ServerResponse): AbortSignal => {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
};

interface Payload {
  TableName?: string;
  Records?: unknown[];
  RequestItems?: Record<string, TableEntries>;
}

/** Items to write, or the keys of items to read. */
type TableEntries = unknown[] | { Keys: unknown[] };

const listOf = (entries: TableEntries): unknown[] => (Array.isArray(entries) ? entries : entries.Keys);

const entriesOf = ({ Records, RequestItems }: Payload): unknown[] =>
  Records ?? Object.values(RequestItems ?? {}).flatMap(listOf);

const tableNamesOf = ({ TableName, RequestItems = {} }: Payload): string[] =>
  TableName === undefined ? Object.keys(RequestItems) : [TableName];

/** The request without the failing entries, which are counted over all tables. */
const without = (payload: Payload, failing: ReadonlySet<number>): Payload => {
  if (payload.Records) return { ...payload, Records: payload.Records.filter((_, index) => !failing.has(index)) };
  return { ...payload, RequestItems: tablesOf(payload, (index) => !failing.has(index)) };
};

/** What Kinesis says of a record that it did not take. */
const refusalOf = ({ shardId = 'of the fault proxy', isInternal }: PartialFault): object =>
  isInternal
    ? { ErrorCode: 'InternalFailure', ErrorMessage: 'Internal service failure.' }
    : { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: `Rate exceeded for shard ${shardId}` };

const tablesOf = ({ RequestItems = {} }: Payload, isKept: (index: number) => boolean): Record<string, TableEntries> => {
  let index = 0;
  const tables = Object.entries(RequestItems).map(([table, entries]) => {
    const kept = listOf(entries).filter(() => isKept(index++));
    return [table, Array.isArray(entries) ? kept : { ...entries, Keys: kept }] as const;
  });
  return Object.fromEntries(tables.filter(([, entries]) => listOf(entries).length > 0));
};

const withFailures = (payload: Payload, reply: Payload, failing: ReadonlySet<number>, refusal: object): object => {
  if (!payload.Records) {
    const isRead = Object.values(payload.RequestItems ?? {}).some((entries) => !Array.isArray(entries));
    const left = tablesOf(payload, (index) => failing.has(index));
    return { ...reply, [isRead ? 'UnprocessedKeys' : 'UnprocessedItems']: left };
  }
  const taken = (reply.Records ?? []).values();
  return {
    ...reply,
    FailedRecordCount: failing.size,
    Records: payload.Records.map((_, index) => (failing.has(index) ? refusal : taken.next().value)),
  };
};

interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

const forward = (target: string, agent: Agent, incoming: IncomingMessage, body: Buffer): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const { host } = new URL(target);
    const { 'transfer-encoding': _, ...headers } = incoming.headers;
    const outgoing = request(
      new URL(incoming.url ?? '/', target),
      { method: incoming.method ?? 'POST', agent, headers: { ...headers, host, 'content-length': body.length } },
      (answer) => {
        buffer(answer).then(
          (bytes) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: bytes }),
          reject,
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });

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
    const take = async (bytes: Buffer, request: Payload = payload): Promise<Reply> => {
      const reply = await forward(target, agent, incoming, bytes);
      if (reply.status === 200) onEffect?.(operation, request, JSON.parse(reply.body.toString() || '{}'));
      return reply;
    };
    if (keepsCalls) calls.push(call);
    const fault = plan(call, served++);
    if (fault?.kind === 'reset' && fault.when === 'before') {
      response.destroy();
      return;
    }
    if (fault?.kind === 'error') {
      response.writeHead(fault.status, { 'content-type': incoming.headers['content-type'] ?? '' });
      response.end(
        JSON.stringify({ __type: fault.type, message: fault.message ?? `${fault.type} by the fault proxy` }),
      );
      return;
    }
    if (fault?.kind === 'hang') {
      if (fault.when === 'after') await take(body);
      return;
    }
    if (fault?.kind === 'late') {
      response.destroy();
      await fault.until;
      await take(body).finally(fault.landed);
      return;
    }
    // A client that goes away meanwhile ends the wait. AWS would not let its write take effect that long after.
    if (fault?.kind === 'delay') await delay(fault.ms, undefined, { signal: goneAway(response) });
    if (response.destroyed) return;
    const failing = new Set(fault?.kind === 'partial' ? fault.indices : []);
    const rest = failing.size > 0 ? without(payload, failing) : payload;
    const forwarded = failing.size > 0 ? Buffer.from(JSON.stringify(rest)) : body;
    // A request in which everything fails takes effect nowhere.
    const reply =
      failing.size > 0 && failing.size >= call.entries.length
        ? { status: 200, headers: {}, body: Buffer.from('{}') }
        : await take(forwarded, rest);
    if (fault?.kind === 'reset') {
      response.destroy();
      return;
    }
    const answer =
      failing.size > 0
        ? Buffer.from(
            JSON.stringify(withFailures(payload, JSON.parse(reply.body.toString()), failing, refusalOf(fault))),
          )
        : reply.body;
    // The checksum is of DynamoDB's own reply.
    const { 'x-amz-crc32': _, 'content-length': __, 'transfer-encoding': ___, ...headers } = reply.headers;
    response.writeHead(reply.status, headers).end(answer);
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
const refusalOf = (fault: Fault | undefined): object => {
  const { shardId = 'of the fault proxy', isInternal } = fault?.kind === 'partial' ? fault : {};
  return isInternal
    ? { ErrorCode: 'InternalFailure', ErrorMessage: 'Internal service failure.' }
    : { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: `Rate exceeded for shard ${shardId}` };
};

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

import { expect } from 'chai';
import { mapEvent } from '../../../core/decode.ts';
import { keyOf } from '../../../core/event-data.ts';
import { rowsOf } from '../../../core/processor.ts';
import { processorNamed } from '../../../processors/index.ts';
import { eventsOf, invocationsOf, postsOf } from '../../../proof/bench/events.ts';
import { bundleOf, startHandler } from '../../../proof/bench/handler.ts';
import { openPeer, PEERS, type PeerName, TABLE } from '../../../proof/bench/handler-peers.ts';
import { type FaultProxy, startFaultProxy } from '../../../proof/fault-proxy.ts';
import { decodeEvent } from '../../support/decode.ts';
import { REFUSED } from '../../support/refused.ts';
import { CapturingServer } from './capturing-server.ts';

const EVENTS = 60;
const ARRIVAL = { at: new Date(0), partitionKey: 'any' };

describe('the peers of the function', () => {
  let bundle: string;
  let refusing: FaultProxy | undefined;
  let capturing: CapturingServer | undefined;

  before(async () => {
    bundle = await bundleOf();
  });
  afterEach(async () => {
    await refusing?.close();
    await capturing?.stop();
    refusing = capturing = undefined;
  });

  const events = eventsOf('tweet', EVENTS);

  /** Invokes a peer with the events. Ours reads its environment and writes a log, so it has a process. */
  const write = async (peer: PeerName, endpoint: string, some = events): Promise<void> => {
    if (peer === 'ours') {
      const task = { peer, endpoint, bundle, size: 'tweet', events: some.length, batchSize: 40 } as const;
      const { ask, stop } = startHandler(task);
      const answer = await ask('all events').finally(stop);
      // Memory is looked at after a collection, which would make the next round dearer.
      expect(answer).not.to.have.property('held');
      return;
    }
    const invoke = openPeer(peer, endpoint, bundle);
    for (const invocation of invocationsOf(some, 40)) await invoke(invocation);
  };

  const expected = events.map(({ data }) => {
    const fields = Object.entries(decodeEvent(data, ARRIVAL));
    return { table: TABLE, item: Object.fromEntries(fields.map(([name, value]) => [name, { S: value }])) };
  });

  for (const peer of Object.keys(PEERS) as PeerName[])
    it(`write the same rows: ${peer}`, async () => {
      capturing = await new CapturingServer().start();
      await write(peer, capturing.endpoint);
      expect(capturing.items).to.have.deep.members(expected);
      const sizes = peer === 'powertools' ? Array(EVENTS).fill(1) : [25, 20, 15];
      expect(capturing.requests.toSorted((a, b) => b - a)).to.deep.equal(sizes);
    });

  /** A DynamoDB that takes nothing. */
  const startRefusing = (): Promise<FaultProxy> =>
    startFaultProxy(REFUSED, ({ operation, entries }) =>
      operation === 'PutItem'
        ? { kind: 'error', status: 400, type: 'ProvisionedThroughputExceededException' }
        : { kind: 'partial', indices: [...entries.keys()] },
    );

  for (const peer of ['batch', 'powertools', 'floor'] as const)
    it(`do not count what was left unprocessed as written: ${peer}`, async () => {
      refusing = await startRefusing();
      // The SDK would try for three seconds.
      process.env.AWS_MAX_ATTEMPTS = '1';
      const error = await write(peer, refusing.endpoint, events.slice(0, 1)).catch((failed: Error) => failed);
      delete process.env.AWS_MAX_ATTEMPTS;
      expect(error).to.be.an.instanceOf(Error);
    });

  it('say in their process what failed, and which process it was', async () => {
    refusing = await startRefusing();
    const task = { endpoint: refusing.endpoint, bundle, size: 'tweet', events: 1, batchSize: 1 } as const;
    const { ask, stop } = startHandler({ ...task, peer: 'floor' });
    const error = await ask('all events').catch((failed: Error) => failed);
    await stop();
    expect((error as Error).message).to.equal(
      'bench/handler-process.ts: DynamoDB left 1 items unprocessed; expected all to be taken',
    );
  });
});

describe('the invocations of the benchmark', () => {
  it('hold so many records at most, and all events in their order, in base64', () => {
    const events = eventsOf('small', 110);
    const invocations = invocationsOf(events, 50);
    expect(invocations.map(({ Records }) => Records.length)).to.deep.equal([50, 50, 10]);
    const records = invocations.flatMap(({ Records }) => Records);
    expect(records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64'))).to.deep.equal(
      events.map(({ data }) => data),
    );
    expect(new Set(records.map(({ eventID }) => eventID)).size).to.equal(110);
  });

  it('are no larger than Lambda takes', () => {
    const invocations = invocationsOf(eventsOf(64_000, 200), 500);
    expect(invocations.length).to.be.greaterThan(1);
    for (const invocation of invocations) expect(JSON.stringify(invocation).length).to.be.at.most(6 * 1024 * 1024);
  });
});

describe('a tweet of so many bytes', () => {
  it('has exactly those', () => {
    for (const bytes of [200, 1_000, 64_000])
      for (const { data } of eventsOf(bytes, 20)) expect(data.length).to.equal(bytes);
  });

  it('is a tweet, with a text that has no broken character', () => {
    for (const { data } of eventsOf(1_000, 20)) {
      const row = decodeEvent(data, ARRIVAL);
      expect(row.Type).to.equal('tweet');
      expect(row.Message).not.to.contain('\ufffd');
    }
  });
});

describe('a post of the benchmark', () => {
  it('becomes a row of its own and one of each of its words', () => {
    const indexing = processorNamed('indexing');
    const keysOf = (words: number, count: number): Set<string> => {
      const posts = postsOf(words, count).map(({ data }) => mapEvent(data, ARRIVAL, indexing.shapes));
      return new Set(posts.flatMap((row) => rowsOf(indexing, row)).map(keyOf));
    };
    expect([keysOf(20, 2).size, keysOf(1, 3).size, keysOf(0, 3).size]).to.deep.equal([42, 6, 3]);
  });
});

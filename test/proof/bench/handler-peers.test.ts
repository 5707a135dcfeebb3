import { expect } from 'chai';
import { decodeEvent } from '../../../core/decode.ts';
import { bundleInTemporaryFolder } from '../../../local/lambda/bundle.ts';
import { localStack } from '../../../local/stack.ts';
import { eventsOf } from '../../../proof/bench/events.ts';
import { type HandlerProcess, startHandler } from '../../../proof/bench/handler/compare.ts';
import { invocationsOf } from '../../../proof/bench/handler/invocations.ts';
import { memoryOfHandler } from '../../../proof/bench/handler/memory.ts';
import { PEERS, type PeerName, TABLE } from '../../../proof/bench/handler/peers.ts';
import { type NullServer, startNullServer } from '../../../proof/bench/null-server/start.ts';
import { type CapturingServer, startCapturingServer } from './capturing-server.ts';

const EVENTS = 60;

describe('the peers of the function', () => {
  let bundle: Awaited<ReturnType<typeof bundleInTemporaryFolder>>;
  let handler: HandlerProcess | undefined;
  let capturing: CapturingServer | undefined;
  let server: NullServer | undefined;

  before(async () => {
    bundle = await bundleInTemporaryFolder(localStack());
  });
  after(() => bundle.remove());
  afterEach(async () => {
    await handler?.stop();
    await capturing?.close();
    await server?.stop();
    handler = capturing = server = undefined;
  });

  const start = (peer: PeerName, endpoint: string): HandlerProcess => {
    handler = startHandler({ peer, endpoint, bundle: bundle.path, size: 'tweet', events: EVENTS, batchSize: 40 });
    return handler;
  };

  const expected = eventsOf('tweet', EVENTS).map(({ data }) => {
    const fields = Object.entries(decodeEvent(data, { at: new Date(0), partitionKey: 'any' }));
    return { table: TABLE, item: Object.fromEntries(fields.map(([name, value]) => [name, { S: value }])) };
  });

  for (const peer of Object.keys(PEERS) as PeerName[])
    it(`write the same rows: ${peer}`, async () => {
      capturing = await startCapturingServer();
      const { events } = await start(peer, capturing.endpoint).ask({ rounds: 1 });
      expect(events).to.equal(EVENTS);
      expect(capturing.items).to.have.deep.members(expected);
      const sizes = peer === 'powertools' ? Array(EVENTS).fill(1) : [25, 20, 15];
      expect(capturing.requests.toSorted((a, b) => b - a)).to.deep.equal(sizes);
    });

  for (const peer of ['batch', 'powertools', 'floor'] as const)
    it(`do not count what was left unprocessed as written: ${peer}`, async () => {
      server = await startNullServer({ refusedShare: 1 });
      const error = await start(peer, server.endpoint)
        .ask({ rounds: 1 })
        .catch((failed: Error) => failed);
      expect((error as Error).message).to.match(/^handler\/process.ts: ./);
    });

  it('include ours, whose memory is looked at twice, the second time after ten times as many invocations', async () => {
    const { invocations, after, afterTenTimes } = await memoryOfHandler(bundle.path, 2);
    expect(invocations).to.equal(2);
    for (const { heap, rss } of [after, afterTenTimes]) expect(rss).to.be.greaterThan(heap).and.greaterThan(0);
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
      const row = decodeEvent(data, { at: new Date(0), partitionKey: 'any' });
      expect(row.Type).to.equal('tweet');
      expect(row.Message).not.to.contain('\ufffd');
    }
  });
});

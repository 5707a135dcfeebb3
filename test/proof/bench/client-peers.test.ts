import { expect } from 'chai';
import { monotonicClock } from '../../../aws/system-clock.ts';
import { toSourceEvent } from '../../../core/source-event.ts';
import { peersAt } from '../../../proof/bench/client-peers.ts';
import { eventMaker, eventsOf } from '../../../proof/bench/events.ts';
import { type ListeningServer, listen } from '../../../proof/bench/null-server/server.ts';

const NAMES = ['single', 'batch', 'floor', 'ours'] as const;

describe('the events of the benchmark', () => {
  it('are such as the sources of the client yield, with the same partition keys', () => {
    for (const size of ['tweet', 'small'] as const)
      for (const event of eventsOf(size, 50)) expect(toSourceEvent(event.data)).to.deep.include(event);
  });

  it('are of the size they are called by', () => {
    for (const { data } of eventsOf('small', 50)) expect(data.length).to.equal(200);
    for (const { data } of eventsOf('tweet', 200)) expect(data.length).to.be.within(1_500, 5_000);
  });

  it('are the same each time, and different from each other', () => {
    const [make, again] = [eventMaker('tweet'), eventMaker('tweet')];
    expect([make(0), make(1)]).to.deep.equal([again(0), again(1)]);
    expect(again(2)).not.to.deep.equal(eventMaker('tweet')(2));
  });
});

describe('the peers of the client', () => {
  let server: ListeningServer;

  afterEach(() => server?.close());

  for (const name of NAMES)
    it(`have every event arrive: ${name}`, async () => {
      server = await listen({}, monotonicClock);
      const peers = peersAt(server.endpoint);
      // More than one request takes; a request for each of so many would prove no more.
      const count = name === 'single' ? 60 : 600;
      const events = eventsOf('tweet', count);
      await peers[name].put(events);
      for (const { close } of Object.values(peers)) close();
      const bytes = events.reduce((sum, { partitionKey, data }) => sum + partitionKey.length + data.length, 0);
      expect(server.counters).to.include({ records: count, recordBytes: bytes, refused: 0 });
    });

  for (const name of ['single', 'batch', 'floor'] as const)
    it(`do not count what was refused as put: ${name}`, async () => {
      server = await listen({ shardRate: { recordsPerSecond: 0.001, bytesPerSecond: 1_024 } }, monotonicClock);
      const peers = peersAt(server.endpoint);
      const error = await peers[name].put(eventsOf('small', 2)).catch((failed: Error) => failed);
      for (const { close } of Object.values(peers)) close();
      expect(error).to.be.an.instanceOf(Error);
    });
});

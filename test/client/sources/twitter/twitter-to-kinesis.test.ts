import { expect } from 'chai';
import { putRecordsTo } from '../../../../aws/kinesis.ts';
import { systemClock } from '../../../../aws/system-clock.ts';
import { Producer } from '../../../../client/producer/producer.ts';
import { twitterSource } from '../../../../client/sources/twitter/twitter.ts';
import { TestServices } from '../../../support/emulators.ts';
import { BEARER_TOKEN, FakeX, line, tweet } from '../../../support/fake-x.ts';
import { readStream } from '../../../support/shards.ts';
import { ENDLESS_PATIENCE, withoutLimits } from '../../../support/unhurried-clock.ts';

describe('tweets on their way from X to Kinesis', () => {
  const services = new TestServices();
  let x: FakeX;
  before(async () => {
    await services.start();
    x = await FakeX.start();
  });
  after(async () => {
    await x.stop();
    await services.stop();
  });

  it('arrive as X wrote them, under the ids of their authors, over two connections', async () => {
    const stream = await services.createStream();
    const lines = Array.from({ length: 300 }, (_, index) => line(tweet(index)));
    x.script(
      'stream',
      async (answer) => {
        answer.accept();
        // In pieces that tear characters apart, and broken off in the middle of a tweet.
        const bytes = Buffer.concat(lines.slice(0, 200));
        for (let from = 0; from < bytes.length - 10; from += 777)
          await answer.write(bytes.subarray(from, Math.min(from + 777, bytes.length - 10)));
        answer.reset();
      },
      async (answer) => {
        answer.accept();
        await answer.write(Buffer.concat(lines.slice(150)));
      },
    );
    const stop = new AbortController();
    let sent = 0;
    const source = twitterSource(
      { credentials: { bearerToken: BEARER_TOKEN }, track: ['yolo'] },
      {
        signal: stop.signal,
        note: () => {},
        clock: withoutLimits({ ...systemClock, random: () => 0 }),
        calendar: systemClock,
        agent: x.agent(),
      },
    );
    await new Producer({
      putRecords: putRecordsTo(services.kinesis, stream),
      onOutcome: ({ status }) => {
        if (status === 'sent') sent += 1;
        if (sent === 300) stop.abort();
      },
      stopSource: () => stop.abort(),
      signal: new AbortController().signal,
      patience: ENDLESS_PATIENCE,
      clock: withoutLimits(systemClock),
    }).run(source);
    const records = await readStream(services.kinesis, stream);
    expect(records.map(({ data }) => data)).to.have.members(lines.map((bytes) => bytes.toString().trimEnd()));
    expect(new Set(records.map(({ partitionKey }) => partitionKey))).to.deep.equal(new Set(['2244994945']));
  });
});

import { expect } from 'chai';
import { Reading, type ReadingOptions } from '../../client/reading.ts';
import type { FileIdentity } from '../../client/sources/file/identity.ts';
import type { PlacedEvent } from '../../client/sources/source.ts';
import { clientCounts } from '../support/counts.ts';

const aFile = (inode: string): FileIdentity => ({
  inode,
  begin: 0,
  head: Buffer.from('{'),
  size: 100,
  modified: 0,
  born: 0,
});

/** An event at a place of a log. */
const lineOf = (file: FileIdentity, start: number): PlacedEvent =>
  Object.assign(
    { partitionKey: 'k', data: Buffer.from('{}') },
    { start, end: start + 10, resume: { file, offset: 0 } },
  );

describe('the reading of a source', () => {
  const [old, current] = [aFile('1'), aFile('2')];
  let counts: ReturnType<typeof clientCounts>;
  let reading: Reading;

  const begin = (settings: ReadingOptions['settings']): void => {
    counts = clientCounts({});
    reading = new Reading({
      settings,
      start: undefined,
      counts,
      signal: new AbortController().signal,
      onRead: () => {},
      onProgress: () => {},
      room: undefined,
    });
  };

  beforeEach(() => begin({ source: 'file', file: 'app.log', follow: true, track: [] }));

  const read = async (...batches: PlacedEvent[][]): Promise<void> => {
    const source = (async function* () {
      yield* batches;
    })();
    for await (const events of reading.events(source)) counts.sent += events.length;
  };

  it('says which byte of a followed log has to be sent again', async () => {
    const lines = [0, 10, 20].map((start) => lineOf(old, start));
    await read(lines);
    for (const line of lines.slice(1).toReversed()) reading.lost(line);
    expect(reading.unreadFrom(true)).to.equal(10);
  });

  it('names no byte of a log that took the place of the one with the lost events, whenever they are lost', async () => {
    const [before, after] = [lineOf(old, 0), lineOf(old, 10)];
    await read([before, after]);
    reading.lost(before);
    await read([0, 10, 20].map((start) => lineOf(current, start)));
    reading.lost(after);
    expect(reading.unreadFrom(true)).to.equal(undefined);
  });

  it('leaves nothing unread once it has as many events as were asked for, though the run fails just then', async () => {
    const endedAfter = async (most: number): Promise<number | undefined> => {
      begin({ source: 'stdin', track: [], max: 2 });
      const source = (async function* () {
        yield [0, 10, 20].map((start) => lineOf(current, start));
      })();
      for await (const events of reading.events(source)) {
        counts.sent += events.length;
        if (counts.read === most) break;
      }
      return reading.unreadFrom(false);
    };
    expect([await endedAfter(1), await endedAfter(2)]).to.deep.equal([10, undefined]);
  });
});

import { writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { anyObject } from '../../../core/shapes/any-object.ts';
import { processorNamed } from '../../../processors/index.ts';
import { FAULT_NAMES } from '../../../proof/soak/faults.ts';
import { LiveSource, liveEvent, liveOf } from '../../../proof/soak/live-source.ts';
import { expectedFor } from '../../../proof/soak/processor-events.ts';
import { emptyFolder } from '../../support/empty-folder.ts';

describe('the live source of a soak', () => {
  const folder = emptyFolder();
  let source: LiveSource;
  const noted: string[] = [];
  const start = async (refuses: boolean): Promise<void> => {
    noted.length = 0;
    source = await LiveSource.start({ folder, from: 90, to: 100, refuses, note: (name) => noted.push(name) });
  };
  afterEach(() => source.close());

  const clientEnded = async (place: string | null): Promise<void> => {
    await writeFile(source.settings.checkpoint, JSON.stringify({ source: 'wikimedia', place }));
    await source.clientEnded();
  };

  /** The places that one connection names, until the server ends it or all are there. */
  const read = async (lastEventId?: string): Promise<number[] | number> => {
    const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const answer = await fetch(source.url, { headers });
    if (answer.status !== 200) return answer.status;
    let text = '';
    const places = (): number[] => [...text.matchAll(/id: (\d+)\ndata: .*\n\n/g)].map(([, place]) => Number(place));
    try {
      for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        if (places().at(-1) === 99) break;
      }
    } catch {
      // Broken off.
    }
    return places();
  };

  it('begins at the event that a connection names, and sends what is let out', async () => {
    await start(false);
    source.release(1);
    expect(await read()).to.deep.equal([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
    expect(await read('97')).to.deep.equal([97, 98, 99]);
    expect(noted).to.deep.equal([]);
  });

  it('sends only what comes from now on to a client that had a place and does not name it', async () => {
    await start(false);
    source.release(0.5);
    await clientEnded(null);
    const missed = read();
    source.release(1);
    expect(await missed).to.deep.equal([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
    await clientEnded('95');
    const answer = await fetch(source.url);
    const reader = answer.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).to.equal(':ok\n\n');
    await reader.cancel();
  });

  it('breaks off its first connection in the middle, and refuses the second, for each start of the client', async () => {
    await start(true);
    source.release(0.2);
    expect(await read()).to.deep.equal([90, 91]);
    expect(await read('91')).to.equal(403);
    source.release(1);
    expect(await read('91')).to.deep.equal([91, 92, 93, 94, 95, 96, 97, 98, 99]);
    await clientEnded('95');
    expect(await read('95')).to.deep.equal([95, 96, 97, 98, 99]);
    expect(await read('99')).to.equal(429);
    expect(noted).to.deep.equal([
      ...['live source: broken off', 'live source: 403'],
      ...['live source: broken off', 'live source: 429'],
    ]);
  });
});

describe('the events of a live source of a soak', () => {
  it('become rows, a tenth of those of a soak, where the processor knows them', () => {
    const processor = processorNamed('default');
    expect(expectedFor(liveEvent(7).data, processor)).to.have.property('rows').that.is.not.empty;
    expect(liveOf(500, new Set(FAULT_NAMES), processor.shapes)).to.equal(50);
    expect(liveOf(500, new Set(['client-kill']), processor.shapes)).to.equal(0);
    expect(liveOf(500, new Set(FAULT_NAMES), [anyObject])).to.equal(0);
  });
});

import { link, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { rateOf } from '../../../proof/bench/pipeline.ts';
import { readReport, writeReport } from '../../../proof/bench/sections.ts';
import { emptyFolder } from '../../support/empty-folder.ts';

describe('the figures of an earlier run', () => {
  const folder = emptyFolder();

  it('are named where they cannot be read', async () => {
    const file = join(folder, 'bench.json');
    await writeFile(file, '{"handler":');
    expect(() => readReport(file)).to.throw('is not JSON; expected the figures of an earlier run');
    await writeFile(file, '{"handler":{}}');
    expect(() => readReport(file)).to.throw('has other figures than a list of runs; expected the figures of');
  });

  it('stay whole until those of this run are', async () => {
    const [file, other] = [join(folder, 'made', 'bench.json'), join(folder, 'other')];
    await writeReport(file, { handler: [] });
    // What is written in place shows under each name of the file.
    await link(file, other);
    await writeReport(file, { client: [] });
    expect([readReport(other), readReport(file)]).to.deep.equal([{ handler: [] }, { client: [] }]);
  });
});

describe('the rate of a way through the emulators', () => {
  it('is one of all rows: a row too few is an error', () => {
    expect(rateOf('npm start', { rows: 21, eventsPerSecond: 7 }, 21)).to.equal(7);
    expect(() => rateOf('npm start', { rows: 20, eventsPerSecond: 7 }, 21)).to.throw(
      'npm start stored 20 rows; expected 21',
    );
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { rateOf } from '../../../proof/bench/pipeline.ts';
import { readReport } from '../../../proof/bench/sections.ts';
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
});

describe('the rate of a way through the emulators', () => {
  it('is one of all rows: a row too few is an error', () => {
    expect(rateOf('npm start', { rows: 21, eventsPerSecond: 7 }, 21)).to.equal(7);
    expect(() => rateOf('npm start', { rows: 20, eventsPerSecond: 7 }, 21)).to.throw(
      'npm start stored 20 rows; expected 21',
    );
  });
});

import { expect } from 'chai';
import { byTurns, medianOf } from '../../../proof/bench/measure.ts';
import { cell, count, figure, isMet, rangeOf, showAims, showTables } from '../../../proof/bench/section.ts';
import { SECTION_NAMES, SECTIONS, sectionOf, turnsOf, withMet } from '../../../proof/bench/sections.ts';
import { results } from './report.ts';

describe('the aims of the benchmark', () => {
  it('are met from the figure itself on, upwards or downwards', () => {
    expect([4.99, 5, 5.01].map((found) => isMet({ name: '', found, atLeast: 5 }))).to.deep.equal([false, true, true]);
    expect([1.99, 2, 2.01].map((found) => isMet({ name: '', found, atMost: 2 }))).to.deep.equal([true, true, false]);
  });

  it('are not met by a figure that could not be found', () => {
    expect(isMet({ name: '', found: Number.NaN, atLeast: 0 })).to.equal(false);
  });

  it('are ratios of what was found, the right way round', () => {
    const aims = SECTION_NAMES.flatMap((name) => sectionOf(name).aims(results[name]));
    const found = Object.fromEntries(aims.map((aim) => [aim.name, aim.found]));
    expect(found).to.deep.equal({
      'handler: CPU, ours to the floor': 1.5,
      'handler: events/s, ours to one batch after another': 6,
      'handler: heap, after 10 times as many invocations': 1.05,
      'handler: RSS, after 10 times as many invocations': 1.2,
      'processors: CPU, the default to mapping only, tweets': 1.02,
      'rollups: requests, a request for each change to ours': 80,
      'rollups: changes/s, ours to one request after another': 100,
      'rollups: changes/s, ours to all requests of a batch at once': 15,
      'rollups: how far ours is off after lost answers': 0,
      'rollups: events/s of npm start, 10,000 events, with them to without': 0.75,
      'hostile records: CPU, the worst to an ordinary one': 5.5,
      'client, tweets of 2 to 4 KB: events/s, ours to one at a time': 300,
      'client, tweets of 2 to 4 KB: events/s, ours to 500 at a time': 3,
      'client, tweets of 2 to 4 KB: CPU, ours to the floor': 1.25,
      "client's command, tweets of 2 to 4 KB: CPU to the bare loop": 1.25,
      "client's command, tweets of 2 to 4 KB: events/s to one at a time": 500,
      "client's command, tweets of 2 to 4 KB: events/s to one at a time, Kinesis fails 10 %": 300,
      'client, events of 200 bytes: events/s, ours to one at a time': 300,
      'client, events of 200 bytes: events/s, ours to 500 at a time': 3,
      'client, events of 200 bytes: CPU, ours to the floor': 1.25,
      "client's command, events of 200 bytes: CPU to the bare loop": 1.25,
      "client's command, events of 200 bytes: events/s to one at a time": 500,
      "client's command, events of 200 bytes: events/s to one at a time, Kinesis fails 10 %": 300,
      'client, one shard: how much of it is used': 0.97,
      'client, one shard, aggregated: how much of it is used': 0.96,
      'client, one shard: events/s, aggregated to not': 5,
      'client, memory: largest RSS, MB': 150,
      'client, memory: after 100 % to after 25 %': 1.1,
      'pipeline, 10,000 events: npm start without rollups to the bare loop': 0.75,
      'cold start: the bundle without its source map, KB': 300,
      'cold start: loading it, to the bare DynamoDB client': 1.1,
      'cold start: the same of the rollups': 1.15,
      'client, 1,000 events, memory: largest RSS, MB': 150,
      'client, 1,000 events, memory: after 100 % to after 25 %': 1.1,
      'handler, 10,000 invocations: heap, after 10 times as many invocations': 1.05,
      'handler, 10,000 invocations: RSS, after 10 times as many invocations': 1.2,
    });
  });

  it('say on the screen what was found, what it should be, and whether it is', () => {
    const [, , line] = showAims(SECTIONS.pipeline.aims(results.pipeline));
    expect(line).to.match(/npm start without rollups to the bare loop +0\.75 +at least 0\.97 +not met$/);
  });

  it('are written with whether they are met', () => {
    expect(withMet([{ name: 'a', found: 1, atMost: 2 }])).to.deep.equal([
      { name: 'a', found: 1, atMost: 2, isMet: true },
    ]);
  });
});

describe('the median', () => {
  it('is the middle one by size, wherever it stands, and of an even number the upper', () => {
    expect(medianOf([9, 1, 10])).to.equal(9);
    expect(medianOf([100, 20, 3, 4])).to.equal(20);
    expect(medianOf([7])).to.equal(7);
  });

  it('of nothing is not a number', () => {
    expect(medianOf([])).to.be.NaN;
  });
});

describe('what the benchmark shows', () => {
  it('is a line for each function, with its figures and its ratio to the floor', () => {
    const lines = showTables(SECTIONS.handler.tables(results.handler));
    expect(lines.find((line) => line.startsWith('ours '))).to.match(/^ours +45\.0 +1\.50 +12,000 +12,000$/);
    expect(lines.at(-1)).to.match(/^after 1,000 invocations /);
  });

  it('is a line for each processor and each envelope, with its ratio to the default and to plain records', () => {
    const text = showTables(SECTIONS.processors.tables(results.processors)).join('\n');
    for (const line of [
      /^tweets +20\.0 +20\.4 +1\.02$/m,
      /^clickstream +5\.00 +6\.00 +1\.20$/m,
      /^gzip +4\.00 +10\.0 +2\.50$/m,
    ])
      expect(text).to.match(line);
  });

  it('is a line for each way to count, with how far it is off, and the pipeline with rollups and without', () => {
    const lines = showTables(SECTIONS.rollups.tables(results.rollups));
    const text = lines.join('\n');
    for (const line of [
      /^a request for each change +1,000 +1,000 +150 +\+5\.00 %$/m,
      /^all at once +1,001 +1,001 +1,000 +−1\.50 %$/m,
      /^ours +12\.5 +12\.5 +15,000 +0$/m,
      /^ours, 200 groups +202 +90\.0 +9,000 +–$/m,
    ])
      expect(text).to.match(line);
    expect(lines.at(-1)).to.match(/^events\/s +1,500 +2,000 +0\.75$/);
  });

  it('is a table for each size of events of the client, its shard and its memory', () => {
    const text = showTables(SECTIONS.client.tables(results.client)).join('\n');
    expect(text.match(/^ours +10\.0 +30,000 +10 %$/gm)).to.have.length(2);
    expect(text)
      .to.match(/^aggregated +5,000 +96 %/m)
      .and.match(/^after 100 % +110 MB$/m);
  });

  it('is a line for each way through the pipeline, with its ratio to the bare loop', () => {
    const text = showTables(SECTIONS.pipeline.tables(results.pipeline)).join('\n');
    expect(text)
      .to.match(/^npm start without rollups +3,000 +0\.75$/m)
      .and.match(/^npm start +2,000 +0\.50$/m);
  });

  it('says of how many events the figures of a command are', () => {
    expect(showTables(SECTIONS.client.tables(results.client)).join('\n')).to.contain(
      '60,000 tweets of 2 to 4 KB, a process from its start to its end',
    );
  });

  it('is a bundle with its times', () => {
    expect(showTables(SECTIONS['cold-start'].tables(results['cold-start'])).at(-2)).to.match(
      /^ours +300 +44\.0 +26\.0 +3\.00$/,
    );
  });

  it('has a cell below each heading', () => {
    for (const { headings, rows } of SECTION_NAMES.flatMap((name) => sectionOf(name).tables(results[name])))
      for (const row of rows) expect(row, row[0]).to.have.length(headings.length);
  });

  it('is every point of every curve, and what is held at its end', () => {
    const text = showTables(SECTIONS.growth.tables(results.growth)).join('\n');
    for (const line of [
      /^Events in a batch +25 +1,000$/m,
      /^µs CPU\/event +80\.0 +40\.0$/m,
      /^events\/s +2,500 +15,000$/m,
      /^Shards +16$/m,
      /^events\/s +3,210$/m,
      /^after 10,000 invocations /m,
    ])
      expect(text).to.match(line);
  });
});

describe('the figures of several runs', () => {
  it('are from the least to the greatest, and one where they look alike', () => {
    const shownOf = (...values: number[]): string => rangeOf(values.map((value) => cell(value)));
    expect([shownOf(9.5, 9.123, 12.34), shownOf(9.123, 9.121), shownOf(7)]).to.deep.equal([
      '9.12–12.3',
      '9.12',
      '7.00',
    ]);
    expect(rangeOf([1_234.5, 999].map((value) => cell(value, count)))).to.equal('999–1,235');
  });
});

describe('a figure', () => {
  it('has about three digits', () => {
    expect([0.123, 9.994, 12.34, 99.94, 123.4, 12_345.6].map(figure)).to.deep.equal([
      '0.12',
      '9.99',
      '12.3',
      '99.9',
      '123',
      '12,346',
    ]);
  });
});

describe('several runs on several Nodes', () => {
  it('have each section in each run on each Node, and what is measured once at the end', () => {
    const turns = turnsOf({ sections: ['handler', 'client', 'growth'], runs: 2 }, ['20', '24']);
    expect(turns.map(({ section, execPath }) => `${section} ${execPath}`)).to.deep.equal([
      ...['handler 20', 'client 20', 'handler 24', 'client 24'],
      ...['handler 20', 'client 20', 'handler 24', 'client 24', 'growth 24'],
    ]);
  });
});

describe('measuring by turns', () => {
  it('measures each once a round, does not count what warms up, and gives medians', async () => {
    const order: string[] = [];
    const figures: Record<string, number[]> = { a: [100, 5, 1, 9], b: [200, 6, 8, 7] };
    const medians = await byTurns(['a', 'b'], { rounds: 3, warmUp: 1 }, async (name) => {
      order.push(name);
      return { rate: figures[name]!.shift()! };
    });
    expect(order.join('')).to.equal('abababab');
    expect(medians).to.deep.equal([{ rate: 5 }, { rate: 7 }]);
  });
});

import { expect } from 'chai';
import { RecentRate } from '../../../cli/recent-rate.ts';
import { progressLine, reportPutBack } from '../../../ops/redrive/redrive-report.ts';
import type { RedriveSettings } from '../../../ops/redrive/redrive-settings.ts';
import type { StreamStore } from '../../../ops/redrive/stream-store.ts';

const SINCE = Date.UTC(2026, 10, 20);
const COUNTS = [
  { putBack: 200, removed: 150, left: 1 },
  { putBack: 50, removed: 50, left: 0 },
];
const soFar = () => ({ started: 0, now: 10_000, rate: new RecentRate(0) });

describe('the report of a redrive from the stream', () => {
  const whole = { stream: 's', since: SINCE, until: SINCE + 3_600_000 };
  const goOn = (resume: number | undefined, limit?: number, range: StreamStore['range'] = whole): string => {
    const fromStream = { range, name: 'the stream', unit: 'record', resumeSince: () => resume } as StreamStore;
    const done = { counts: [{ putBack: 100, removed: 100, left: 0 }], left: [], seconds: 1, isCutShort: false };
    const passedOver = { entries: 0, tooNew: 0, reasons: new Set<string>() };
    const settings = { stream: 's', limit } as RedriveSettings;
    return reportPutBack(done, [fromStream], passedOver, settings, fromStream).lines[1]!;
  };

  it('asks for a larger --limit where so many records arrived in a millisecond that the next call got no further', () => {
    const place = 'Go on with --since 2026-11-20T00:00:00.000Z --until 2026-11-20T01:00:00.000Z';
    expect(goOn(SINCE, 100).split('. ')[1]).to.equal(
      `${place}, with a larger --limit: more records arrived at that very time`,
    );
    for (const [resume, limit] of [
      [SINCE, undefined],
      [SINCE, 200],
      [SINCE + 1, 100],
    ] as const)
      expect(goOn(resume, limit)).not.to.contain('larger');
    expect(goOn(SINCE, 200)).to.contain(place);
  });

  it('speaks of the shard that was asked for, and not of the whole stream', () => {
    const range = { ...whole, shardId: 'shardId-000000000003' };
    expect(goOn(undefined)).to.match(/^Every record that arrived from /);
    expect(goOn(undefined, undefined, range)).to.match(/^Every record that arrived on shardId-000000000003 from /);
    expect(goOn(SINCE)).to.match(/ --until 2026-11-20T01:00:00\.000Z$/);
    expect(goOn(SINCE, undefined, range)).to.match(/ --until 2026-11-20T01:00:00\.000Z --shard shardId-000000000003$/);
  });
});

describe('the progress of a redrive', () => {
  it('tells how fast entries of all stores are put back, where nobody knows how many there are', () => {
    expect(progressLine(COUNTS, soFar())).to.equal('250 put back, 25/s, 200 removed, 1 failed');
  });

  it('tells how far it is on the way to --limit', () => {
    expect(progressLine(COUNTS, { ...soFar(), limit: 1_000 })).to.equal(
      '250 put back, 25/s, 25 %, 30 s left, 200 removed, 1 failed',
    );
  });

  it('tells how far it is in a range of the stream, and where a run goes on after a kill', () => {
    const range = { stream: 's', since: SINCE, until: SINCE + 4 * 3_600_000 };
    const fromStream = { range, resumeSince: () => SINCE + 3_600_000 };
    expect(progressLine(COUNTS, { ...soFar(), fromStream })).to.equal(
      '250 put back, 25/s, 25 %, 30 s left, 1 failed, all until 2026-11-20T01:00:00.000Z',
    );
    const whole = { range, resumeSince: () => undefined };
    expect(progressLine(COUNTS, { ...soFar(), fromStream: whole })).to.contain(', 100 %, ');
  });
});

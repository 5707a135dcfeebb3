import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { putRecordsTo } from '../../aws/kinesis.ts';
import { monotonicClock, systemClock } from '../../aws/system-clock.ts';
import { deliver } from '../../client/delivery.ts';
import { Ledger } from '../../local/ledger.ts';
import { startPipeline } from '../../local/pipeline.ts';
import { differentKeys, rejectedEvents, rowsOfEventData, sampleOfEventData } from '../../local/tables.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { TestServices } from '../support/emulators.ts';
import { withoutLimits } from '../support/unhurried-clock.ts';
import { readings } from './readings-processor.ts';

const never = new AbortController().signal;
const at = (minute: number): string => `2026-11-20T12:0${minute}:00.000Z`;

describe('a run with a processor', () => {
  const services = new TestServices();
  const folder = emptyFolder(before);
  before(() => services.start());
  after(() => services.stop());

  it('accounts for every event: written, superseded, stale, dropped and rejected', async () => {
    const file = join(folder, 'readings.ndjson');
    const reading = (meter: string, minute: number, fields: object = {}) =>
      JSON.stringify({ id: 'now', meter, time: at(minute), kwh: minute, ...fields });
    const lines = [
      reading('a', 1),
      reading('a', 3),
      // Late: the table holds a newer one.
      reading('a', 2),
      reading('b', 1),
      // An envelope of three, of which one is refused and one dropped.
      `[${reading('b', 2, { meter: 'b' })},${reading('b', 3, { kwh: -1 })},${reading('b', 4, { test: true })}]`,
      'no JSON',
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    const ledger = new Ledger(monotonicClock, readings);
    const pipeline = await startPipeline({
      ports: services.endpoints,
      stackName: 'processors',
      functions: { DDBEventProcessor: { onSettled: (records) => ledger.settled(records) } },
      onLog: () => {},
      onProblem: (message) => expect.fail(message),
      clock: systemClock,
      entryPoints: { DDBEventProcessor: fileURLToPath(new URL('./readings-handler.ts', import.meta.url)) },
    });
    try {
      const { names, dynamoDb } = pipeline;
      const delivered = await deliver({
        settings: { source: 'file', file, key: 'meter', track: [], patienceMs: 300_000 },
        putRecords: putRecordsTo(pipeline.kinesis, names.stream),
        clock: withoutLimits(monotonicClock, 5_500),
        calendar: systemClock,
        drain: never,
        stop: never,
        onRead: (event) => ledger.read(event),
        onOutcome: (outcome) => ledger.outcome(outcome),
      });
      await ledger.drained(never, 50_000);
      const rejected = await rejectedEvents(dynamoDb, names);
      const rows = await rowsOfEventData(dynamoDb, names);
      const audit = ledger.audit({ rows, rejected: new Set(rejected.map(({ id }) => id)) });
      expect(delivered).to.include({ read: 6, sent: 6, keyless: 0 });
      expect(rejected.map(({ reason }) => reason)).to.have.members(['Refused', 'NotJson']);
      // The envelope has a hash as its key, so its reading is a row of its own.
      expect(audit).to.deep.equal({
        events: 8,
        rows: 6,
        derived: 5,
        unsteady: 0,
        written: 3,
        superseded: 1,
        stale: 1,
        dropped: 1,
        rejected: 2,
        filtered: 0,
        kept: 0,
        unwritten: 0,
      });
      const sample = await sampleOfEventData(dynamoDb, names, rows, 20);
      expect(sample.find(({ Username }) => Username === 'a')).to.include({ Timestamp: at(3) });
    } finally {
      await pipeline.close();
    }
  });

  it('shows rows that differ: of every type, and of as many users as there are', () => {
    const key = (user: string, id: number) => JSON.stringify([user, String(id)]);
    const rows = new Map(
      [
        ...Array.from({ length: 97 }, (_, index) => [key(`user-${index % 4}`, index), 'many'] as const),
        [key('user-0', 200), 'few'] as const,
        [key('user-9', 201), 'rare'] as const,
      ].map(([name, Type]) => [name, { Type, Timestamp: at(0) }]),
    );
    const chosen = differentKeys(rows, 5);
    expect(new Set(chosen).size).to.equal(5);
    expect(new Set(chosen.map((name) => rows.get(name)!.Type))).to.deep.equal(new Set(['many', 'few', 'rare']));
    expect(new Set(chosen.map((name) => JSON.parse(name)[0])).size).to.be.at.least(4);
    expect(differentKeys(rows, 500)).to.have.members([...rows.keys()]);
    expect(differentKeys(new Map(), 5)).to.deep.equal([]);
  });
});

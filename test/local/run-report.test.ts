import { expect } from 'chai';
import { isComplete, type RunResult, toJson, toText } from '../../local/run-report.ts';

const RESULT: RunResult = {
  delivered: { read: 10, sent: 10, failed: 0, notices: 0, repeats: 0, failures: new Map() } as never,
  audit: { written: 7, rows: 7, rejected: 1, kept: 2, unwritten: 0 },
  seconds: 2,
  latencies: [1, 2, 3],
  rejected: [{ reason: 'NotJson', detail: 'x' }],
  failedBatches: '.local/failed-batches',
  sample: [],
  problems: [],
};

describe('the report', () => {
  it('counts what is kept in failed batches, says where they are and what puts them back', () => {
    const text = toText(RESULT, 'a file');
    expect(text).to.match(/^ {2}kept +2 {3}in failed batches$/m);
    expect(text).to.contain('10 events through the whole pipeline in 2.00 s. Nothing was lost.');
    expect(text).to.contain('The failed batches are in .local/failed-batches, whole.');
    expect(text).to.contain('npm run redrive -- --local');
    expect(isComplete(RESULT)).to.equal(true);
    expect(JSON.parse(toJson(RESULT))).to.include({ written: 7, rejected: 1, kept: 2, unwritten: 0 });
  });

  it('says nothing of failed batches where there are none', () => {
    const { failedBatches: _, ...rest } = RESULT;
    const result = { ...rest, audit: { ...RESULT.audit, written: 9, kept: 0 } };
    expect(toText(result, 'a file')).not.to.match(/kept|failed batches|redrive/);
    expect(JSON.parse(toJson(result))).to.include({ kept: 0 });
  });

  it('does not speak of a loss where a live source was stopped before its first event', () => {
    const delivered = { ...RESULT.delivered, read: 0, sent: 0 };
    const result = { ...RESULT, delivered, audit: { written: 0, rows: 0, rejected: 0, kept: 0, unwritten: 0 } };
    expect(isComplete(result)).to.equal(true);
    expect(toText(result, 'Bluesky')).to.match(/^\nNo event came in 2 s\.$/m);
  });

  it('is not complete while an event is nowhere, kept or not', () => {
    const result = { ...RESULT, audit: { ...RESULT.audit, written: 6, unwritten: 1 } };
    expect(isComplete(result)).to.equal(false);
    expect(toText(result, 'a file')).to.contain('7 of 10 events came through');
  });
});

import { expect } from 'chai';
import { logLine } from '../../../local/lambda/log-line.ts';

const _aws = { Timestamp: 1, CloudWatchMetrics: [] };

describe('a line of the log for a person', () => {
  it('has what is said and not what CloudWatch makes metrics of', () => {
    const line = JSON.stringify({
      level: 'INFO',
      message: 'batch processed',
      written: 3,
      FunctionName: 'f',
      eventToTableMilliseconds: [1, 2, 3],
      _aws,
    });
    expect(logLine(line)).to.equal('{"level":"INFO","message":"batch processed","written":3}');
  });

  it('is nothing where the line holds only metrics', () => {
    expect(logLine(JSON.stringify({ FunctionName: 'f', Reason: 'NotJson', rejectedForReason: 1, _aws }))).to.equal(
      undefined,
    );
  });

  it('is any other line as it stands', () => {
    for (const line of ['{"level":"WARN","message":"x"}', 'START RequestId', '{"cut": "off', ''])
      expect(logLine(line)).to.equal(line);
  });
});

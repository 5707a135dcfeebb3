import { expect } from 'chai';
import { jsonLog, type LogLevel } from '../../functions/log.ts';

describe('jsonLog', () => {
  const linesAt = (threshold: LogLevel): string[] => {
    const lines: string[] = [];
    const log = jsonLog(threshold, (line) => lines.push(line), { now: () => 0 });
    for (const level of ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const) log(level, 'done', { written: 1 });
    return lines;
  };

  it('writes one line of JSON', () => {
    expect(linesAt('ERROR')).to.deep.equal([
      '{"timestamp":"1970-01-01T00:00:00.000Z","level":"ERROR","message":"done","written":1}',
    ]);
  });

  it('drops what is below its threshold', () => {
    expect(linesAt('DEBUG')).to.have.length(4);
    expect(linesAt('WARN')).to.have.length(2);
  });

  it('writes metrics whatever its threshold, and below it nothing else', () => {
    const lines: string[] = [];
    const log = jsonLog('WARN', (line) => lines.push(line), { now: () => 0 });
    log('INFO', 'done', { written: 1 }, { _aws: {} });
    log('WARN', 'done', { written: 1 }, { _aws: {} });
    expect(lines).to.deep.equal([
      '{"_aws":{}}',
      '{"timestamp":"1970-01-01T00:00:00.000Z","level":"WARN","message":"done","written":1,"_aws":{}}',
    ]);
  });
});

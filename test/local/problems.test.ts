import { expect } from 'chai';
import { tellProblems } from '../../local/problems.ts';

describe('the problems of a run', () => {
  const toldOf = (report: (problems: ReturnType<typeof tellProblems>) => void): string[] => {
    const told: string[] = [];
    report(tellProblems((line) => told.push(line)));
    return told;
  };

  it('are told once each', () => {
    expect(
      toldOf(({ onProblem }) => {
        for (const message of ['a', 'b', 'a']) onProblem(message);
      }),
    ).to.deep.equal(['a', 'b']);
  });

  it('are also why the function left something undone, as its log says', () => {
    const line = JSON.stringify({ level: 'ERROR', unfinished: 2, errors: ['ValidationException: too large', 'late'] });
    expect(
      toldOf(({ onLog }) => {
        onLog(line);
        onLog(line);
      }),
    ).to.deep.equal([
      'the function could not finish a batch: ValidationException: too large',
      'the function could not finish a batch: late',
    ]);
  });

  it('are also why rows are missing in a rollup', () => {
    const line = JSON.stringify({ level: 'WARN', refused: 1, errors: ['a group has more values than an item holds'] });
    expect(toldOf(({ onLog }) => onLog(line))).to.deep.equal([
      'the rollups could not count rows: a group has more values than an item holds',
    ]);
  });

  it('are nothing else that is in the log', () => {
    const lines = [
      { level: 'WARN', rejected: 1, errors: ['KeyTooLong: a key'] },
      { level: 'INFO', refused: 0, errors: [] },
      { level: 'WARN', refused: 1 },
      { level: 'ERROR', message: 'x' },
      { level: 'ERROR', errors: 'x' },
      [],
      null,
    ];
    expect(
      toldOf(({ onLog }) => {
        for (const line of ['START RequestId', '', ...lines.map((fields) => JSON.stringify(fields))]) onLog(line);
      }),
    ).to.deep.equal([]);
  });
});

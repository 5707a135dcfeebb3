import { expect } from 'chai';
import { type BatchResult, readBatchResult } from '../../../local/mapping/batch-response.ts';

const SUCCESS: BatchResult = { kind: 'success' };
const FAILURE: BatchResult = { kind: 'failure', functionError: null };
const from = (index: number): BatchResult => ({ kind: 'partial', index });
const items = (...itemIdentifiers: unknown[]) => ({
  batchItemFailures: itemIdentifiers.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('readBatchResult', () => {
  const cases: [response: unknown, expected: BatchResult][] = [
    ['', SUCCESS],
    [null, SUCCESS],
    [{}, SUCCESS],
    [{ batchItemFailures: [] }, SUCCESS],
    [{ batchItemFailures: null }, SUCCESS],
    [items('20'), from(1)],
    [items('30', '20'), from(1)],
    [items('10'), from(0)],
    [items(''), FAILURE],
    [items(null), FAILURE],
    [items('99'), FAILURE],
    [items('20', '99'), FAILURE],
    [{ batchItemFailures: [{ id: '20' }] }, FAILURE],
    [{ batchItemFailure: [] }, FAILURE],
    [{ batchItemFailures: 'all' }, FAILURE],
    ['done', FAILURE],
  ];
  for (const [response, expected] of cases)
    it(`takes ${JSON.stringify(response)} for ${JSON.stringify(expected)}`, () => {
      const answer = { payload: JSON.stringify(response) };
      expect(readBatchResult(answer, ['10', '20', '30'], { reports: true })).to.deep.equal(expected);
    });

  it('takes any answer for a success where failures are not reported', () => {
    expect(readBatchResult({ payload: JSON.stringify(items('20')) }, ['20'], { reports: false })).to.deep.equal(
      SUCCESS,
    );
  });

  it('keeps the state that a mapping with a tumbling window is answered, and takes an answer without one for a failure', () => {
    const read = (response: unknown, reports: boolean) =>
      readBatchResult({ payload: JSON.stringify(response) }, ['10', '20'], { reports, hasWindow: true });
    for (const reports of [true, false]) {
      expect(read({ state: { sum: 5 } }, reports)).to.deep.equal({ kind: 'success', state: { sum: 5 } });
      for (const response of [{ batchItemFailures: [] }, { state: null }, {}, null, 'done'])
        expect(read(response, reports)).to.deep.equal(FAILURE);
    }
    expect(read({ state: {}, ...items('20') }, true)).to.deep.equal({ ...from(1), state: {} });
  });

  it('takes an error for the failure of all', () => {
    const answer = { error: { errorType: 'Error', errorMessage: 'no' } };
    expect(readBatchResult(answer, ['10'], { reports: true })).to.deep.equal({
      kind: 'failure',
      functionError: 'Unhandled',
    });
  });
});

import { expect } from 'chai';
import { isRetryable } from '../../aws/service-error.ts';
import { describeError } from '../../core/describe-error.ts';

const serviceError = (name: string, httpStatusCode?: number) =>
  Object.assign(new Error('said the service'), { name, ...(httpStatusCode ? { $metadata: { httpStatusCode } } : {}) });

describe('isRetryable', () => {
  const cases: [error: unknown, expected: boolean][] = [
    [serviceError('ProvisionedThroughputExceededException', 400), true],
    [serviceError('ThrottlingException', 400), true],
    [serviceError('InternalServerError', 500), true],
    [serviceError('ServiceUnavailable', 503), true],
    [serviceError('SlowDown', 429), true],
    [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), true],
    [serviceError('TimeoutError'), true],
    [serviceError('AccessDeniedException', 400), false],
    [serviceError('ResourceNotFoundException', 400), false],
    [serviceError('ValidationException', 400), false],
    [serviceError('CredentialsProviderError'), false],
    ['a text', false],
  ];
  for (const [error, expected] of cases)
    it(`is ${expected} for ${error instanceof Error ? error.name : error} ${JSON.stringify(error)}`, () => {
      expect(isRetryable(error)).to.equal(expected);
    });
});

describe('describeError', () => {
  it('names the error and its message', () => {
    expect(describeError(serviceError('ServiceUnavailable', 503))).to.equal('ServiceUnavailable: said the service');
  });

  it('finds the message of errors that Node gathers without one', () => {
    const both = new AggregateError([new Error('connect ECONNREFUSED 127.0.0.1:1')]);
    expect(describeError(both)).to.equal('Error: connect ECONNREFUSED 127.0.0.1:1');
  });
});

import { expect } from 'chai';
import { PROCESSORS } from '../../../processors/index.ts';
import { FAULT_NAMES } from '../../../proof/soak/faults.ts';
import { readSoakOptions, SOAK_HELP } from '../../../proof/soak/soak-options.ts';
import { problemsOf } from '../../support/refusal.ts';

describe('the options of a soak', () => {
  it('name a fault and a processor that do not exist, and what is not a number', () => {
    const argv = ['--faults', 'rain,crash,toString', '--events', '0', '--seed', 'x', '--processor', 'sorting'];
    expect(problemsOf(() => readSoakOptions(argv))).to.deep.equal([
      `there is no processor "sorting"; expected one of ${Object.keys(PROCESSORS).join(', ')}: those of processors/index.ts`,
      '--events is "0"; expected a whole number from 1',
      '--seed is "x"; expected a whole number from 1',
      `there is no fault "rain", "toString"; expected all, none or some of ${FAULT_NAMES.join(', ')}`,
    ]);
  });

  it('take other emulators of this machine, and name those that are elsewhere or missing', () => {
    const given = ['--endpoint', 'http://127.0.0.1:1', '--dynamodb-endpoint', 'http://localhost:2'];
    expect(readSoakOptions(given).emulators).to.deep.equal({
      kinesis: 'http://127.0.0.1:1',
      dynamoDb: 'http://localhost:2',
    });
    expect(readSoakOptions([]).emulators).to.equal(undefined);
    const elsewhere = ['--endpoint', 'https://kinesis.us-east-1.amazonaws.com'];
    expect(problemsOf(() => readSoakOptions(elsewhere))).to.deep.equal([
      '--endpoint is "https://kinesis.us-east-1.amazonaws.com"; expected a URL of this machine',
      '--dynamodb-endpoint is missing; expected a URL of this machine',
    ]);
  });

  it('are in the help, with every fault', () => {
    for (const name of FAULT_NAMES) expect(SOAK_HELP).to.match(new RegExp(`^  ${name} `, 'm'));
  });
});

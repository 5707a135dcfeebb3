import { expect } from 'chai';
import npmRunPlan from '../../../ops/plan/plan.ts';
import { call } from '../../support/run.ts';

describe('npm run plan', () => {
  it('says what a load costs', async () => {
    const { code, stdout, stderr } = await call(npmRunPlan, ['--rate', '1000', '--size', '1000', '--rollups', '0'])
      .finished;
    expect(stdout).to.match(/^1,000 events\/s of 1,000 bytes, 30 days: \$2,239\.99\n/);
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
  });

  it('is one JSON object with --json', async () => {
    const { code, stdout } = await call(npmRunPlan, ['--rate', '1', '--size', '1000', '--rollups', '0', '--json'])
      .finished;
    expect(JSON.parse(stdout)).to.include({ total: 19.23 });
    expect(code).to.equal(0);
  });
});

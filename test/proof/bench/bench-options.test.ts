import { expect } from 'chai';
import { UsageError } from '../../../cli/usage-error.ts';
import { HELP, readOptions } from '../../../proof/bench/bench-options.ts';

describe('the options of the benchmark', () => {
  it('are all in the help', () => {
    for (const flag of ['--only', '--quick', '--json', '--chart', '--charts-to', '--help'])
      expect(HELP).to.contain(flag);
  });

  it('are all sections, into a file that git ignores, unless told', () => {
    expect(readOptions([])).to.deep.equal({
      sections: ['handler', 'processors', 'rollups', 'client', 'pipeline', 'cold-start', 'growth'],
      quick: false,
      json: '.local/bench.json',
      chart: false,
      chartsTo: 'docs',
      help: false,
    });
  });

  it('leave growth out of a quick run, unless it is asked for', () => {
    expect(readOptions(['--quick']).sections).not.to.include('growth');
    expect(readOptions(['--quick', '--only', 'growth']).sections).to.deep.equal(['growth']);
  });

  it('run sections in their own order, each once', () => {
    const { sections } = readOptions(['--only', 'client, handler,client']);
    expect(sections).to.deep.equal(['handler', 'client']);
  });

  it('name every section that does not exist', () => {
    const call = () => readOptions(['--only', 'handler,speed,sizes']);
    expect(call).to.throw(UsageError, /"speed"; expected some of handler, processors.*\n.*"sizes"/);
  });

  it('refuse a flag that does not exist', () => {
    expect(() => readOptions(['--fast'])).to.throw(UsageError, "'--fast'");
  });
});

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { UsageError } from '../../../cli/usage-error.ts';
import { readOptions } from '../../../proof/bench/bench-options.ts';
import { SECTION_NAMES } from '../../../proof/bench/sections.ts';

describe('the options of the benchmark', () => {
  it('are all sections, into a file that git ignores, unless told', () => {
    expect(readOptions([])).to.deep.equal({
      sections: SECTION_NAMES,
      quick: false,
      runs: 1,
      nodes: [],
      json: '.local/bench.json',
      page: false,
      docs: 'docs',
    });
  });

  it('are those of every command of docs/performance.md', () => {
    const page = readFileSync(new URL('../../../docs/performance.md', import.meta.url), 'utf8');
    const commands = [...page.matchAll(/^npm run bench -- (.*?)(?: *#.*)?$/gm)].map(([, args]) => args!.split(' '));
    expect(commands).to.have.length(4);
    for (const args of commands) expect(() => readOptions(args), args.join(' ')).not.to.throw();
  });

  it('leave growth out of a quick run, unless it is asked for', () => {
    expect(readOptions(['--quick']).sections).not.to.include('growth');
    expect(readOptions(['--quick', '--only', 'growth']).sections).to.deep.equal(['growth']);
  });

  it('run sections in their own order, each once', () => {
    const { sections } = readOptions(['--only', 'client, handler,client']);
    expect(sections).to.deep.equal(['handler', 'client']);
  });

  it('are versions of Node by their first number, each once, and a number of runs', () => {
    const { runs, nodes } = readOptions(['--runs', '3', '--nodes', '20, 24,20']);
    expect({ runs, nodes }).to.deep.equal({ runs: 3, nodes: ['20', '24'] });
    const call = () => readOptions(['--runs', '0', '--nodes', 'v24,24.1']);
    expect(call).to.throw(UsageError, /--runs is "0".*\n.*"v24"; expected versions such as 20,24\n.*"24\.1"/);
  });

  it('name every section that does not exist', () => {
    const call = () => readOptions(['--only', 'handler,speed,sizes']);
    expect(call).to.throw(UsageError, /"speed"; expected some of handler, processors.*\n.*"sizes"/);
  });

  it('choose nothing to measure where the page is written, which has all that was measured', () => {
    const call = () => readOptions(['--page', '--only', 'client', '--quick', '--nodes', '24']);
    expect(call).to.throw(
      UsageError,
      /--page and --only exclude each other.*\n--page and --quick .*\n--page and --nodes /,
    );
  });
});

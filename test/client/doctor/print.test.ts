import { expect } from 'chai';
import type { Checked } from '../../../client/doctor/check.ts';
import { CHECKS, conclusionOf, jsonOf, linesOf } from '../../../client/doctor/doctor.ts';

const ALL: Checked[] = [
  { name: 'settings', status: 'failed', messages: ['no stream', 'no region'] },
  { name: 'credentials', status: 'ok', messages: ['there'] },
  { name: 'stack', status: 'skipped', messages: ['none'] },
];
const plain = (_: string, text: string): string => text;

describe('what the doctor prints', () => {
  it('is in columns, a line for each problem', () => {
    expect(ALL.flatMap((checked) => linesOf(checked, plain))).to.deep.equal([
      'failed   settings     no stream',
      '                      no region',
      'ok       credentials  there',
      'skipped  stack        none',
    ]);
  });

  it('has room for the names of all checks', () => {
    for (const { name } of CHECKS)
      expect(linesOf({ name, status: 'ok', messages: ['x'] }, plain)[0]).to.have.length(
        'ok       credentials  x'.length,
      );
  });

  it('shows control characters of others as escapes', () => {
    const checked: Checked = { name: 'source', status: 'failed', messages: ['answered \u001b[2J'] };
    expect(linesOf(checked, plain)).to.deep.equal(['failed   source       answered \\u001b[2J']);
  });

  it('colours the status alone', () => {
    const paint = (meaning: string, text: string): string => `<${meaning}>${text.trim()}</>`;
    expect(linesOf(ALL[1]!, paint)).to.deep.equal(['<good>ok</>  credentials  there']);
  });

  it('ends with how many checks failed', () => {
    expect(conclusionOf(ALL, plain)).to.equal('1 of 3 checks failed.');
    expect(conclusionOf(ALL.slice(1), plain)).to.equal('All is well.');
  });

  it('is an object for a machine', () => {
    expect(jsonOf(ALL)).to.deep.equal({ ok: false, checks: ALL });
    expect(jsonOf(ALL.slice(1))).to.have.property('ok', true);
  });
});

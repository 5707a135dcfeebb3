import { expect } from 'chai';
import { csvLine } from '../../../ops/query/row-formats.ts';

describe('a line of CSV', () => {
  it('has an apostrophe before every text that a spreadsheet may run, and before no number', () => {
    const formulas = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t=', '\r=', '\n=', '\0='].map(
      (sign) => `${sign}A1`,
    );
    for (const formula of formulas) expect(csvLine([formula], false), formula).to.match(/^"?'/);
    expect(csvLine(['-1.5', '1e+9', 'a=b', '日本'], false)).to.equal('-1.5,1e+9,a=b,日本\r\n');
  });
});

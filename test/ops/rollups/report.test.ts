import { expect } from 'chai';
import type { Difference } from '../../../core/rollups/verify.ts';
import { rebuildText, verificationText } from '../../../ops/rollups/report.ts';

const windows = Array.from({ length: 12 }, (_, day) => `2026-11-${String(day + 1).padStart(2, '0')}`);

describe('what a verification found, for a person', () => {
  const difference = (table: string, rollup: string, figure: Difference['figure'] = 'count'): Difference => ({
    key: { rollup: 'views.1', window: '2026-11-20', group: '/home' },
    figure,
    table,
    rollup,
  });
  const text = (...differences: Difference[]): string =>
    verificationText({ groups: 3, differences, changing: [], leftOut: [], refused: [] });

  it('advises a rebuild, and says when it may lower a count where a rollup counts more than the table', () => {
    expect(text(difference('9', '10')))
      .to.contain('--rebuild')
      .and.to.contain('--lower');
    expect(text(difference('10', '9')))
      .to.contain('--rebuild')
      .and.not.to.contain('--lower');
    expect(text(difference('9', '10', 'sum')))
      .to.contain('--rebuild')
      .and.not.to.contain('--lower');
    expect(text()).to.equal('3 groups equal EventData.\n');
    expect(text(difference('10', '9'), difference('9', '10')))
      .to.contain('2 differences')
      .and.to.contain('--lower');
  });

  it('names ten numbers of a group that has thousands, and how many more there are', () => {
    const wide = Array.from({ length: 1_700 }, (_, index) => ({ ...difference('1', '0', 'sum'), value: `n${index}` }));
    const other = { ...difference('9', '8'), key: { rollup: 'views.1', window: '2026-11-20', group: '/other' } };
    const lines = text(...wide, other).split('\n');
    expect(lines.slice(9, 12)).to.deep.equal([
      'the rollup views.1 in 2026-11-20, group /home: the sum of n9 is 0; the table makes 1',
      '1,690 more differences in this group',
      'the rollup views.1 in 2026-11-20, group /other: the count is 8; the table makes 9',
    ]);
    expect(lines[12]).to.contain('1,701 differences.');
  });

  it('says which rollup cannot count rows, and why: its figures may be right', () => {
    const refused = [{ rollup: 'views.1', rows: 2, why: 'the rollup "views" threw TypeError' }];
    const verification = { groups: 3, changing: [], leftOut: [], refused };
    const line = 'the rollup views.1 cannot count 2 rows of EventData: the rollup "views" threw TypeError\n';
    expect(verificationText({ ...verification, differences: [] })).to.equal(`${line}3 groups equal EventData.\n`);
    expect(verificationText({ ...verification, differences: [difference('0', '2')] }))
      .to.contain(line)
      .and.to.match(/ cannot count here .* is deployed.* --rebuild /);
  });

  it('says before that to wait for a function that is behind: a rebuild would write every row for nothing', () => {
    expect(text(difference('10', '9'))).to.match(
      / While the function .* is behind, .* wait: .* Otherwise .* --rebuild /,
    );
    expect(text()).not.to.contain('behind');
  });

  it('does not call it equal where there was nothing to compare, as with the processor of another stack', () => {
    expect(verificationText({ groups: 0, differences: [], changing: [], leftOut: [], refused: [] })).to.equal(
      'No group was compared. --processor, --name and --since say which are.\n',
    );
  });

  it('asks for the processor where the rollups hold none of its groups, before it advises a rebuild', () => {
    const missing = ['/a', '/b', '/c'].map((group) => ({
      ...difference('2', '0'),
      key: { rollup: 'views.1', window: '2026-11-20', group },
    }));
    expect(text(...missing)).to.match(/ None of these groups .* name it with --processor\. .* --rebuild /);
    expect(text(...missing.slice(1))).not.to.contain('--processor');
  });

  it('names groups that change faster than they can be compared, and neither calls them equal nor advises a rebuild', () => {
    const changing = [{ rollup: 'views.1', window: '2026-11-20', group: '/home\u202e' }];
    expect(
      verificationText({ groups: 3, differences: [], changing, leftOut: [], refused: [] }).split('\n'),
    ).to.deep.equal([
      'the rollup views.1 in 2026-11-20, group /home\\u202e: it changes faster than it can be compared; verify it again later',
      '3 groups compared, 0 differences.',
      '',
    ]);
    const differences = [difference('10', '9')];
    expect(verificationText({ groups: 3, differences, changing, leftOut: [], refused: [] })).to.contain(
      '\n3 groups compared, 1 difference. ',
    );
  });

  it('names a few of the windows that were left out, by rollup and by what can have expired', () => {
    const leftOut = [
      ...windows.map((window) => ({ rollup: 'views.1', window, expired: 'rows' as const })),
      { rollup: 'views.1', window: '2026-10-01', expired: 'parts' as const },
      { rollup: 'sales.1', window: 'ever', expired: 'rows' as const },
    ];
    expect(
      verificationText({ groups: 1, differences: [], changing: [], leftOut, refused: [] }).split('\n'),
    ).to.deep.equal([
      `left out of views.1, since rows of it can have expired: ${windows.slice(0, 10).join(', ')} and 2 more`,
      'left out of views.1, since parts of it can have expired (RollupsRetentionDays): 2026-10-01',
      'left out of sales.1, since rows of it can have expired: ever',
      '1 group equals EventData.',
      '',
    ]);
  });
});

describe('what a rebuild did, for a person', () => {
  it('says how much it read and corrected', () => {
    expect(rebuildText({ rows: 1_234, corrected: 1, higher: [], full: [], tooLarge: [] })).to.equal(
      '1,234 rows read, 1 group corrected.\n',
    );
  });

  it('names how many groups it could not correct, and says that another rebuild does not help', () => {
    const tooLarge = ['/', '/home'].map((group) => ({ rollup: 'views.1', window: '2026-11-20', group }));
    const lines = rebuildText({ rows: 9, corrected: 0, higher: [], full: [], tooLarge }).split('\n');
    expect(lines[1]).to.equal('not corrected in views.1: 2 groups, in 2026-11-20');
    expect(lines[2]).to.contain('400 KB').and.to.contain('another version');
  });

  it('names rows that have no room for the mark', () => {
    const full = [{ Username: { S: 'a' }, Id: { S: '1' } }];
    expect(rebuildText({ rows: 9, corrected: 0, higher: [], full, tooLarge: [] })).to.match(
      /^not counted: 1 row .*: a 1\. Shorten/m,
    );
  });

  it('names how many groups it did not lower, and where, and says how to', () => {
    const higher = [
      ...windows.flatMap((window) => ['/', '/home'].map((group) => ({ rollup: 'views.1', window, group }))),
      { rollup: 'sales.1', window: 'ever', group: 'all' },
    ];
    const lines = rebuildText({ rows: 9, corrected: 4, higher, full: [], tooLarge: [] }).split('\n');
    expect(lines.slice(0, 3)).to.deep.equal([
      '9 rows read, 4 groups corrected.',
      `not lowered in views.1: 24 groups, in ${windows.slice(0, 10).join(', ')} and 2 more`,
      'not lowered in sales.1: 1 group, in ever',
    ]);
    expect(lines[3]).to.contain('--lower');
  });
});

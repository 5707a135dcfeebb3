import { count } from '../../cli/numbers.ts';
import { appendTo } from '../../core/append-to.ts';
import { printable } from '../../core/printable.ts';
import { type GroupKey, groupId } from '../../core/rollups/keys.ts';
import type { Difference, Expired } from '../../core/rollups/verify.ts';
import { differenceText } from '../../local/rollups-report.ts';
import type { RebuildResult } from './rebuild.ts';
import type { Checked } from './verify-rollups.ts';
import { NAMED, namesOf } from './windows.ts';

/** When a rebuild is what helps: it writes every row, and waits for the function. */
const REBUILD =
  'While the function of the rollups is behind, as its alarms and its log say, wait: what it has not counted yet differs. ' +
  'Otherwise npm run rollups -- --rebuild makes the rollups anew.';

/** What may be wrong where the rollups hold none of the groups: a stack on this machine does not say which processor it runs. */
const OTHER_PROCESSOR =
  'None of these groups is in the rollups: if another processor made those, name it with --processor.';

/** What may be wrong where a rollup refuses rows. */
const REFUSED =
  'What a rollup cannot count here it may count where it is deployed, or may have counted before its processor changed: then its figures ' +
  'are right. Let its "of" give undefined for a row that does not count.';

/** When a rebuild may lower counts. */
const LOWER =
  'A rebuild leaves a group alone that counts more than EventData; with --lower it lowers that too, unless its rollup refuses rows. ' +
  'This is right where rows were counted twice, and wrong where rows have expired, also under an earlier RetentionDays.';

/** What helps where a rebuild has no room. */
const TOO_LARGE =
  'The values of such a group have no room next to what a rebuild makes of them, in an item of 400 KB. Another rebuild does not help: ' +
  'let the rollup give fewer names, under another version.';

const LEFT_OUT: Readonly<Record<Expired, string>> = {
  rows: 'since rows of it can have expired',
  parts: 'since parts of it can have expired (RollupsRetentionDays)',
};

/** What a verification found, for a person. */
export const verificationText = ({ groups, differences, changing, refused, leftOut }: Checked): string => {
  const lines = [...byName(differences, ({ key }) => groupId(key)).values()].flatMap(linesOfGroup);
  for (const { rollup, window, group } of changing)
    lines.push(
      `the rollup ${rollup} in ${window}, group ${printable(group)}: it changes faster than it can be compared; verify it again later`,
    );
  for (const [name, windows] of byName(leftOut, ({ rollup, expired }) => `left out of ${rollup}, ${LEFT_OUT[expired]}`))
    lines.push(`${name}: ${namesOf(windows.map(({ window }) => window))}`);
  for (const { rollup, rows, why } of refused)
    lines.push(`the rollup ${rollup} cannot count ${count(rows, 'row')} of EventData: ${printable(why)}`);
  const advice = [
    ...(refused.length > 0 ? [REFUSED] : []),
    ...(groups > 0 && differences.filter(isMissing).length === groups ? [OTHER_PROCESSOR] : []),
    ...(differences.length > 0 ? [REBUILD] : []),
    ...(differences.some(countsMore) ? [LOWER] : []),
  ];
  if (groups === 0) lines.push('No group was compared. --processor, --name and --since say which are.');
  else if (differences.length + changing.length === 0)
    lines.push(`${count(groups, 'group')} ${groups === 1 ? 'equals' : 'equal'} EventData.`);
  else
    lines.push(
      [`${count(groups, 'group')} compared, ${count(differences.length, 'difference')}.`, ...advice].join(' '),
    );
  return `${lines.join('\n')}\n`;
};

/** What differs in a group, which may have thousands of numbers. */
const linesOfGroup = (differences: readonly Difference[]): string[] => {
  const more = differences.length - NAMED;
  return [
    ...differences.slice(0, NAMED).map(differenceText),
    ...(more > 0 ? [`${count(more, 'more difference')} in this group`] : []),
  ];
};

const isMissing = ({ figure, rollup }: Difference): boolean => figure === 'count' && rollup === '0';

const countsMore = ({ figure, table, rollup }: Difference): boolean =>
  figure === 'count' && Number(rollup) > Number(table);

/** What a rebuild did, for a person. */
export const rebuildText = ({ rows, corrected, higher, tooLarge, full }: RebuildResult): string => {
  const lines = [`${count(rows, 'row')} read, ${count(corrected, 'group')} corrected.`];
  if (full.length > 0) {
    const keys = full.map(({ Username, Id }) => `${printable(Username?.S ?? '')} ${printable(Id?.S ?? '')}`);
    lines.push(
      `not counted: ${count(full.length, 'row')} within 80 bytes of DynamoDB's limit of 400 KB: ${namesOf(keys)}. Shorten or delete them, and rebuild again.`,
    );
  }
  lines.push(...leftLines('not lowered', higher));
  if (higher.length > 0) lines.push(LOWER);
  lines.push(...leftLines('not corrected', tooLarge));
  if (tooLarge.length > 0) lines.push(TOO_LARGE);
  return `${lines.join('\n')}\n`;
};

const leftLines = (what: string, left: readonly GroupKey[]): string[] =>
  [...byName(left, ({ rollup }) => rollup)].map(([rollup, groups]) => {
    const windows = [...new Set(groups.map(({ window }) => window))];
    return `${what} in ${rollup}: ${count(groups.length, 'group')}, in ${namesOf(windows)}`;
  });

/** Items that have one name, in their order. */
const byName = <Item>(items: readonly Item[], nameOf: (item: Item) => string): Map<string, Item[]> => {
  const named = new Map<string, Item[]>();
  for (const item of items) appendTo(named, nameOf(item), item);
  return named;
};

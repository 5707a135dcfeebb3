import { ARROWS, type Arrow, PARTS, type Part } from './architecture.ts';

/** Parts that keep something look like a drum. */
const KEEPS: readonly Part['kind'][] = ['stream', 'table', 'bucket'];

/**
 * The architecture as a flowchart of Mermaid: each part is written out where an arrow first names it.
 * https://mermaid.js.org/syntax/flowchart.html
 */
export const architectureMermaid = (): string => {
  const written = new Set<string>();
  const part = (id: string): string => {
    if (written.has(id)) return id;
    written.add(id);
    return id + shapeOf(PARTS.find((one) => one.id === id)!);
  };
  const lines = sameEnds(ARROWS).map(
    (arrows) => `  ${arrows.map(({ from }) => part(from)).join(' & ')} ${linkOf(arrows[0]!)} ${part(arrows[0]!.to)}`,
  );
  return ['flowchart LR', ...lines, ''].join('\n');
};

/** Arrows without a label that lead to the same part, one after another, share a line. */
const sameEnds = (arrows: readonly Arrow[]): Arrow[][] => {
  const groups: Arrow[][] = [];
  for (const arrow of arrows) {
    const last = groups.at(-1);
    const isAlike = last?.[0]?.to === arrow.to && last[0].label === undefined && arrow.label === undefined;
    if (isAlike) last.push(arrow);
    else groups.push([arrow]);
  }
  return groups;
};

const shapeOf = ({ kind, service, name, notes = [] }: Part): string => {
  const [open, close] = KEEPS.includes(kind) ? ['[(', ')]'] : ['[', ']'];
  return `${open}"${[...(service ? [service] : []), name, ...notes].join('<br/>')}"${close}`;
};

const linkOf = ({ label, isRepair = false }: Arrow): string => {
  const link = isRepair ? '-.->' : '-->';
  return label === undefined ? link : `${link}|${label}|`;
};

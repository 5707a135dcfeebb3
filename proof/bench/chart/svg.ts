/** Text as it stands between the tags of XML or in an attribute. */
export const escaped = (text: string): string =>
  text.replace(/[<>&"]/g, (character) => `&#${character.codePointAt(0)};`);

type Attributes = Readonly<Record<string, string | number>>;

/** One element. Numbers have one decimal at most: nobody sees a tenth of a pixel. */
export const element = (name: string, attributes: Attributes, ...children: readonly string[]): string => {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${shown(value)}"`);
  return `<${name}${written.join('')}${children.length === 0 ? '/>' : `>${children.join('')}</${name}>`}`;
};

const shown = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(value * 10) / 10) : escaped(value);

/** One line of text. @param kind which of the styles */
export const text = (x: number, y: number, kind: string, content: string, anchor = 'start'): string =>
  element('text', { x, y, class: kind, 'text-anchor': anchor }, escaped(content));

/** Colours for a light and for a dark page. The picture brings its ground along, as a page may be darker than its reader's system. */
const STYLE = `
  svg { --ground: #ffffff; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --ours: #0969da; --other: #afb8c1; }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #0d1117; --ink: #f0f6fc; --soft: #9198a1; --line: #3d444d; --ours: #4493f8; --other: #656c76; }
  }
  text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: var(--ink); }
  .title { font-weight: 600; font-size: 15px; }
  .note { fill: var(--soft); font-size: 12px; }
  .ground { fill: var(--ground); }
  .axis { stroke: var(--line); stroke-width: 1; }
  .bar.ours, .dot { fill: var(--ours); }
  .bar.other { fill: var(--other); }
  .curve { fill: none; stroke: var(--ours); stroke-width: 2; }
  .strong { font-weight: 600; }`;

/** A whole picture. @param title what it shows, for those who do not see it */
export const picture = (width: number, height: number, title: string, ...children: readonly string[]): string => {
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
  };
  const ground = element('rect', { class: 'ground', width, height, rx: 6 });
  const style = `<style>${STYLE}\n</style>`;
  return `${element('svg', attributes, `<title>${escaped(title)}</title>`, style, ground, ...children)}\n`;
};

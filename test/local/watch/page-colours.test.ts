import { readFileSync } from 'node:fs';
import { expect } from 'chai';

const STYLES = readFileSync(new URL('../../../local/watch/page/page.css', import.meta.url), 'utf8');
const [light, dark] = [...STYLES.matchAll(/:root \{([^}]*)\}/g)].map(
  ([, block]) =>
    new Map([...block!.matchAll(/--([\w-]+): (#[\da-f]{6});/g)].map(([, name, colour]) => [name!, colour!])),
);

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
const luminanceOf = (colour: string): number => {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
};

/** From 1 to 21. https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
const contrastOf = (one: string, other: string): number => {
  const [less, more] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => a - b);
  return (more! + 0.05) / (less! + 0.05);
};

describe('the colours of the live page', () => {
  for (const [scheme, colours] of Object.entries({ light, dark })) {
    const expectAtLeast = (least: number, names: readonly string[], papers: readonly string[]): void => {
      for (const name of names)
        for (const paper of papers) {
          const contrast = contrastOf(colours!.get(name)!, colours!.get(paper)!);
          expect(contrast, `${name} on ${paper}`).to.be.at.least(least);
        }
    };

    // https://www.w3.org/TR/WCAG22/#contrast-minimum
    it(`can be read as text in the ${scheme}`, () => {
      expectAtLeast(4.5, ['ink', 'quiet', 'accent', 'bad'], ['card', 'paper']);
      expectAtLeast(4.5, ['bad'], ['bad-paper']);
    });

    // https://www.w3.org/TR/WCAG22/#non-text-contrast
    it(`show arrows, lines, bars and the borders of fields in the ${scheme}`, () => {
      expectAtLeast(3, ['edge', 'good', 'c0', 'c1', 'c2', 'c3', 'c4'], ['card', 'paper']);
    });
  }
});

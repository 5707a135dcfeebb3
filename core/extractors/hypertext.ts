/**
 * The text of HTML as social networks send it: `<br>`, paragraphs and items of lists begin a line, other tags are taken out, and the five
 * entities of XML are characters again. https://www.w3.org/TR/xml/#sec-predefined-ent
 */
export const textOfHtml = (html: string): string =>
  html
    .replace(BLOCKS, '\n')
    .replace(/<br ?\/?>/g, '\n')
    .replace(/<[^<>]*>/g, '')
    .trim()
    .replace(/&(?:amp|lt|gt|quot|apos|#39);/g, (entity) => ENTITIES[entity] ?? entity);

/** Where blocks of text begin and end. */
const BLOCKS = /(?:<\/?(?:p|ul|ol|li|blockquote|pre|div|h[1-6])(?: [^<>]*)?>){1,8}/g;

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&#39;': "'",
};

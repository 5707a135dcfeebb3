/**
 * The text of HTML as social networks send it: `<br>` and the next paragraph begin a line, other tags are taken out, and the five
 * entities of XML are characters again. https://www.w3.org/TR/xml/#sec-predefined-ent
 */
export const textOfHtml = (html: string): string =>
  html
    .replace(/<br ?\/?>|<\/p><p>/g, '\n')
    .replace(/<[^<>]*>/g, '')
    .replace(/&(?:amp|lt|gt|quot|apos|#39);/g, (entity) => ENTITIES[entity] ?? entity);

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&#39;': "'",
};

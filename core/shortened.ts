/** A text of at most so many UTF-16 code units. What is longer ends in `…`, and never with half a surrogate pair. */
export const shortened = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')}…`;

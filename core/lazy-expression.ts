/**
 * A regular expression that is made when it is first used: to read one with classes of Unicode takes up to a millisecond, and no start of a
 * function needs it. One that is written as such is read with its file, wherever it stands.
 *
 * @example
 * const DIGITS = lazyExpression(String.raw`\p{Nd}+`, 'u');
 * DIGITS().test('٣');
 */
export const lazyExpression = (source: string, flags: string): (() => RegExp) => {
  let expression: RegExp | undefined;
  return () => {
    expression ??= new RegExp(source, flags);
    return expression;
  };
};

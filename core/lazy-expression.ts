/**
 * A regular expression that is made when it is first used: to read one with classes of Unicode takes up to a millisecond, and no start of a
 * function needs it. esbuild has one that is written as such made when its file is loaded or, within a function, at each call.
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

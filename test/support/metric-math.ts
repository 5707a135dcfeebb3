/** Those of metric math that are known, with as many parameters as they take. */
const FUNCTIONS: Readonly<Record<string, (...values: number[]) => number>> = {
  FILL: (value: number, instead: number) => (Number.isNaN(value) ? instead : value),
  IF: (condition: number, then: number, otherwise: number) => {
    if (Number.isNaN(condition)) return Number.NaN;
    return condition === 0 ? otherwise : then;
  },
};

/**
 * The value of an expression of numbers, names, `+ - * / ==`, parentheses, FILL and IF: the part of CloudWatch's metric math
 * that the template's alarms use. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 *
 * @param values of each metric; NaN where it has no data in this period
 * @returns NaN where the result is missing, as where CloudWatch divides by zero
 * @throws {Error} naming what is not known
 */
export const calculate = (expression: string, values: Readonly<Record<string, number>>): number => {
  const tokens = expression.match(/\d+(?:\.\d+)?|[a-zA-Z]\w*|==|\S/g) ?? [];
  const take = (expected: string): void => {
    const token = tokens.shift() ?? 'its end';
    if (token !== expected) throw new Error(`${expression}: ${token} is not expected; expected ${expected}`);
  };
  const argumentsOf = (count: number): number[] => {
    take('(');
    const found = Array.from({ length: count }, (_, index) => {
      if (index > 0) take(',');
      return comparison();
    });
    take(')');
    return found;
  };
  const factor = (): number => {
    const token = tokens.shift() ?? 'its end';
    if (token === '(') {
      const inner = comparison();
      take(')');
      return inner;
    }
    const known = FUNCTIONS[token];
    if (known) return known(...argumentsOf(known.length));
    const value = /^\d/.test(token) ? Number(token) : values[token];
    if (value === undefined) throw new Error(`${expression}: ${token} is not known`);
    return value;
  };
  const product = (): number => {
    let value = factor();
    while (tokens[0] === '*' || tokens[0] === '/') value = tokens.shift() === '*' ? value * factor() : value / factor();
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (tokens[0] === '+' || tokens[0] === '-')
      value = tokens.shift() === '+' ? value + product() : value - product();
    return value;
  };
  const comparison = (): number => {
    const left = sum();
    if (tokens[0] !== '==') return left;
    tokens.shift();
    const right = sum();
    return Number.isNaN(left + right) ? Number.NaN : Number(left === right);
  };
  const value = comparison();
  if (tokens.length > 0) throw new Error(`${expression}: ${tokens[0]} is not expected`);
  return Number.isFinite(value) ? value : Number.NaN;
};

/**
 * The value of an expression of numbers, names, `+ - * /` and parentheses: the part of CloudWatch's metric math that the
 * template's alarms use. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 *
 * @throws {Error} naming what is not known
 */
export const calculate = (expression: string, values: Readonly<Record<string, number>>): number => {
  const tokens = expression.match(/\d+(?:\.\d+)?|[a-z]\w*|\S/g) ?? [];
  const factor = (): number => {
    const token = tokens.shift() ?? 'its end';
    if (token === '(') {
      const inner = sum();
      if (tokens.shift() !== ')') throw new Error(`${expression}: a parenthesis is not closed`);
      return inner;
    }
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
  const value = sum();
  if (tokens.length > 0) throw new Error(`${expression}: ${tokens[0]} is not expected`);
  return value;
};

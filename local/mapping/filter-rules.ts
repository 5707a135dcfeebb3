import type { JsonObject, JsonValue } from '../../core/json.ts';

/** A value that a rule can look at. */
export type Leaf = Exclude<JsonValue, JsonValue[] | JsonObject>;

/** One rule of a field: the field is absent, or one of its values fits. */
export type Rule = 'absent' | ((leaf: Leaf) => boolean);

/**
 * Reads one rule of a pattern, such as `"x"` or `{"prefix": "x"}`.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
 *
 * @returns the rule, or what was expected instead
 */
export const readRule = (rule: unknown): Rule | { expected: string } => {
  if (Array.isArray(rule)) return { expected: 'a value or an operator' };
  if (typeof rule !== 'object' || rule === null) return (leaf) => leaf === rule;
  const [[operator, operand] = ['', null], ...others] = Object.entries(rule);
  const known = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (!known || others.length > 0) return { expected: `one of ${Object.keys(OPERATORS).join(', ')}` };
  return known.read(operand) ?? { expected: known.operand };
};

interface Operator {
  /** Undefined where the operand is not valid. */
  read: (operand: unknown) => Rule | undefined;
  /** What it takes, for a message. */
  operand: string;
}

const onText = (fits: (leaf: string, operand: string) => boolean): Operator => ({
  operand: 'a text',
  read: (operand) =>
    typeof operand === 'string' ? (leaf) => typeof leaf === 'string' && fits(leaf, operand) : undefined,
});

const OPERATORS: Readonly<Record<string, Operator>> = {
  prefix: onText((leaf, start) => leaf.startsWith(start)),
  suffix: onText((leaf, end) => leaf.endsWith(end)),
  'equals-ignore-case': onText((leaf, text) => leaf.toLowerCase() === text.toLowerCase()),
  exists: {
    operand: 'true or false',
    read: (operand) => (typeof operand === 'boolean' ? (operand ? () => true : 'absent') : undefined),
  },
  'anything-but': {
    operand: 'a text, a number, or a list of only texts or only numbers',
    read: (operand) => {
      const excluded: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
      const types = new Set(excluded.map((one) => typeof one));
      const isValid = types.size === 1 && (types.has('string') || types.has('number'));
      return isValid ? (leaf) => !excluded.includes(leaf) : undefined;
    },
  },
  numeric: {
    operand: 'a list such as ["=", 1] or [">", 0, "<=", 5]',
    read: (operand) => {
      const comparisons = Array.isArray(operand) ? comparisonsOf(operand) : undefined;
      return comparisons && ((leaf) => typeof leaf === 'number' && comparisons.every((holds) => holds(leaf)));
    },
  },
};

type Comparison = (value: number) => boolean;

const COMPARISONS: Readonly<Record<string, (limit: number) => Comparison>> = {
  '=': (limit) => (value) => value === limit,
  '<': (limit) => (value) => value < limit,
  '<=': (limit) => (value) => value <= limit,
  '>': (limit) => (value) => value > limit,
  '>=': (limit) => (value) => value >= limit,
};

/** One comparison, or the two ends of a range. */
const comparisonsOf = ([first, from, second, to, ...others]: readonly unknown[]): Comparison[] | undefined => {
  if (others.length > 0 || typeof first !== 'string' || typeof from !== 'number') return undefined;
  const lower = COMPARISONS[first]?.(from);
  if (!lower) return undefined;
  if (second === undefined) return [lower];
  if (!first.startsWith('>') || typeof second !== 'string' || !second.startsWith('<')) return undefined;
  const upper = typeof to === 'number' && to > from ? COMPARISONS[second]?.(to) : undefined;
  return upper && [lower, upper];
};

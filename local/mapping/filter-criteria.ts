import { TemplateError } from '../template/template.ts';

/** Whether a record goes to the function, by its data as it lies on the stream. */
export type RecordFilter = (data: Uint8Array) => boolean;

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html */
const MAX_PATTERNS = 5;
const MAX_PATTERN_CHARACTERS = 4_096;

/**
 * Reads the patterns of a FilterCriteria. A record goes to the function where one of them matches its data; data that is not
 * JSON matches none. An aggregated record is not JSON, nor are JSON Lines, so a filter drops all of their events, here as on AWS.
 *
 * @param patterns each in JSON, an object whose one field is `data`
 * @throws {TemplateError} naming everything in the patterns that Lambda would refuse
 */
export const compileFilters = (patterns: readonly string[]): RecordFilter => {
  const problems: string[] = [];
  if (patterns.length > MAX_PATTERNS)
    problems.push(`FilterCriteria has ${patterns.length} filters; expected at most ${MAX_PATTERNS}`);
  const matchers = patterns.map((pattern, index) =>
    compilePattern(pattern, (problem) => problems.push(`filter ${index + 1}: ${problem}`)),
  );
  if (problems.length > 0) throw new TemplateError(problems.join('; '));
  return (data) => {
    const value = jsonOf(data);
    return value !== undefined && matchers.some((matches) => matches({ data: value }));
  };
};

type Json = string | number | boolean | null | Json[] | JsonObject;
type JsonObject = { [name: string]: Json };
type Matcher = (value: Json | undefined) => boolean;
type Report = (problem: string) => void;

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

const jsonOf = (data: Uint8Array): Json | undefined => {
  try {
    return JSON.parse(UTF_8.decode(data));
  } catch {
    return undefined;
  }
};

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const compilePattern = (text: string, report: Report): Matcher => {
  if (text.length > MAX_PATTERN_CHARACTERS)
    report(`the pattern has ${text.length} characters; expected at most ${MAX_PATTERN_CHARACTERS}`);
  let pattern: Json;
  try {
    pattern = JSON.parse(text);
  } catch {
    report(`the pattern ${text} is not JSON`);
    return never;
  }
  if (!isObject(pattern)) {
    report(`the pattern is ${text}; expected an object with the field data`);
    return never;
  }
  const others = fieldsAtTop(pattern).filter((name) => name !== 'data');
  // https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html
  if (others.length > 0)
    report(`the pattern names ${others.join(', ')}; of a Kinesis record only data can be filtered`);
  const matches = compileFields(pattern, '', report);
  return (value) => value !== undefined && matches(value);
};

/** `$or` is no field itself: its alternatives hold fields. */
const fieldsAtTop = (pattern: JsonObject): string[] =>
  Object.entries(pattern).flatMap(([name, value]) =>
    name === '$or' && Array.isArray(value) ? value.filter(isObject).flatMap(fieldsAtTop) : [name],
  );

const never: Matcher = () => false;

/** All fields must match, each in the same object. */
const compileFields = (pattern: JsonObject, path: string, report: Report): ((value: Json) => boolean) => {
  const entries = Object.entries(pattern);
  if (entries.length === 0) report(`${path || 'the pattern'} is empty; expected a field and its rules`);
  const fields = entries.map(([name, rules]) => {
    const at = path === '' ? name : `${path}.${name}`;
    if (name === '$or' && Array.isArray(rules)) {
      const alternatives = rules.map((alternative) => {
        if (isObject(alternative)) return compileFields(alternative, path, report);
        report(`${at} holds ${JSON.stringify(alternative)}; expected objects`);
        return never;
      });
      if (rules.length < 2) report(`${at} has ${rules.length} alternatives; expected at least two`);
      return (object: JsonObject) => alternatives.some((matches) => matches(object));
    }
    const matches = compileField(rules, at, report);
    return (object: JsonObject) => matches(Object.hasOwn(object, name) ? object[name] : undefined);
  });
  // Of an array of objects one has to match as a whole.
  const matchesObject = (value: Json): boolean => {
    if (Array.isArray(value)) return value.some(matchesObject);
    return isObject(value) && fields.every((matches) => matches(value));
  };
  return matchesObject;
};

const compileField = (rules: Json, path: string, report: Report): Matcher => {
  if (isObject(rules)) {
    const matches = compileFields(rules, path, report);
    // What is not there has no fields, so that `exists: false` holds for each of them.
    return (value) => matches(isObject(value) || Array.isArray(value) ? value : {});
  }
  if (!Array.isArray(rules) || rules.length === 0) {
    report(`${path} is ${JSON.stringify(rules)}; expected a list of rules, or an object`);
    return never;
  }
  const compiled = rules.map((rule) => compileRule(rule, path, report));
  return (value) => compiled.some((matches) => matches(value));
};

/** The values of a field: a list stands for each of its elements, and an object has none. */
const leavesOf = (value: Json | undefined): (string | number | boolean | null)[] => {
  if (value === undefined || isObject(value)) return [];
  return Array.isArray(value) ? value.flatMap(leavesOf) : [value];
};

const anyLeaf =
  (matches: (leaf: string | number | boolean | null) => boolean): Matcher =>
  (value) =>
    leavesOf(value).some(matches);

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax */
const compileRule = (rule: Json, path: string, report: Report): Matcher => {
  if (!isObject(rule)) {
    if (Array.isArray(rule)) report(`${path} has the rule ${JSON.stringify(rule)}; expected a value or an operator`);
    return anyLeaf((leaf) => leaf === rule);
  }
  const [[operator, operand] = ['', null], ...others] = Object.entries(rule);
  const compile = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (!compile || others.length > 0) {
    report(`${path} has the rule ${JSON.stringify(rule)}; expected one of ${Object.keys(OPERATORS).join(', ')}`);
    return never;
  }
  const matches = compile(operand);
  if (!matches) report(`${path} has the rule ${JSON.stringify(rule)}; expected ${OPERANDS[operator]}`);
  return matches ?? never;
};

const OPERANDS: Record<string, string> = {
  prefix: 'a text',
  suffix: 'a text',
  'equals-ignore-case': 'a text',
  exists: 'true or false',
  'anything-but': 'a text, a number or a list of them',
  numeric: 'a list such as ["=", 1] or [">", 0, "<=", 5]',
};

const onText =
  (matches: (leaf: string, operand: string) => boolean) =>
  (operand: Json): Matcher | undefined =>
    typeof operand === 'string' ? anyLeaf((leaf) => typeof leaf === 'string' && matches(leaf, operand)) : undefined;

/** Undefined where the operand is none. */
const OPERATORS: Record<string, (operand: Json) => Matcher | undefined> = {
  prefix: onText((leaf, start) => leaf.startsWith(start)),
  suffix: onText((leaf, end) => leaf.endsWith(end)),
  'equals-ignore-case': onText((leaf, text) => leaf.toLowerCase() === text.toLowerCase()),
  exists: (operand) => (typeof operand === 'boolean' ? (value) => leavesOf(value).length > 0 === operand : undefined),
  'anything-but': (operand) => {
    const excluded: readonly Json[] = Array.isArray(operand) ? operand : [operand];
    const isValid = excluded.length > 0 && excluded.every((one) => typeof one === 'string' || typeof one === 'number');
    return isValid ? anyLeaf((leaf) => !(excluded as readonly Json[]).includes(leaf)) : undefined;
  },
  numeric: (operand) => {
    if (!Array.isArray(operand)) return undefined;
    const comparisons = comparisonsOf(operand);
    return comparisons && anyLeaf((leaf) => typeof leaf === 'number' && comparisons.every((holds) => holds(leaf)));
  },
};

type Comparison = (value: number) => boolean;

const COMPARISONS: Record<string, (limit: number) => Comparison> = {
  '=': (limit) => (value) => value === limit,
  '<': (limit) => (value) => value < limit,
  '<=': (limit) => (value) => value <= limit,
  '>': (limit) => (value) => value > limit,
  '>=': (limit) => (value) => value >= limit,
};

/** One comparison, or the two ends of a range. */
const comparisonsOf = ([first, from, second, to, ...others]: Json[]): Comparison[] | undefined => {
  if (others.length > 0 || typeof first !== 'string' || typeof from !== 'number') return undefined;
  const lower = COMPARISONS[first]?.(from);
  if (!lower) return undefined;
  if (second === undefined) return [lower];
  if (!first.startsWith('>') || typeof second !== 'string' || !second.startsWith('<')) return undefined;
  const upper = typeof to === 'number' && to > from ? COMPARISONS[second]?.(to) : undefined;
  return upper && [lower, upper];
};

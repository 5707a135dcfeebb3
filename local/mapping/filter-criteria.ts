import { isObject, type JsonObject, type JsonValue, parsedJson } from '../../core/json.ts';
import { TemplateError } from '../template/template.ts';
import {
  arraysOf,
  type FieldValue,
  fieldsOf,
  isShared,
  liesWithin,
  type UsedElements,
  usedWith,
} from './filter-fields.ts';
import { type Rule, readRule } from './filter-rules.ts';
import type { StreamSource } from './stream-record.ts';

/**
 * Whether a record goes to the function. It is given the record's data as it lies on the stream; of the change stream of a
 * table that is the whole record.
 */
export type RecordFilter = (data: Uint8Array) => boolean;

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html */
const MAX_PATTERNS = 5;
const MAX_PATTERN_CHARACTERS = 4_096;

/** Combinations of `$or`. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
const MAX_COMBINATIONS = 1_000;

/**
 * What patterns may name.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
 */
const FIELDS = {
  Kinesis: ['data'],
  DynamoDB: 'dynamodb eventName userIdentity eventID eventVersion eventSource eventSourceARN awsRegion'.split(' '),
};

/** Names that the engine does not take for fields inside `$or`. https://github.com/aws/event-ruler */
const RESERVED_IN_OR = new Set(
  'exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >= regex'.split(' '),
);

/**
 * Reads the patterns of a FilterCriteria. A record goes to the function where one of them matches; data that is not JSON
 * matches none of them. An aggregated record is not JSON, nor are JSON Lines, so a filter drops all of their events, here
 * as on AWS. It agrees with EventBridge's engine, which Lambda uses: https://github.com/aws/event-ruler
 *
 * @param patterns each in JSON: for Kinesis an object whose only field is `data`, for DynamoDB one with fields of a change record
 * @throws {TemplateError} naming everything in the patterns that Lambda would refuse
 */
export const compileFilters = (patterns: readonly string[], kind: StreamSource['kind'] = 'Kinesis'): RecordFilter => {
  const problems: string[] = [];
  if (patterns.length > MAX_PATTERNS)
    problems.push(`FilterCriteria has ${patterns.length} filters; expected at most ${MAX_PATTERNS}`);
  const combinations = patterns.flatMap((pattern, index) =>
    new PatternReader(kind, (problem) => problems.push(`filter ${index + 1}: ${problem}`)).read(pattern),
  );
  if (problems.length > 0) throw new TemplateError(problems.join('; '));
  const matchers = combinations.map(matcherOf);
  const paths = new Set(combinations.flatMap((rules) => [...rules.keys()]).flatMap(prefixesOf));
  return (data) => {
    const value = jsonOf(data);
    if (value === undefined) return false;
    const record = kind === 'Kinesis' ? { data: value } : value;
    const fields = fieldsOf(isObject(record) ? record : {}, paths);
    return matchers.some((matches) => matches(fields));
  };
};

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

const jsonOf = (data: Uint8Array): JsonValue | undefined => {
  try {
    return JSON.parse(UTF_8.decode(data));
  } catch {
    return undefined;
  }
};

/** `a.b.c` and everything before its dots. */
const prefixesOf = (path: string): string[] => {
  const names = path.split('.');
  return names.map((_, index) => names.slice(0, index + 1).join('.'));
};

/** The rules of each path, all of which have to hold. */
type Rules = ReadonlyMap<string, readonly Rule[]>;

/**
 * All paths must match, each by one of its values. Values of two paths that lie in one array have to lie in the same element.
 * A path is absent where it has no value there. Paths are taken in the order of their names, as the engine does: an absent
 * path looks at the elements that the paths before it have used.
 */
const matcherOf = (rules: Rules): ((fields: ReadonlyMap<string, readonly FieldValue[]>) => boolean) => {
  const paths = [...rules].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return (fields) => {
    let arrays: ReadonlySet<object>[] | undefined;
    const matchFrom = (index: number, used: UsedElements): boolean => {
      if (index === paths.length) return true;
      const [path, alternatives] = paths[index]!;
      const values = (fields.get(path) ?? []).filter((value) => liesWithin(value, used));
      if (values.length === 0) return alternatives.includes('absent') && matchFrom(index + 1, used);
      const fitting = values.filter(({ leaf }) => alternatives.some((rule) => rule !== 'absent' && rule(leaf)));
      if (fitting.length === 0) return false;
      arrays ??= paths.map(([name]) => arraysOf(fields.get(name)));
      const later = arrays.slice(index + 1);
      // Values whose arrays hold nothing of the paths behind it lead to the same end.
      const ways = new Set(fitting.map((value) => (isShared(value, used, later) ? usedWith(value, used) : used)));
      return [...ways].some((usedThen) => matchFrom(index + 1, usedThen));
    };
    return matchFrom(0, new Map());
  };
};

/** Reads one pattern, and reports what is wrong with it. */
class PatternReader {
  readonly #kind: StreamSource['kind'];
  readonly #report: (problem: string) => void;
  /** Every combination of `$or` alternatives so far. */
  #combinations: Map<string, readonly Rule[]>[] = [new Map()];

  constructor(kind: StreamSource['kind'], report: (problem: string) => void) {
    this.#kind = kind;
    this.#report = report;
  }

  read(text: string): Rules[] {
    if (text.length > MAX_PATTERN_CHARACTERS)
      this.#report(`the pattern has ${text.length} characters; expected at most ${MAX_PATTERN_CHARACTERS}`);
    const pattern: unknown = parsedJson(text);
    if (pattern === undefined) {
      this.#report(`the pattern ${text} is not JSON`);
      return [];
    }
    if (!isObject(pattern)) {
      this.#report(
        `the pattern is ${text}; expected an object with the field ${this.#kind === 'Kinesis' ? 'data' : 'dynamodb or eventName'}`,
      );
      return [];
    }
    this.#readFields(pattern, '', false);
    const names = this.#combinations.flatMap((rules) => [...rules.keys()]).map((path) => path.split('.')[0]!);
    const others = [...new Set(names)].filter((name) => !FIELDS[this.#kind].includes(name));
    if (others.length > 0)
      this.#report(
        `the pattern names ${others.join(', ')}; of a ${this.#kind} record only ${FIELDS[this.#kind].join(', ')} can be filtered`,
      );
    return this.#combinations;
  }

  #readFields(pattern: JsonObject, path: string, isInOr: boolean): void {
    const entries = Object.entries(pattern);
    if (entries.length === 0) this.#report(`${path || 'the pattern'} is empty; expected a field and its rules`);
    for (const [name, rules] of entries) {
      const inner = path === '' ? name : `${path}.${name}`;
      if (name === '$or') this.#readAlternatives(rules, path, inner);
      else if (isInOr && RESERVED_IN_OR.has(name))
        this.#report(`${inner} is the name of an operator; expected a field`);
      else if (isObject(rules)) this.#readFields(rules, inner, isInOr);
      else this.#readRules(rules, inner);
    }
  }

  /** A field that was given before is overwritten, also where it was outside of `$or` before. */
  #readRules(rules: JsonValue | undefined, path: string): void {
    if (!Array.isArray(rules) || rules.length === 0) {
      this.#report(`${path} is ${JSON.stringify(rules)}; expected a list of rules, or an object`);
      return;
    }
    const read = rules.flatMap((rule) => {
      const found = readRule(rule);
      if (typeof found !== 'object') return [found];
      this.#report(`${path} has the rule ${JSON.stringify(rule)}; expected ${found.expected}`);
      return [];
    });
    for (const combination of this.#combinations) combination.set(path, read);
  }

  #readAlternatives(alternatives: JsonValue | undefined, path: string, name: string): void {
    if (!Array.isArray(alternatives) || alternatives.length < 2) {
      this.#report(`${name} is ${JSON.stringify(alternatives)}; expected a list of at least two objects`);
      return;
    }
    const before = this.#combinations;
    if (before.length * alternatives.length > MAX_COMBINATIONS) {
      this.#report(`${name} makes more than ${MAX_COMBINATIONS} combinations`);
      return;
    }
    this.#combinations = alternatives.flatMap((alternative) => {
      this.#combinations = before.map((rules) => new Map(rules));
      if (isObject(alternative)) this.#readFields(alternative, path, true);
      else this.#report(`${name} holds ${JSON.stringify(alternative)}; expected objects`);
      return this.#combinations;
    });
  }
}

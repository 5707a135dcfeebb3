import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Leaf } from './filter-rules.ts';

/** The element of an array that a value lies in, and the same for the arrays around that one. */
interface Place {
  array: object;
  index: number;
  outer: Place | undefined;
}

/** One value of a field. */
export interface FieldValue {
  leaf: Leaf;
  place: Place | undefined;
}

/** Which element of each array a match has used so far. */
export type UsedElements = ReadonlyMap<object, number>;

/**
 * The values of an event by their paths. Names are joined with dots, and so `{"a.b": 1}` and `{"a": {"b": 1}}` are the same.
 * An array adds nothing to a path: each of its elements is a value of the field. What is empty has no values.
 *
 * @param paths those that are needed, and everything before their dots
 */
export const fieldsOf = (event: JsonObject, paths: ReadonlySet<string>): Map<string, FieldValue[]> => {
  const fields = new Map<string, FieldValue[]>();
  const open: { value: JsonValue; path: string; place: Place | undefined }[] = [
    { value: event, path: '', place: undefined },
  ];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, path, place } = next;
    if (Array.isArray(value))
      for (const [index, element] of value.entries()) {
        const isLeaf = typeof element !== 'object' || element === null;
        open.push({ value: element, path, place: isLeaf ? place : { array: value, index, outer: place } });
      }
    else if (isObject(value))
      for (const [name, field] of Object.entries(value)) {
        const inner = path === '' ? name : `${path}.${name}`;
        if (paths.has(inner)) open.push({ value: field, path: inner, place });
      }
    else {
      const values = fields.get(path);
      if (values) values.push({ leaf: value, place });
      else fields.set(path, [{ leaf: value, place }]);
    }
  }
  return fields;
};

/** The elements used once this value is used too. Undefined where the match has used another element of one of its arrays. */
export const usedWith = ({ place }: FieldValue, used: UsedElements): UsedElements | undefined => {
  let all: Map<object, number> | undefined;
  for (let at = place; at; at = at.outer) {
    const before = used.get(at.array);
    if (before === undefined) {
      all ??= new Map(used);
      all.set(at.array, at.index);
    } else if (before !== at.index) return undefined;
  }
  return all ?? used;
};

/** The arrays that values lie in. */
export const arraysOf = (values: readonly FieldValue[] = []): ReadonlySet<object> => {
  const arrays = new Set<object>();
  for (const { place } of values) for (let at = place; at && !arrays.has(at.array); at = at.outer) arrays.add(at.array);
  return arrays;
};

/** Whether a value lies in an array of others, of which no element is used yet. */
export const isShared = (
  { place }: FieldValue,
  used: UsedElements,
  others: readonly ReadonlySet<object>[],
): boolean => {
  for (let at = place; at; at = at.outer) {
    const { array } = at;
    if (!used.has(array) && others.some((arrays) => arrays.has(array))) return true;
  }
  return false;
};

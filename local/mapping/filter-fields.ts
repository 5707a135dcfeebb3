import { appendTo } from '../../core/append-to.ts';
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
  const open: OpenValue[] = [{ value: event, path: '', place: undefined }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, path, place } = next;
    if (Array.isArray(value)) openElements(value, next, open);
    else if (isObject(value)) openFields(value, next, paths, open);
    else appendTo(fields, path, { leaf: value, place });
  }
  return fields;
};

interface OpenValue {
  value: JsonValue;
  path: string;
  place: Place | undefined;
}

const openElements = (array: JsonValue[], { path, place }: OpenValue, open: OpenValue[]): void => {
  for (const [index, element] of array.entries()) {
    const isLeaf = typeof element !== 'object' || element === null;
    open.push({ value: element, path, place: isLeaf ? place : { array, index, outer: place } });
  }
};

const openFields = (
  object: JsonObject,
  { path, place }: OpenValue,
  paths: ReadonlySet<string>,
  open: OpenValue[],
): void => {
  for (const [name, field] of Object.entries(object)) {
    const inner = path === '' ? name : `${path}.${name}`;
    if (paths.has(inner)) open.push({ value: field, path: inner, place });
  }
};

/** Whether a match that has used elements of the arrays around a value has used those in which it lies. */
export const liesWithin = ({ place }: FieldValue, used: UsedElements): boolean => {
  for (let at = place; at; at = at.outer) if ((used.get(at.array) ?? at.index) !== at.index) return false;
  return true;
};

/** The elements used once this value is used too. */
export const usedWith = ({ place }: FieldValue, used: UsedElements): UsedElements => {
  const all = new Map(used);
  for (let at = place; at; at = at.outer) all.set(at.array, at.index);
  return all;
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

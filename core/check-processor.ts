import { isObject, isText, kindOf } from './json.ts';
import { type Processor, type Rollup, WINDOWS } from './processor.ts';
import type { Shape } from './shapes/shape.ts';

/** A processor that cannot be used. `message` names everything that is wrong with it. */
export class ProcessorError extends Error {
  override readonly name = 'ProcessorError';
}

const ROLLUP_NAME = /^[\w-]{1,64}$/;

/**
 * Checks a processor when it is loaded, also what its type demands: a command takes it before anybody has checked the types.
 *
 * @param name of the processor, for the message
 * @throws {ProcessorError} with every problem at once
 */
export const checkProcessor = (name: string, processor: Processor): void => {
  const { shapes, process, newest = false, rollups = [] } = processor;
  const problems = strangersIn(processor, PARTS).map((part) => `it has "${part}"; expected ${PARTS.join(', ')}`);
  problems.push(...problemsOfShapes(shapes));
  if (process !== undefined && typeof process !== 'function')
    problems.push(`its process is ${kindOf(process)}; expected a function of a row`);
  if (typeof newest !== 'boolean') problems.push(`its newest is ${kindOf(newest)}; expected true or false`);
  problems.push(...problemsOfRollups(rollups));
  if (problems.length > 0) throw new ProcessorError(`the processor "${name}" cannot be used: ${problems.join('; ')}`);
};

// Where a list has a comma too many it has a hole, of which flatMap would know nothing. A copy has none.
const problemsOfShapes = (shapes: Processor['shapes']): string[] =>
  Array.isArray(shapes) && shapes.length > 0
    ? [...shapes].flatMap(problemsOfShape)
    : ['it has no shapes; expected at least one'];

const problemsOfShape = (shape: Shape): string[] => {
  if (!isObject(shape)) return [`a shape is ${kindOf(shape)}; expected an object`];
  const { name } = shape;
  if (!isText(name)) return [`a shape has as its name ${kindOf(name)}; expected a text that is not empty`];
  return [
    ...strangersIn(shape, SHAPE_PARTS).map(
      (part) => `the shape of ${name} has "${part}"; expected ${SHAPE_PARTS.join(', ')}`,
    ),
    ...(['matches', 'partitionKey', 'toRow'] as const)
      .filter((part) => typeof shape[part] !== 'function')
      .map((part) => `the shape of ${name} has no "${part}"; expected a function of JSON`),
  ];
};

const problemsOfRollups = (rollups: readonly Rollup[]): string[] => {
  if (!Array.isArray(rollups)) return [`its rollups are ${kindOf(rollups)}; expected a list`];
  const names = new Set<string>();
  return [...(rollups as Rollup[])].flatMap((rollup) => {
    const isTaken = isObject(rollup) && names.has(rollup.name);
    names.add(rollup?.name);
    const problems = problemsOfRollup(rollup);
    return isTaken ? [`two rollups are named "${rollup.name}"; expected a name for each`, ...problems] : problems;
  });
};

const problemsOfRollup = (rollup: Rollup): string[] => {
  if (!isObject(rollup)) return [`a rollup is ${kindOf(rollup)}; expected an object`];
  const { name, every, version = 1, of } = rollup;
  const problems = strangersIn(rollup, ROLLUP_PARTS).map(
    (part) => `the rollup "${name}" has "${part}"; expected ${ROLLUP_PARTS.join(', ')}`,
  );
  if (!isText(name) || !ROLLUP_NAME.test(name))
    problems.push(`a rollup is named ${JSON.stringify(name)}; expected 1 to 64 letters, digits, "-" or "_"`);
  if (!Number.isSafeInteger(version) || version < 1)
    problems.push(`the rollup "${name}" has the version ${JSON.stringify(version)}; expected a whole number from 1`);
  if (!WINDOWS.includes(every))
    problems.push(`the rollup "${name}" has the window "${every}"; expected ${WINDOWS.join(', ')}`);
  if (typeof of !== 'function') problems.push(`the rollup "${name}" has no "of"; expected a function of a row`);
  return problems;
};

const SHAPE_PARTS: readonly (keyof Shape)[] = ['name', 'matches', 'partitionKey', 'takesTextsOnly', 'toRow'];
const PARTS: readonly (keyof Processor)[] = ['shapes', 'process', 'newest', 'rollups'];
const ROLLUP_PARTS: readonly (keyof Rollup)[] = ['name', 'every', 'version', 'of'];

/** What an object has and nothing reads, such as a name that was misspelt. */
const strangersIn = (object: object, parts: readonly string[]): string[] =>
  Object.keys(object).filter((part) => !parts.includes(part));

/** An object whose undefined properties are left out. */
export type Defined<T> = {
  [name in keyof T as undefined extends T[name] ? never : name]: T[name];
} & {
  [name in keyof T as undefined extends T[name] ? name : never]?: Exclude<T[name], undefined>;
};

/**
 * Leaves out the properties that are undefined: a setting that was not given is absent, so that a default can take its place.
 *
 * @example
 * const settings: Settings = { stream, ...defined({ max, spool }) };
 */
export const defined = <T extends object>(properties: T): Defined<T> =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as Defined<T>;

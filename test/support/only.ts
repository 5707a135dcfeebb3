/** As much of an object as another one names. */
export const only = <Whole extends object>(whole: Whole, names: object): Partial<Whole> =>
  Object.fromEntries(Object.keys(names).map((name) => [name, whole[name as keyof Whole]])) as Partial<Whole>;

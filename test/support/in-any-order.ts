/** The values sorted by their JSON: for comparing many, which `deep.members` does pair by pair. */
export const inAnyOrder = <Value>(values: readonly Value[]): Value[] =>
  values
    .map((value): [string, Value] => [JSON.stringify(value), value])
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, value]) => value);

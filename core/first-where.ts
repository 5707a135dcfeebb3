/**
 * The first whole number from 0 of which something is so, where it is so of all that follow; `count` where it is so of none below that.
 * Looks at few of them, by halves.
 */
export const firstWhere = (count: number, isSo: (index: number) => boolean): number => {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isSo(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
};

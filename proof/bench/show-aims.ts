import { type Aim, isMet } from './aims.ts';
import { figure, table } from './figures.ts';

export const showAims = (aims: readonly Aim[]): string[] =>
  table(
    ['', 'found', 'aim', ''],
    aims.map((aim) => [
      aim.name,
      figure(aim.found),
      aim.atLeast === undefined ? `at most ${aim.atMost}` : `at least ${aim.atLeast}`,
      isMet(aim) ? 'met' : 'not met',
    ]),
  );

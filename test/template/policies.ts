import type { Stack } from './stack.ts';

export interface Statement {
  Effect: string;
  Principal?: unknown;
  Action?: string | string[];
  NotAction?: unknown;
  Resource?: string | string[];
  NotResource?: unknown;
  NotPrincipal?: unknown;
  Condition?: unknown;
}

/** A statement, and where it stands: the logical name of its resource. */
export interface Placed {
  owner: string;
  statement: Statement;
}

/** Every statement of a stack that says what somebody may do, or who may do something, wherever it stands. */
export const statementsOf = (stack: Stack): Placed[] =>
  [...stack.resources].flatMap(([owner, { properties }]) =>
    statementsIn(properties).map((statement) => ({ owner, statement })),
  );

const statementsIn = (value: unknown): Statement[] => {
  if (typeof value !== 'object' || value === null) return [];
  if ('Effect' in value) return [value as Statement];
  return Object.values(value).flatMap(statementsIn);
};

/** Whether a statement says who may become a role: it names whom, and no resource, which is the role itself. */
export const isTrust = ({ Principal, Resource }: Statement): boolean =>
  Principal !== undefined && Resource === undefined;

/** `action on resource`, for each that a statement names. */
export const grantsOf = ({ Action = [], Resource = [] }: Statement): string[] =>
  [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} on ${resource}`));

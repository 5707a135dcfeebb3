import * as clientAccess from './rules/client-access.ts';
import * as exposure from './rules/exposure.ts';
import * as permissions from './rules/permissions.ts';
import type { Rule } from './rules/rule.ts';

/** All rules by their names. */
export const RULES = { ...permissions, ...exposure, ...clientAccess } satisfies Record<string, Rule>;

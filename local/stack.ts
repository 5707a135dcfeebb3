import { LOCAL_ACCOUNT_ID, LOCAL_REGION } from '../aws/local-stack.ts';
import type { StackParameters } from './template/parameters.ts';
import { readTemplate, type Stack, type Template } from './template/template.ts';

/** The folder of the project, with template.yaml. */
export const ROOT = new URL('../', import.meta.url);

/** The function that stores events, and the stream that it reads, by their logical names. */
export const EVENT_PROCESSOR = { function: 'DDBEventProcessor', stream: 'EventStream' };

/** The function that keeps the rollups, and their table. A stack may be without them. */
export const ROLLUPS = { function: 'EventRollups', table: 'RollupsTable' };

/** A template as one local stack has it. */
export interface LocalStack extends Stack {
  template: Template;
}

/** Reads template.yaml. @throws {TemplateError} */
export const localStack = (parameters: StackParameters = {}, name = 'local'): LocalStack => {
  const stack: Stack = { name, region: LOCAL_REGION, accountId: LOCAL_ACCOUNT_ID, parameters };
  return { ...stack, template: readTemplate(new URL('template.yaml', ROOT), stack) };
};

/** The names of a stack, as its template gives them. */
export interface StackNames {
  stream: string;
  eventDataTable: string;
  rejectedEventsTable: string;
  /** Absent where the stack has no rollups. */
  rollupsTable?: string;
  region: string;
}

/** What the stack calls its stream and its tables. */
export const namesOf = ({ template, region }: LocalStack): StackNames => ({
  stream: template.nameOf(EVENT_PROCESSOR.stream),
  eventDataTable: template.nameOf('EventDataTable'),
  rejectedEventsTable: template.nameOf('RejectedEventsTable'),
  ...(template.resources.has(ROLLUPS.table) && { rollupsTable: template.nameOf(ROLLUPS.table) }),
  region,
});

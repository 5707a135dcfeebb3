/** What a template of CloudFormation is made of. */
export type Value = string | number | boolean | null | Value[] | Fields;
export type Fields = { [name: string]: Value };

/** Those of a value that has some. */
export const fieldsOf = (value: Value | undefined): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};

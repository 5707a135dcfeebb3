import { type Fields, fieldsOf, type Value } from './fields.ts';

/** The parameters of a template that differ from their defaults. */
export type StackParameters = Readonly<Record<string, string | number>>;

/**
 * The values of a template's parameters.
 *
 * @param declared the template's Parameters
 * @param problems gets a sentence about each that CloudFormation would refuse
 */
export const parametersOf = (declared: Fields, given: StackParameters, problems: string[]): Fields => {
  const unknownNames = Object.keys(given).filter((name) => !Object.hasOwn(declared, name));
  if (unknownNames.length > 0)
    problems.push(`there is no parameter ${unknownNames.join(', ')}; expected ${Object.keys(declared).join(', ')}`);
  const values = Object.entries(declared).map(([name, declaration]) => {
    const fields = fieldsOf(declaration);
    const value = given[name] ?? fields.Default;
    if (value === undefined) problems.push(`the parameter ${name} has no default`);
    else if (!isAllowed(value, fields))
      problems.push(`the parameter ${name} is ${JSON.stringify(value)}; expected ${allowedValues(fields)}`);
    return [name, fields.Type === 'Number' ? Number(value) : value];
  });
  return Object.fromEntries(values);
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html */
const isAllowed = (
  value: Value,
  { Type, AllowedValues, AllowedPattern, MinValue, MaxValue, MaxLength }: Fields,
): boolean => {
  if (Type === 'Number' && !(String(value).trim() !== '' && Number.isFinite(Number(value)))) return false;
  if (Array.isArray(AllowedValues) && !AllowedValues.map(String).includes(String(value))) return false;
  if (AllowedPattern !== undefined && !new RegExp(`^(?:${AllowedPattern})$`).test(String(value))) return false;
  if (MinValue !== undefined && Number(value) < Number(MinValue)) return false;
  if (MaxValue !== undefined && Number(value) > Number(MaxValue)) return false;
  return MaxLength === undefined || String(value).length <= Number(MaxLength);
};

const allowedValues = ({
  Type,
  AllowedValues,
  AllowedPattern,
  MinValue,
  MaxValue,
  MaxLength,
  ConstraintDescription,
}: Fields): string => {
  if (typeof ConstraintDescription === 'string') return ConstraintDescription.replace(/^must be /, '');
  if (Array.isArray(AllowedValues)) return `one of ${AllowedValues.join(', ')}: its AllowedValues in template.yaml`;
  if (AllowedPattern !== undefined) return `a text that matches ${AllowedPattern}`;
  if (MaxLength !== undefined) return `at most ${MaxLength} characters`;
  const range = [
    ...(MinValue === undefined ? [] : [`from ${MinValue}`]),
    ...(MaxValue === undefined ? [] : [`to ${MaxValue}`]),
  ];
  return [Type === 'Number' ? 'a number' : 'a text', ...range].join(' ');
};

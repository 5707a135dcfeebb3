/** The part of JSON Schema that the tests use. https://json-schema.org/understanding-json-schema/reference */
export interface Schema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number';
  required?: readonly string[];
  properties?: Readonly<Record<string, Schema>>;
  additionalProperties?: false;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  enum?: readonly string[];
}

/** What a value breaks of a schema, each with the place. Nothing where it keeps it. */
export const violations = (schema: Schema, value: unknown, path = '$'): string[] => {
  const type = typeOf(value);
  if (schema.type !== undefined && type !== schema.type && !(schema.type === 'number' && type === 'integer'))
    return [`${path} is ${type}; expected ${schema.type}`];
  if (Array.isArray(value))
    return [
      ...sizeOf(path, 'items', value.length, schema.minItems, schema.maxItems),
      ...value.flatMap((item, index) => (schema.items ? violations(schema.items, item, `${path}[${index}]`) : [])),
    ];
  if (typeof value === 'string')
    return [
      ...sizeOf(path, 'characters', value.length, schema.minLength, schema.maxLength),
      ...(schema.enum && !schema.enum.includes(value) ? [`${path} is "${value}"; expected one of ${schema.enum}`] : []),
    ];
  if (type !== 'object') return [];
  const members = value as Record<string, unknown>;
  const { required = [], properties = {}, additionalProperties } = schema;
  return [
    ...required.filter((name) => !(name in members)).map((name) => `${path}.${name} is missing`),
    ...Object.entries(members).flatMap(([name, member]) => {
      const known = properties[name];
      if (known) return violations(known, member, `${path}.${name}`);
      return additionalProperties === false ? [`${path}.${name} is not known`] : [];
    }),
  ];
};

const typeOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
};

const sizeOf = (path: string, of: string, size: number, least = 0, most = Number.POSITIVE_INFINITY): string[] =>
  size < least || size > most ? [`${path} has ${size} ${of}; expected ${least} to ${most}`] : [];

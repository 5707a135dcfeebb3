import { CORE_SCHEMA, defineMappingTag, defineScalarTag, defineSequenceTag, mapTag, seqTag } from 'js-yaml';

const NAMES =
  'Ref Condition Base64 Cidr FindInMap GetAtt If Join Select Split Sub And Equals Not Or GetAZs ImportValue Transform';

const longName = (name: string): string => (name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`);

/** YAML with the short forms of CloudFormation's intrinsics, read as the long ones: `!Ref Name` is `{ Ref: Name }`. */
export const CLOUDFORMATION_SCHEMA = CORE_SCHEMA.withTags(
  NAMES.split(' ').flatMap((name) => {
    const tag = `!${name}`;
    const long = (value: unknown) => ({ [longName(name)]: value });
    // They are only read.
    const identify = () => false;
    return [
      defineScalarTag(tag, { resolve: long, identify }),
      defineSequenceTag(tag, { ...seqTag, finalize: long, identify }),
      defineMappingTag(tag, { ...mapTag, finalize: long, identify }),
    ];
  }),
);

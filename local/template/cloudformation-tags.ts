import { isSeq, type ScalarTag, type Tags, YAMLMap, type YAMLSeq } from 'yaml';

const NAMES =
  'Ref Condition Base64 Cidr FindInMap GetAtt If Join Select Split Sub And Equals Not Or GetAZs ImportValue Transform';
export const INTRINSICS = NAMES.split(' ');

const longName = (name: string): string => (name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`);

/** The short forms of CloudFormation's intrinsics, read as the long ones: `!Ref Name` is `{ Ref: Name }`. */
export const CLOUDFORMATION_TAGS: Tags = INTRINSICS.flatMap((name): Tags => {
  const scalar: ScalarTag = { tag: `!${name}`, resolve: (text) => ({ [longName(name)]: text }) };
  const wrap = (value: YAMLMap | YAMLSeq): YAMLMap => {
    const map = new YAMLMap();
    map.set(longName(name), value);
    return map;
  };
  return [
    scalar,
    { tag: `!${name}`, collection: 'seq', resolve: (value) => (isSeq(value) ? wrap(value) : value) },
    { tag: `!${name}`, collection: 'map', resolve: (value) => (value instanceof YAMLMap ? wrap(value) : value) },
  ];
});

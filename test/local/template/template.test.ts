import { expect } from 'chai';
import { parseTemplate, resolveTemplate, TemplateError } from '../../../local/template/template.ts';

const STACK = { name: 'mine', region: 'eu-west-1', accountId: '123456789012' };
const TEMPLATE = `
Parameters:
  Shards: { Type: Number, Default: 2 }
  Level: { Type: String, Default: INFO }
Conditions:
  OnDemand: !Equals [!Ref Shards, 0]
  Loud: !And [!Not [!Condition OnDemand], !Or [!Equals [!Ref Level, DEBUG], !Equals [!Ref Level, INFO]]]
Resources:
  Stream:
    Type: AWS::Kinesis::Stream
    Properties:
      ShardCount: !If [OnDemand, !Ref AWS::NoValue, !Ref Shards]
      Mode: !If [OnDemand, ON_DEMAND, PROVISIONED]
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub '\${AWS::StackName}-Table'
      StreamSpecification: { StreamViewType: NEW_AND_OLD_IMAGES }
  Role:
    Type: AWS::IAM::Role
    Condition: Loud
    Properties:
      Ref: !GetAtt Table.Arn
      Short: !GetAtt [Stream, Arn]
      Long: { 'Fn::Join': ['/', [a, !Ref Table]] }
      Sub: !Sub 'arn of \${Stream.Arn} in \${AWS::Region}'
      List: [!Ref AWS::NoValue, 1]
      Changes: !GetAtt Table.StreamArn
Outputs:
  Name: { Value: !Ref Stream }
`;
const read = (text = TEMPLATE, parameters = {}) => resolveTemplate(parseTemplate(text), { ...STACK, parameters });

describe('resolveTemplate', () => {
  it('fills in the defaults of the parameters', () => {
    expect(read().resources.get('Stream')?.properties).to.deep.equal({ ShardCount: 2, Mode: 'PROVISIONED' });
  });

  it('takes other values for them, and leaves out what has none then', () => {
    expect(read(TEMPLATE, { Shards: 0 }).resources.get('Stream')?.properties).to.deep.equal({ Mode: 'ON_DEMAND' });
  });

  it('resolves names and ARNs in every form', () => {
    const stream = 'arn:aws:kinesis:eu-west-1:123456789012:stream/mine-Stream';
    expect(read().resources.get('Role')?.properties).to.deep.equal({
      Ref: 'arn:aws:dynamodb:eu-west-1:123456789012:table/mine-Table',
      Short: stream,
      Long: 'a/mine-Table',
      Sub: `arn of ${stream} in eu-west-1`,
      List: [1],
      Changes: 'arn:aws:dynamodb:eu-west-1:123456789012:table/mine-Table/stream/1970-01-01T00:00:00.000',
    });
    expect(read().outputs.get('Name')).to.equal('mine-Stream');
  });

  it('names a table whose changes are asked for, and that has no change stream', () => {
    const without = TEMPLATE.replace(/ +StreamSpecification.*\n/, '');
    expect(() => read(without)).to.throw(
      TemplateError,
      'Table.StreamArn is used, but Table has no StreamSpecification',
    );
  });

  it('leaves out a resource whose condition does not hold', () => {
    expect(read(TEMPLATE, { Level: 'WARN' }).resources.has('Role')).to.equal(false);
  });

  const wrong: [name: string, text: string, parameters: object, message: RegExp][] = [
    [
      'a reference to nothing',
      'Resources: { A: { Type: T, Properties: { B: !Ref Nothing } } }',
      {},
      /no resource or parameter Nothing/,
    ],
    [
      'an intrinsic it does not know',
      'Resources: { A: { Type: T, Properties: { B: !Cidr [a, 1, 2] } } }',
      {},
      /Fn::Cidr.*not an intrinsic that the local stack knows/,
    ],
    ['a parameter that is not declared', TEMPLATE, { Shard: 1 }, /no parameter Shard/],
    ['a parameter without default', 'Parameters: { A: { Type: String } }', {}, /parameter A has no default/],
    [
      'a condition that is not declared',
      'Resources: { A: { Type: T, Condition: C } }',
      {},
      /condition C is not declared/,
    ],
    ['Globals', 'Globals: { Function: { Timeout: 60 } }', {}, /has Globals, which the local stack does not read/],
  ];
  for (const [name, text, parameters, message] of wrong)
    it(`names ${name}`, () => {
      expect(() => read(text, parameters)).to.throw(TemplateError, message);
    });

  it('checks parameters as CloudFormation does, and names every problem at once', () => {
    const text = `
Parameters:
  Size: { Type: Number, Default: 100, MinValue: 1, MaxValue: 10000 }
  Level: { Type: String, Default: INFO, AllowedValues: [INFO, WARN] }
  Pattern: { Type: String, Default: none, AllowedPattern: 'none|\\{.+\\}', ConstraintDescription: 'must be JSON, or none' }
Resources: { A: { Type: T, Properties: { Size: !Ref Size, Pattern: !Ref Pattern } } }`;
    const given = (parameters: object) => () => read(text, parameters);
    expect(given({ Size: '20', Level: 'WARN', Pattern: '{"a":[1]}' })().resources.get('A')?.properties).to.deep.equal({
      Size: 20,
      Pattern: '{"a":[1]}',
    });
    expect(given({ Size: 0, Level: 'LOUD', Pattern: 'x' })).to.throw(
      TemplateError,
      'the parameter Size is 0; expected a number from 1 to 10000; the parameter Level is "LOUD"; expected one of INFO, WARN: its AllowedValues in template.yaml; the parameter Pattern is "x"; expected JSON, or none',
    );
    for (const Size of [1, 10_000])
      expect(given({ Size })().resources.get('A')?.properties).to.include({ Size, Pattern: 'none' });
    for (const Size of ['many', '', 10_001]) expect(given({ Size })).to.throw(TemplateError, 'the parameter Size is');
  });

  it('leaves out a property whose parameter stands for nothing', () => {
    const text = `
Parameters: { Pattern: { Type: String, Default: none } }
Conditions: { HasFilter: !Not [!Equals [!Ref Pattern, none]] }
Resources:
  A: { Type: T, Properties: { Criteria: !If [HasFilter, { Filters: [{ Pattern: !Ref Pattern }] }, !Ref AWS::NoValue] } }`;
    expect(read(text).resources.get('A')?.properties).to.deep.equal({});
    const pattern = '{"data":{"type":["order.created"]}}';
    expect(read(text, { Pattern: pattern }).resources.get('A')?.properties).to.deep.equal({
      Criteria: { Filters: [{ Pattern: pattern }] },
    });
  });

  it('names the line that is not YAML, or has an intrinsic that it does not know', () => {
    const problems = {
      'A: [': /not YAML: .+ \(3:1\)/,
      'B: 1\nB: 2': /duplicated mapping key \(3:1\)/,
      'A: !Length []': /!Length.+ \(2:4\)/,
    };
    for (const [lines, problem] of Object.entries(problems))
      expect(() => parseTemplate(`Resources: {}\n${lines}\n`)).to.throw(TemplateError, problem);
  });

  it('names a resource that is missing or of another type', () => {
    expect(() => read().resource('Stream', 'AWS::S3::Bucket')).to.throw(
      /Stream is AWS::Kinesis::Stream; expected AWS::S3::Bucket/,
    );
  });
});

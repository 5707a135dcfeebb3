import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { stackWith, TEMPLATE } from './stack.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const GUIDE = read('docs/parameters.md');

/** Every page that has commands for users. */
const PAGES = ['README.md', 'docs/operations.md', 'docs/parameters.md', 'docs/security.md', 'docs/cost-and-scale.md'];

describe('docs/parameters.md', () => {
  it('has every parameter of the template, in its order, with its default and its description', () => {
    const rows = GUIDE.split('\n').filter((line) => line.startsWith('| `'));
    const expected = Object.entries(TEMPLATE.Parameters).map(
      ([name, { Default, Description }]) => `| \`${name}\` | \`${Default}\` | ${Description} |`,
    );
    // A difference of the whole page is longer than what mocha shows.
    expect(
      expected.filter((row) => !rows.includes(row)),
      'rows that the page lacks',
    ).to.deep.equal([]);
    expect(rows).to.deep.equal(expected);
  });

  it('says what is deleted with each value that takes a table out of the stack', () => {
    const tablesWith = (parameters: Record<string, string>): string[] =>
      stackWith(parameters)
        .ofType('AWS::DynamoDB::Table')
        .map(([name]) => name);
    const all = tablesWith({});
    const taking = Object.entries(TEMPLATE.Parameters).flatMap(([name, { AllowedValues = [], Description }]) =>
      AllowedValues.filter((value) => tablesWith({ [name]: String(value) }).length < all.length).map((value) => ({
        name,
        says: Description.includes(`${value} deletes`),
      })),
    );
    expect(taking).to.deep.equal([{ name: 'Rollups', says: true }]);
  });

  it('says what a shorter retention of the stream loses: what is older, at once', () => {
    expect(TEMPLATE.Parameters.RetentionPeriodHours?.Description).to.contain('drops at once what is older');
  });

  it('names the rebuild wherever a change makes the rollups other ones, and what comes first where it changes the key of the stream', () => {
    const others: Record<string, string> = { KmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/one' };
    const changing = (part: (parameters: Record<string, string>) => unknown): string[] => {
      const asItIs = part({});
      return Object.entries(TEMPLATE.Parameters)
        .filter(([name, { AllowedValues = [] }]) =>
          [...AllowedValues, others[name]].some(
            (value) => value !== undefined && part({ [name]: String(value) }) !== asItIs,
          ),
        )
        .map(([name]) => name);
    };
    const processorOfRollups = (parameters: Record<string, string>): unknown =>
      / "PROCESSOR": .*/.exec(JSON.stringify(stackWith(parameters).resources.get('EventRollups'), undefined, 1))?.[0];
    const keyOfStream = (parameters: Record<string, string>): string =>
      JSON.stringify(stackWith(parameters).resources.get('EventStream')?.properties.StreamEncryption);
    const saying = (text: string): string[] =>
      Object.entries(TEMPLATE.Parameters)
        .filter(([, { Description }]) => Description.includes(text))
        .map(([name]) => name);

    expect(changing(processorOfRollups)).to.deep.equal(['Processor', 'Rollups']);
    expect(saying('need a rebuild')).to.include.members(changing(processorOfRollups));
    expect(changing(keyOfStream)).to.deep.equal(['KmsKeyArn']);
    expect(saying('docs/security.md#a-key-of-your-own')).to.deep.equal(changing(keyOfStream));
  });

  it('asks for an update of its own for each change of EventData that AWS does not take back as it was, or not at once', () => {
    const slowIn = (parameters: Record<string, string | number>): string => {
      const { properties } = stackWith(parameters).resource('EventDataTable', 'AWS::DynamoDB::Table');
      const { TimeToLiveSpecification, GlobalSecondaryIndexes, StreamSpecification } = properties;
      return JSON.stringify({ TimeToLiveSpecification, GlobalSecondaryIndexes, StreamSpecification });
    };
    const asItIs = slowIn({});
    const names = Object.entries(TEMPLATE.Parameters)
      .filter(([name, { AllowedValues = [], Default, MaxValue }]) => {
        const others = [...AllowedValues, MaxValue].filter((value) => value !== undefined && value !== Default);
        return others.some((value) => slowIn({ [name]: value as string }) !== asItIs);
      })
      .map(([name]) => name);
    expect(names).to.deep.equal(['RetentionDays', 'TypeIndex', 'Rollups']);
    for (const name of names) expect(TEMPLATE.Parameters[name]?.Description).to.contain('in an update of its own');
  });

  for (const [age, window] of [
    ['MaximumRecordAgeInSeconds', 'MaximumBatchingWindowInSeconds'],
    ['RollupsMaximumRecordAgeInSeconds', 'RollupsBatchingWindowInSeconds'],
  ] as const)
    it(`says of ${age} that what waits for longer in a batch is never tried, since the template takes that`, () => {
      const { [age]: least, [window]: most } = TEMPLATE.Parameters;
      expect(Number(least?.MinValue)).to.be.below(Number(most?.MaxValue));
      expect(least?.Description).to.contain(`well above ${window}`);
    });

  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html
  it('says that an index which is still being filled keeps its table, where it is switched on and where a stack is deleted', () => {
    expect(TEMPLATE.Parameters.TypeIndex?.Description).to.contain('and does not delete it');
    const [, deletion] = /\n## Delete\n(.*?)\n##/s.exec(read('docs/operations.md')) ?? [];
    expect(deletion).to.contain('`TypeIndex`');
  });

  it('names no more characters for a stack than every name made of it has room for', () => {
    const [, most] = /name of a stack may have up to (\d+) characters/.exec(GUIDE) ?? [];
    const longest = 'x'.repeat(Number(most));
    const { resources } = stackWith({}, longest);
    const limits: Record<string, number> = { FunctionName: 64, TableName: 255, LogGroupName: 512, AlarmName: 255 };
    const lengths = [...resources.values()].flatMap(({ properties }) =>
      Object.entries(limits).flatMap(([property, limit]) =>
        property in properties ? [limit - String(properties[property]).length] : [],
      ),
    );
    expect(Math.min(...lengths)).to.equal(0);
  });

  it('asks for the oldest SAM CLI that the gate installs', () => {
    const [, asked] = /SAM CLI (\d+\.\d+) or later/.exec(read('samconfig.toml')) ?? [];
    expect(read('test/deploy/python.ts')).to.contain(`'aws-sam-cli>=${asked},<2'`);
  });

  it('deploys what sam build made: without a build SAM would upload the sources, and .env with them', () => {
    const [, deploy = ''] = read('samconfig.toml').split('\n[default.deploy.parameters]\n');
    expect(deploy.split('\n[')[0]).to.contain('\ntemplate_file = ".aws-sam/build/template.yaml"\n');
  });

  it('is the only way to change a parameter, on every page: by names and values that the template takes', () => {
    const changes = PAGES.flatMap((page) =>
      [...read(page).matchAll(/--parameter-overrides ([^`\n]+)/g)].map(([, overrides = '']) => ({ page, overrides })),
    );
    expect(changes.length).to.be.above(5);
    for (const { page, overrides } of changes) {
      const pairs = [...overrides.matchAll(/"?(\w+)=('[^']*'|[\w-]+)/g)];
      expect(pairs, `${page}: ${overrides}`).to.not.be.empty;
      for (const [, name = '', value = ''] of pairs) {
        const { AllowedValues } = TEMPLATE.Parameters[name] ?? {};
        expect(TEMPLATE.Parameters, page).to.have.property(name);
        if (AllowedValues) expect(AllowedValues.map(String), `${page}: ${name}`).to.include(value);
      }
    }
  });
});

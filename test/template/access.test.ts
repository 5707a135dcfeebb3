import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { CLOUDFORMATION_TAGS } from '../../local/template/cloudformation-tags.ts';
import { WAYS } from './allowed.ts';
import { MUTATIONS } from './mutations.ts';
import { RULES } from './rules.ts';
import { type RawTemplate, stackOf } from './stack.ts';

const TEMPLATE: RawTemplate = parse(readFileSync(new URL('../../template.yaml', import.meta.url), 'utf8'), {
  customTags: CLOUDFORMATION_TAGS,
});
/** One of one's own, to be mutated. */
const read = (): RawTemplate => structuredClone(TEMPLATE);
const names = Object.keys(WAYS);
const mutationsOf = (way: string) => MUTATIONS.filter(({ ways = names }) => ways.includes(way));

describe('access to a stack', () => {
  it('has the ways that the template offers, and the one of the reference architecture by default', () => {
    const { AllowedValues, Default, Description } = read().Parameters.ClientCredentials!;
    expect(AllowedValues).to.deep.equal(names);
    expect(Default).to.equal('Outputs');
    expect(Description).to.contain('anybody who may describe the stack can read them');
  });

  for (const way of names)
    describe(`with ClientCredentials=${way}`, () => {
      for (const [name, rule] of Object.entries(RULES))
        it(inWords(name), () => {
          expect(rule(stackOf(read(), way))).to.deep.equal([]);
        });

      for (const { title, breaks, mutate, says } of mutationsOf(way))
        it(`complains where ${title}`, () => {
          const template = read();
          mutate(template);
          expect(template, 'the template is another').to.not.deep.equal(read());
          expect(RULES[breaks](stackOf(template, way)).join('\n')).to.match(says);
        });
    });

  it('has for every rule something that breaks it, whatever the way', () => {
    for (const way of names) {
      const broken = mutationsOf(way).map(({ breaks }) => breaks);
      expect([...new Set(broken)]).to.have.members(Object.keys(RULES));
    }
  });

  it('lets a role do with its policy what the client user may, and no more', () => {
    const { ClientPolicy, ClientManagedPolicy } = read().Resources;
    expect(ClientManagedPolicy?.Properties?.PolicyDocument).to.deep.equal(ClientPolicy?.Properties?.PolicyDocument);
    expect(ClientManagedPolicy?.Properties).to.not.have.any.keys('Roles', 'Users', 'Groups', 'ManagedPolicyName');
  });

  it('gives the user no right but that policy', () => {
    expect(read().Resources.streamprocessingclient).to.not.have.property('Properties');
    expect(read().Resources.ClientPolicy?.Properties?.Users).to.deep.equal([{ Ref: 'streamprocessingclient' }]);
  });

  describe('where ClientCredentials changes', () => {
    const changes = names.flatMap((before) =>
      names.filter((after) => after !== before).map((after) => [before, after]),
    );

    for (const [before = '', after = ''] of changes)
      it(`from ${before} to ${after}, leaves the data alone and takes no key along`, () => {
        const [from, to] = [stackOf(read(), before), stackOf(read(), after)];
        const made = new Set([...WAYS[before]!.identities, ...WAYS[after]!.identities]);
        const others = ({ resources }: typeof from) => [...resources].filter(([name]) => !made.has(name));
        expect(others(to)).to.deep.equal(others(from));
        for (const [name, { type, properties }] of from.resources) {
          const kept = to.resources.get(name);
          // A key that stayed would be known wherever it was kept before.
          if (type === 'AWS::IAM::AccessKey') expect(kept, name).to.equal(undefined);
          if (kept) expect(kept).to.deep.include({ type, properties });
        }
      });

    it('replaces the keys of either way where the serial is raised', () => {
      const { ClientKeys, ClientSecretKeys } = read().Resources;
      for (const keys of [ClientKeys, ClientSecretKeys])
        expect(keys?.Properties).to.deep.equal({
          UserName: { Ref: 'streamprocessingclient' },
          Serial: { Ref: 'ClientKeysSerial' },
        });
    });
  });

  it('keeps both keys of the client in the secret, as JSON', () => {
    const { SecretString } = stackOf(read(), 'SecretsManager').resources.get('ClientSecret')!.properties;
    expect(JSON.parse(String(SecretString))).to.deep.equal({
      accessKeyId: 'demo-ClientSecretKeys',
      secretAccessKey: 'demo-ClientSecretKeys.SecretAccessKey',
    });
  });
});

/** `hasNoWildcards` is "has no wildcards". */
function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

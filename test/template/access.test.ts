import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { PERMISSIONS } from '../../ops/watch/stack-watched.ts';
import { allowedIn, WAYS } from './allowed.ts';
import { MUTATIONS } from './mutations.ts';
import { grantsOf, statementsOf } from './policies.ts';
import { RULES } from './rules.ts';
import { type Access, type RawTemplate, stackOf, TEMPLATE } from './stack.ts';

const GUIDE = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
/** A copy to be mutated. */
const read = (): RawTemplate => structuredClone(TEMPLATE);
const names = Object.keys(WAYS);

/** A customer's own key, a boundary, and an index. Every rule holds with and without them. */
const GUARDS = {
  TypeIndex: 'true',
  KmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd',
  PermissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary',
};
const SETTINGS = names.flatMap((way) => [
  { way, title: `with ClientCredentials=${way}`, access: { ClientCredentials: way }, kind: 'default' },
  {
    way,
    title: `with ClientCredentials=${way}, an own key, a boundary and an index`,
    access: { ClientCredentials: way, ...GUARDS },
    kind: 'guarded',
  },
  {
    way,
    title: `with ClientCredentials=${way}, without rollups`,
    access: { ClientCredentials: way, Rollups: 'false' },
    kind: 'without rollups',
  },
]);
/** The faults that matter for a setting. Those that it shares with others are tried once, in a stack of the other defaults. */
const mutationsOf = (way: string, kind: string) =>
  MUTATIONS.filter(({ ways = names, only = 'default' }) => ways.includes(way) && only === kind);

describe('access to a stack', () => {
  it('has the ways that the template offers, and the one of the reference architecture by default', () => {
    const { AllowedValues, Default, Description } = read().Parameters.ClientCredentials!;
    expect(AllowedValues).to.deep.equal(names);
    expect(Default).to.equal('Outputs');
    expect(Description).to.contain('anybody who may describe the stack can read them');
  });

  for (const { way, title, access, kind } of SETTINGS)
    describe(title, () => {
      let asItIs: ReturnType<typeof stackOf>;
      before(() => {
        asItIs = stackOf(read(), access);
      });

      for (const [name, rule] of Object.entries(RULES))
        it(inWords(name), () => {
          expect(rule(asItIs), `${name} of test/template/rules/`).to.deep.equal([]);
        });

      for (const { title, breaks, mutate, says } of mutationsOf(way, kind))
        it(`complains where ${title}`, () => {
          const template = read();
          mutate(template);
          expect(RULES[breaks](stackOf(template, access)).join('\n')).to.match(says);
        });
    });

  it('has for every rule something that breaks it, whatever the way', () => {
    for (const way of names) {
      const broken = mutationsOf(way, 'default').map(({ breaks }) => breaks);
      expect([...new Set(broken)]).to.have.members(Object.keys(RULES));
    }
  });

  it('lets a role do with its policy what the client user may, and no more', () => {
    const { ClientPolicy, ClientManagedPolicy } = read().Resources;
    expect(ClientManagedPolicy?.Properties?.PolicyDocument).to.deep.equal(ClientPolicy?.Properties?.PolicyDocument);
    expect(ClientManagedPolicy?.Properties).to.not.have.any.keys('Roles', 'Users', 'Groups', 'ManagedPolicyName');
  });

  it('gives the user no right but that policy', () => {
    const { Properties = {} } = read().Resources.streamprocessingclient!;
    expect(Object.keys(Properties)).to.deep.equal(['PermissionsBoundary']);
    expect(read().Resources.ClientPolicy?.Properties?.Users).to.deep.equal([{ Ref: 'streamprocessingclient' }]);
  });

  describe('where ClientCredentials changes', () => {
    const changes = names.flatMap((before) =>
      names.filter((after) => after !== before).map((after) => [before, after]),
    );

    for (const [before = '', after = ''] of changes)
      it(`from ${before} to ${after}, leaves the data as it is and keeps no key`, () => {
        const from = stackOf(read(), { ClientCredentials: before });
        const to = stackOf(read(), { ClientCredentials: after });
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

  it('is written down for who makes a boundary or a key: all that the client and the functions may do', () => {
    const [allowed = '', withKey = ''] = GUIDE.split('\nWith `KmsKeyArn`, on that key:\n');
    const actionsIn = (text: string) => [...text.matchAll(/`(\w+:\w+)`/g)].map(([, action]) => action!);
    const granted = (access: Access) =>
      names.flatMap((way) =>
        [...allowedIn(stackOf(read(), { ...access, ClientCredentials: way })).values()]
          .flat()
          .map((grant) => grant.split(' on ')[0]!),
      );
    const all = new Set(granted({ ClientCredentials: 'Outputs' }));
    expect(new Set(actionsIn(allowed.split('\n## What each part may do\n')[1] ?? ''))).to.deep.equal(all);
    const onKey = granted({ ClientCredentials: 'Outputs', ...GUARDS }).filter((action) => action.startsWith('kms:'));
    const [client = '', lambda = '', reader = ''] = withKey.split('\n').filter((line) => /^\| (the|who) /.test(line));
    expect(new Set(actionsIn(client + lambda + reader))).to.deep.equal(new Set(onKey));
  });

  it('lets who has the policies for it read all that the live page of a stack reads', () => {
    const stack = stackOf(read(), { ClientCredentials: 'Outputs' });
    const granted = statementsOf(stack)
      .filter(({ owner }) => ['QueryPolicy', 'WatchPolicy'].includes(owner))
      .flatMap(({ statement }) => grantsOf(statement));
    for (const [on, actions] of Object.entries(PERMISSIONS))
      for (const action of actions)
        expect(granted).to.include(`${action} on ${on === 'metrics' ? '*' : stack.arnOf(on)}`);
  });

  it('keeps both keys of the client in the secret, as JSON', () => {
    const { SecretString } = stackOf(read(), { ClientCredentials: 'SecretsManager' }).resources.get(
      'ClientSecret',
    )!.properties;
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

import { expect } from 'chai';
import { accessTo } from '../../aws/access.ts';
import type { StackOutputs } from '../../aws/stack-outputs.ts';
import type { Environment } from '../../cli/environment.ts';
import { readClientFlags, readSettings } from '../../client/settings.ts';

const BASE = { stream: 's', region: 'eu-west-1' };
const KEYS = { accessKeyId: 'AKIAOFTHESTACK', secretAccessKey: 'hunter2' };
const POLICY = 'arn:aws:iam::1:policy/p';
const OF_OUTPUTS: StackOutputs = { ...BASE, credentials: KEYS, clientCredentials: 'Outputs' };
const OF_SECRET: StackOutputs = { ...BASE, credentials: KEYS, clientCredentials: 'SecretsManager' };
const OF_NONE: StackOutputs = { ...BASE, clientCredentials: 'None', clientPolicyArn: POLICY };
const OWN = { AWS_ACCESS_KEY_ID: 'AKIAOFMINE', AWS_SECRET_ACCESS_KEY: 'hunter3' };

describe('the access to the stream of a stack', () => {
  const cases: [name: string, outputs: StackOutputs, env: Environment, line: string, signs: unknown][] = [
    [
      'keys in the outputs',
      OF_OUTPUTS,
      {},
      'Access: the client user\'s keys, from the outputs of the stack "mine".',
      KEYS,
    ],
    ['keys in a secret', OF_SECRET, {}, 'Access: the client user\'s keys, from the secret of the stack "mine".', KEYS],
    [
      'no keys',
      OF_NONE,
      {},
      `Access: the AWS credential chain, since the stack "mine" keeps no keys. Whoever signs needs its policy ${POLICY}.`,
      undefined,
    ],
    [
      'no keys, and a profile',
      OF_NONE,
      { AWS_PROFILE: 'dev' },
      `Access: the AWS profile "dev", since the stack "mine" keeps no keys. Whoever signs needs its policy ${POLICY}.`,
      undefined,
    ],
    [
      'keys of the environment',
      OF_OUTPUTS,
      OWN,
      'Access: the keys of AWS_ACCESS_KEY_ID, not the keys of the stack "mine".',
      { accessKeyId: 'AKIAOFMINE', secretAccessKey: 'hunter3' },
    ],
    [
      'a profile',
      OF_SECRET,
      { AWS_PROFILE: 'dev' },
      'Access: the AWS profile "dev", not the keys of the stack "mine".',
      undefined,
    ],
    [
      'the role of a container',
      OF_OUTPUTS,
      { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/x' },
      'Access: the role of this environment, not the keys of the stack "mine".',
      undefined,
    ],
  ];
  for (const [name, outputs, env, line, signs] of cases)
    it(`is told as it is: ${name}`, () => {
      const { credentials } = readSettings(readClientFlags(['--stack', 'mine', '--file', '-']), env, outputs);
      expect(credentials).to.deep.equal(signs);
      expect(accessTo('mine', outputs, env)).to.equal(line);
      expect(line).not.to.match(/hunter|AKIA/);
    });

  it('is the own one too where a stack without keys is not at AWS', () => {
    const flags = readClientFlags(['--stack', 'mine', '--file', '-', '--endpoint', 'http://127.0.0.1:4567']);
    expect(readSettings(flags, {}, OF_NONE)).not.to.have.property('credentials');
  });
});

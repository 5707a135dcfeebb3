import { expect } from 'chai';
import type { StackOutputs } from '../../aws/stack-outputs.ts';
import type { Environment } from '../../cli/environment.ts';
import { accessTo, warningsFor } from '../../client/announcements.ts';
import { findSettings, readClientFlags } from '../../client/settings.ts';

describe('the warnings before the first event', () => {
  it('say what X costs, and what keeps that low', () => {
    const [line, ...others] = warningsFor({ source: 'twitter' });
    expect(line).to.match(/X charges for every post that is read, about \$0\.005 each/);
    expect(line).to.contain('--max N').and.to.contain('--sample P').and.to.contain('Ctrl-C');
    expect(others).to.deep.equal([]);
  });

  it('do not propose a sample where one is asked for', () => {
    expect(warningsFor({ source: 'twitter', sample: 10 })[0]).not.to.contain('--sample');
  });

  it('say how a source ends that has no end', () => {
    for (const source of ['bluesky', 'wikimedia', 'synthetic'] as const)
      expect(warningsFor({ source })[0]).to.match(/^No end is set: Ctrl-C stops/);
    expect(warningsFor({ source: 'file', follow: true })[0]).to.match(/^No end is set/);
  });

  it('say nothing where there is an end', () => {
    expect(warningsFor({ source: 'twitter', max: 5 })).to.deep.equal([]);
    expect(warningsFor({ source: 'file' })).to.deep.equal([]);
    expect(warningsFor({ source: 'stdin' })).to.deep.equal([]);
  });
});

const BASE = { stream: 's', region: 'eu-west-1' };
const KEYS = { accessKeyId: 'AKIAOFTHESTACK', secretAccessKey: 'hunter2' };
const POLICY = 'arn:aws:iam::1:policy/p';
const OF_OUTPUTS: StackOutputs = { ...BASE, credentials: KEYS, clientCredentials: 'Outputs' };
const OF_NONE: StackOutputs = { ...BASE, clientCredentials: 'None', clientPolicyArn: POLICY };
const OWN = { AWS_ACCESS_KEY_ID: 'AKIAOFMINE', AWS_SECRET_ACCESS_KEY: 'hunter3' };

describe('the access to the stream of a stack', () => {
  const cases: [
    name: string,
    outputs: StackOutputs,
    env: Environment,
    line: string,
    signs: unknown,
    dotEnv?: Set<string>,
  ][] = [
    [
      'no keys, and a profile',
      OF_NONE,
      { AWS_PROFILE: 'dev' },
      `Access: the AWS profile "dev", since the stack "mine" keeps no keys. The identity that signs needs its policy ${POLICY}.`,
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
      'keys of .env',
      OF_OUTPUTS,
      OWN,
      'Access: the keys of AWS_ACCESS_KEY_ID in .env, not the keys of the stack "mine".',
      { accessKeyId: 'AKIAOFMINE', secretAccessKey: 'hunter3' },
      new Set(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']),
    ],
  ];
  for (const [name, outputs, env, line, signs, dotEnv = new Set<string>()] of cases)
    it(`is told as it is: ${name}`, () => {
      const { signer } = findSettings(readClientFlags(['--stack', 'mine', '--file', '-']), { env, dotEnv }, outputs);
      expect(signer.value.keys).to.deep.equal(signs);
      expect(accessTo('mine', outputs, signer)).to.equal(line);
      expect(line).not.to.match(/hunter|AKIA/);
    });

  it('is the own one too where a stack without keys is not at AWS', () => {
    const flags = readClientFlags(['--stack', 'mine', '--file', '-', '--endpoint', 'http://127.0.0.1:4567']);
    expect(findSettings(flags, { env: {} }, OF_NONE).signer.value).to.deep.equal({});
  });
});

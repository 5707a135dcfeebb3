import { expect } from 'chai';
import type { ClientKeys } from '../../../aws/stack-outputs.ts';
import { monotonicClock } from '../../../aws/system-clock.ts';
import type { Environment } from '../../../cli/environment.ts';
import type { Tools } from '../../../client/doctor/check.ts';
import { findSubject } from '../../../client/doctor/doctor.ts';
import { credentialsCheck } from '../../../client/doctor/settings-checks.ts';
import { readClientFlags } from '../../../client/settings.ts';

const POLICY = 'arn:aws:iam::1:policy/p';
const KEYS = { accessKeyId: 'AKIAOFTHESTACK', secretAccessKey: 'hunter2' };
const BASE = { stream: 's', region: 'eu-west-1' };
const OWN = { AWS_ACCESS_KEY_ID: 'AKIAOFMINE', AWS_SECRET_ACCESS_KEY: 'hunter2' };

/** What the check says of a stack, from the flags to the finding. */
const check = async (outputs: ClientKeys, env: Environment = {}) => {
  const flags = readClientFlags(['--stack', 'mine', '--file', '-']);
  const subject = await findSubject(flags, { env }, async () => ({ ...BASE, ...outputs }));
  const identity = async () => ({ accessKeyId: subject.signer.value.keys?.accessKeyId ?? 'AKIAOFCHAIN', origins: [] });
  const kinesis = { identity } as unknown as Tools['kinesis'];
  return credentialsCheck.run(subject, { kinesis, clock: monotonicClock } as Tools, new AbortController().signal);
};

describe("the doctor's look at the credentials of a stack", () => {
  const UNUSED = "the client user's keys, which the stack has, are not used";
  const NONE = `the stack keeps no keys (ClientCredentials=None); the identity that signs needs its policy ${POLICY}`;
  const cases: [name: string, outputs: Parameters<typeof check>[0], env: Environment, messages: string[]][] = [
    [
      'says that the keys of the environment come before them',
      { credentials: KEYS, clientCredentials: 'Outputs' },
      OWN,
      ['keys of AWS_ACCESS_KEY_ID, from the environment (access key …MINE)', UNUSED],
    ],
    [
      'says that a profile comes before them',
      { clientCredentials: 'SecretsManager' },
      { AWS_PROFILE: 'dev' },
      ['the AWS credential chain: profile "dev", its first that has some (access key …HAIN)', UNUSED],
    ],
    [
      'names it for keys of the environment, too',
      { clientCredentials: 'None', clientPolicyArn: POLICY },
      OWN,
      ['keys of AWS_ACCESS_KEY_ID, from the environment (access key …MINE)', NONE],
    ],
  ];
  for (const [name, outputs, env, messages] of cases)
    it(name, async () => {
      const finding = await check(outputs, env);
      expect(finding).to.deep.equal({ status: 'ok', messages });
      expect(JSON.stringify(finding)).not.to.contain('hunter2');
    });
});

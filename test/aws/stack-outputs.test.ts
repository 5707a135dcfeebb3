import { CloudFormationClient, DescribeStacksCommand, type StackStatus } from '@aws-sdk/client-cloudformation';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';
import { readStackOutputs } from '../../aws/stack-outputs.ts';

describe('readStackOutputs', () => {
  const clients = { cloudFormation: new CloudFormationClient({}), secretsManager: new SecretsManagerClient({}) };
  // Only these two: other files of tests use the classes.
  const cloudFormation = mockClient(clients.cloudFormation);
  const secretsManager = mockClient(clients.secretsManager);
  const ARN = 'arn:aws:secretsmanager:eu-west-1:1:secret:s';
  const POLICY = 'arn:aws:iam::1:policy/mine-ClientManagedPolicy';
  const base = { KinesisStream: 'the-stream', Region: 'eu-west-1' };
  const ofOutputs = { ...base, AccessKeyId: 'AK', SecretAccessKey: 'hunter2/+' };
  const ofSecret = { ...base, AccessKeyId: 'AK', SecretAccessKey: ARN };
  const ofNone = { ...base, ClientPolicyArn: POLICY };
  const answer = (
    values: Record<string, string>,
    {
      secret = '{"accessKeyId":"AK","secretAccessKey":"SK"}',
      status: StackStatus = 'CREATE_COMPLETE',
    }: { secret?: string; status?: StackStatus } = {},
  ) => {
    const Outputs = Object.entries(values).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
    const created = { StackName: 'mine', CreationTime: new Date(), StackStatus };
    const stack = { ...created, Outputs };
    cloudFormation.on(DescribeStacksCommand, { StackName: 'mine' }).resolves({ Stacks: [stack] });
    secretsManager.on(GetSecretValueCommand, { SecretId: ARN }).resolves({ SecretString: secret });
  };

  afterEach(() => {
    cloudFormation.reset();
    secretsManager.reset();
  });

  it('reads stream, region and keys from the outputs, and asks for no secret', async () => {
    answer(ofOutputs);
    expect(await readStackOutputs('mine', clients)).to.deep.equal({
      stream: 'the-stream',
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AK', secretAccessKey: 'hunter2/+' },
      clientCredentials: 'Outputs',
    });
    expect(secretsManager.calls()).to.have.length(0);
  });

  it('reads how large a record of the stream may be, where the stack says so', async () => {
    answer({ ...ofOutputs, MaxRecordSizeInKiB: '2048' });
    expect(await readStackOutputs('mine', clients)).to.include({ maxRecordSizeInKiB: 2048 });
  });

  it('reads the keys from the secret that an output names', async () => {
    answer(ofSecret);
    expect(await readStackOutputs('mine', clients)).to.deep.equal({
      stream: 'the-stream',
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AK', secretAccessKey: 'SK' },
      clientCredentials: 'SecretsManager',
    });
  });

  it('leaves the secret alone where the client has credentials of its own', async () => {
    answer(ofSecret);
    expect(await readStackOutputs('mine', clients, false)).to.deep.equal({
      stream: 'the-stream',
      region: 'eu-west-1',
      clientCredentials: 'SecretsManager',
    });
    expect(secretsManager.calls()).to.have.length(0);
  });

  it('finds no keys where the stack keeps none, and the policy that a role needs', async () => {
    answer(ofNone);
    expect(await readStackOutputs('mine', clients)).to.deep.equal({
      stream: 'the-stream',
      region: 'eu-west-1',
      clientCredentials: 'None',
      clientPolicyArn: POLICY,
    });
    expect(secretsManager.calls()).to.have.length(0);
  });

  const failure = async (): Promise<Error> => {
    try {
      await readStackOutputs('mine', clients);
    } catch (error) {
      return error as Error;
    }
    throw new Error('expected an error');
  };

  it('names the output that a foreign stack does not have', async () => {
    answer({ SecretAccessKey: ARN, Region: 'eu-west-1' });
    const { name, message } = await failure();
    expect(name).to.equal('StackError');
    expect(message).to.equal(
      'the stack "mine" has no output KinesisStream; expected a stack deployed from this template',
    );
  });

  for (const status of [
    'CREATE_IN_PROGRESS',
    'CREATE_FAILED',
    'REVIEW_IN_PROGRESS',
    'ROLLBACK_COMPLETE',
    'DELETE_IN_PROGRESS',
  ] as const)
    it(`says that a stack has no outputs since it is ${status}`, async () => {
      answer({}, { status });
      expect((await failure()).message).to.equal(
        `the stack "mine" is ${status} and has no output KinesisStream; expected a stack whose deployment has succeeded; its events in CloudFormation say where it stands`,
      );
    });

  it('reads the outputs of a stack that is being updated, or could not be', async () => {
    for (const status of ['UPDATE_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE', 'UPDATE_ROLLBACK_FAILED'] as const) {
      answer(ofOutputs, { status });
      expect((await readStackOutputs('mine', clients)).stream, status).to.equal('the-stream');
    }
  });

  it('takes a stack without keys and without a policy for none of ours', async () => {
    answer(base);
    expect((await failure()).message).to.match(/has no output SecretAccessKey; expected a stack deployed from this/);
  });

  it('names the half of the keys that is missing, and does not repeat the other', async () => {
    answer({ ...base, SecretAccessKey: 'hunter2' });
    const { message } = await failure();
    expect(message).to.match(/has no output AccessKeyId/);
    expect(message).not.to.contain('hunter2');
  });

  for (const [what, secret] of [
    ['another field', '{"password":"hunter2"}'],
    ['a text', '"hunter2"'],
    ['no JSON', 'hunter2'],
    ['null', 'null'],
    ['half of them', '{"accessKeyId":"hunter2"}'],
  ] as const)
    it(`says that the secret does not hold the keys, and does not repeat it: ${what}`, async () => {
      answer(ofSecret, { secret });
      const error = await failure();
      expect(error.name).to.equal('StackError');
      expect(error.message).to.match(/does not hold accessKeyId and secretAccessKey; raise ClientKeysSerial/);
      expect(error.cause).to.equal(undefined);
      expect(error.message).not.to.contain('hunter2');
    });

  for (const [name, says] of [
    ['AccessDeniedException', /may not read the secret; they need secretsmanager:GetSecretValue on it/],
    ['DecryptionFailure', /cannot be decrypted; these credentials need kms:Decrypt/],
    ['ResourceNotFoundException', /the secret is gone; deploy the stack with another ClientCredentials/],
    ['InvalidRequestException', /restore it with aws secretsmanager restore-secret/],
  ] as const)
    it(`says what to do about the ${name} of a secret, and which secret it is`, async () => {
      answer(ofSecret);
      secretsManager.on(GetSecretValueCommand).rejects(Object.assign(new Error('said AWS'), { name }));
      const error = await failure();
      expect(error.name).to.equal('StackError');
      expect(error.message).to.match(says).and.to.contain(`${ARN}, the client secret of the stack "mine"`);
    });

  it('passes other errors of AWS on as they are', async () => {
    answer(ofSecret);
    secretsManager
      .on(GetSecretValueCommand)
      .rejects(Object.assign(new Error('later'), { name: 'ThrottlingException' }));
    expect((await failure()).name).to.equal('ThrottlingException');
    cloudFormation
      .on(DescribeStacksCommand)
      .rejects(Object.assign(new Error('no such stack'), { name: 'ValidationError' }));
    expect((await failure()).name).to.equal('ValidationError');
  });
});

import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';
import { readStackOutputs } from '../../client/stack-outputs.ts';

describe('readStackOutputs', () => {
  const cloudFormation = mockClient(CloudFormationClient);
  const secretsManager = mockClient(SecretsManagerClient);
  const clients = { cloudFormation: new CloudFormationClient({}), secretsManager: new SecretsManagerClient({}) };
  const outputs = {
    AccessKeyId: 'AK',
    SecretAccessKey: 'arn:aws:secretsmanager:eu-west-1:1:secret:s',
    KinesisStream: 'the-stream',
    Region: 'eu-west-1',
  };
  const answer = (values: Partial<typeof outputs>, secret = '{"accessKeyId":"AK","secretAccessKey":"SK"}') => {
    const Outputs = Object.entries(values).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
    const stack = { StackName: 'mine', CreationTime: new Date(), StackStatus: 'CREATE_COMPLETE' as const, Outputs };
    cloudFormation.on(DescribeStacksCommand, { StackName: 'mine' }).resolves({ Stacks: [stack] });
    secretsManager.on(GetSecretValueCommand, { SecretId: outputs.SecretAccessKey }).resolves({ SecretString: secret });
  };

  afterEach(() => {
    cloudFormation.reset();
    secretsManager.reset();
  });
  after(() => {
    cloudFormation.restore();
    secretsManager.restore();
  });

  it('reads stream, region and, from the secret that an output names, the keys of the client user', async () => {
    answer(outputs);
    expect(await readStackOutputs('mine', clients)).to.deep.equal({
      stream: 'the-stream',
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AK', secretAccessKey: 'SK' },
    });
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
    answer({ SecretAccessKey: outputs.SecretAccessKey, Region: 'eu-west-1' });
    const { name, message } = await failure();
    expect(name).to.equal('StackError');
    expect(message).to.equal(
      'the stack "mine" has no output KinesisStream; expected a stack deployed from this template',
    );
  });

  it('says that the secret does not hold the keys, and does not repeat it', async () => {
    answer(outputs, '{"password":"hunter2"}');
    const { name, message } = await failure();
    expect(name).to.equal('StackError');
    expect(message).not.to.contain('hunter2');
  });

  it('passes an error of AWS on as it is', async () => {
    cloudFormation
      .on(DescribeStacksCommand)
      .rejects(Object.assign(new Error('no such stack'), { name: 'ValidationError' }));
    expect((await failure()).name).to.equal('ValidationError');
  });
});

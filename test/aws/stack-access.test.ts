import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import client from '../../client/twitter2kinesis.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { TestServices } from '../support/emulators.ts';
import { cloudEvent } from '../support/events.ts';
import { FakeStack } from '../support/fake-stack.ts';
import { LoopbackServer } from '../support/loopback-server.ts';
import { callAlone } from '../support/run.ts';
import { readStream } from '../support/shards.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:ClientSecret-a1b2c3';
const POLICY = 'arn:aws:iam::123456789012:policy/mine-ClientManagedPolicy';
const SECRET = 'hunter2/hunter2+hunter2';
const EVENT = `${JSON.stringify(cloudEvent({ id: 'e-1' }))}\n`;

/** The user's own keys in the shared AWS files: they read the stack. */
const OWN = '[default]\naws_access_key_id = AKIAOFTHECALLER\naws_secret_access_key = hunter3hunter3\n';

describe('the client of a deployed stack', () => {
  const services = new TestServices();
  let stack: FakeStack;
  const folder = emptyFolder(before);
  let stream: string;
  let env: Record<string, string>;
  before(async () => {
    await services.start();
    await writeFile(join(folder, 'credentials'), OWN);
  });
  after(() => services.stop());
  beforeEach(async () => {
    stream = await services.createStream();
    stack = new FakeStack(services.endpoints.kinesis);
    await stack.start();
    env = {
      AWS_ENDPOINT_URL: stack.endpoint,
      AWS_ENDPOINT_URL_KINESIS: stack.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
      AWS_CONFIG_FILE: join(folder, 'none'),
    };
  });
  afterEach(async () => {
    await stack.stop();
  });

  const base = () => ({ KinesisStream: stream, Region: 'us-east-1' });
  const ways: [name: string, outputs: Record<string, string>, says: RegExp, finds: RegExp, signs: string[]][] = [
    [
      'keeps its keys in the outputs',
      { AccessKeyId: 'AKIAOFTHESTACK', SecretAccessKey: SECRET },
      /^Access: the client user's keys, from the outputs of the stack "mine"\.$/m,
      /the client user's keys, from the outputs of the stack, where anybody .* \(access key …TACK\)/,
      ['cloudformation AKIAOFTHECALLER', 'kinesis AKIAOFTHESTACK'],
    ],
    [
      'keeps its keys in a secret',
      { AccessKeyId: 'AKIAOFTHESTACK', SecretAccessKey: ARN },
      /^Access: the client user's keys, from the secret of the stack "mine"\.$/m,
      /the client user's keys, from the secret of the stack \(access key …TACK\)/,
      ['cloudformation AKIAOFTHECALLER', 'secretsmanager AKIAOFTHECALLER', 'kinesis AKIAOFTHESTACK'],
    ],
    [
      'keeps no keys',
      { ClientPolicyArn: POLICY },
      /^Access: the AWS credential chain, since the stack "mine" keeps no keys\. .*policy\/mine-ClientManagedPolicy\.$/m,
      /the AWS credential chain: .*\(access key …LLER\)\s+the stack keeps no keys .*policy\/mine-ClientManagedPolicy/,
      ['cloudformation AKIAOFTHECALLER', 'kinesis AKIAOFTHECALLER'],
    ],
  ];
  for (const [name, outputs, says, finds, signs] of ways)
    it(`signs with the right keys, says so, and shows no secret, where the stack ${name}`, async () => {
      stack.outputs = { ...base(), ...outputs };
      stack.secrets = { [ARN]: JSON.stringify({ accessKeyId: 'AKIAOFTHESTACK', secretAccessKey: SECRET }) };

      const sent = await callAlone(client, ['--stack', 'mine', '--source', 'stdin', '--json'], { env, input: EVENT });
      expect(sent.code, sent.stderr).to.equal(0);
      expect(sent.stderr).to.match(says);
      expect(await readStream(services.kinesis, stream)).not.to.have.length(0);
      expect([...stack.signed]).to.deep.equal(signs);

      const looked = await callAlone(client, ['doctor', '--stack', 'mine', '--source', 'stdin'], { env });
      expect(looked.code, looked.stdout).to.equal(0);
      expect(looked.stdout).to.match(finds);
      expect(looked.stderr).not.to.contain('Access:');
      for (const { stdout, stderr } of [sent, looked]) expect(stdout + stderr).not.to.match(/hunter/);
    });

  it('reads no secret where it signs with a profile, which may put events but need not read secrets', async () => {
    stack.outputs = { ...base(), AccessKeyId: 'AKIAOFTHESTACK', SecretAccessKey: ARN };
    const { code, stderr } = await callAlone(client, ['--stack', 'mine', '--source', 'stdin'], {
      env: { ...env, AWS_PROFILE: 'default' },
      input: EVENT,
    });
    expect(code, stderr).to.equal(0);
    expect(stderr).to.contain('Access: the AWS profile "default", not the keys of the stack "mine".');
    expect([...stack.signed]).to.deep.equal(['cloudformation AKIAOFTHECALLER', 'kinesis AKIAOFTHECALLER']);
  });

  it('signs with the role of a container, which EKS Pod Identity gives by a URL, and not with the keys of the stack', async () => {
    stack.outputs = { ...base(), AccessKeyId: 'AKIAOFTHESTACK', SecretAccessKey: SECRET };
    const service = createServer((_, response) => {
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ AccessKeyId: 'AKIAOFTHEROLE', SecretAccessKey: 'x', Token: 't', Expiration }));
    });
    const role = await new LoopbackServer(service).start();
    const { AWS_SHARED_CREDENTIALS_FILE: _, ...others } = env;
    const { code, stderr } = await callAlone(client, ['--stack', 'mine', '--source', 'stdin'], {
      env: {
        ...others,
        AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${role.endpoint}/v1/credentials`,
      },
      input: EVENT,
    });
    await role.stop();
    expect(code, stderr).to.equal(0);
    expect(stderr).to.contain('Access: the role of this environment, not the keys of the stack "mine".');
    expect([...stack.signed]).to.deep.equal(['cloudformation AKIAOFTHEROLE', 'kinesis AKIAOFTHEROLE']);
  });

  it("says that the client user's keys are not for reading the stack", async () => {
    stack.refused = 'AKIAOFTHESTACK';
    const keys = { AWS_ACCESS_KEY_ID: 'AKIAOFTHESTACK', AWS_SECRET_ACCESS_KEY: SECRET };
    const { code, stderr } = await callAlone(client, ['--stack', 'mine', '--source', 'stdin'], {
      env: { ...env, ...keys },
    });
    expect(code).to.equal(1);
    expect(stderr).to.match(/may not read the stack "mine"; .*; leave AWS_ACCESS_KEY_ID empty if it is the client/);
    expect(stderr).not.to.contain('hunter');
  });

  it('says that the secret is gone', async () => {
    stack.outputs = { ...base(), AccessKeyId: 'AKIAOFTHESTACK', SecretAccessKey: ARN };
    const { code, stderr } = await callAlone(client, ['--stack', 'mine', '--source', 'stdin'], { env });
    expect(code).to.equal(1);
    expect(stderr).to.equal(
      `error: the secret is gone; deploy the stack with another ClientCredentials: ${ARN}, the client secret of the stack "mine"\n`,
    );
  });
});

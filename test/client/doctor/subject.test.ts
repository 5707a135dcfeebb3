import { expect } from 'chai';
import { localCredentials } from '../../../aws/local-stack.ts';
import type { StackOutputs } from '../../../aws/stack-outputs.ts';
import type { Environment } from '../../../cli/environment.ts';
import { findSubject } from '../../../client/doctor/doctor.ts';
import { readClientFlags } from '../../../client/settings.ts';

const OUTPUTS: StackOutputs = {
  stream: 'of-the-stack',
  region: 'eu-north-1',
  clientCredentials: 'Outputs',
  credentials: { accessKeyId: 'AK', secretAccessKey: 'SK' },
};

const read = (argv: string[], env: Environment = {}, openStack = async (): Promise<StackOutputs> => OUTPUTS) =>
  findSubject(readClientFlags(argv), { env }, openStack);

describe('the subject of the doctor', () => {
  it('is the settings of the client, each with its origin', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'S', AWS_REGION: 'eu-west-1', KINESIS_STREAM: 's' };
    const subject = await read(['--file', 'e.ndjson', '--spool', 's.ndjson', '--checkpoint', 'c'], env);
    expect(subject).to.deep.include({
      problems: [],
      source: { source: 'file', file: 'e.ndjson', track: [] },
      stream: { value: 's', origin: 'environment', name: 'KINESIS_STREAM' },
      region: { value: 'eu-west-1', origin: 'environment', name: 'AWS_REGION' },
      signer: {
        value: { keys: { accessKeyId: 'A', secretAccessKey: 'S' } },
        origin: 'environment',
        name: 'AWS_ACCESS_KEY_ID',
      },
    });
    expect(subject.delivery).to.include({ spool: 's.ndjson', checkpoint: 'c' });
    expect(subject).not.to.have.any.keys('endpoint', 'stack');
  });

  it('is what can be read of them, with everything that is wrong', async () => {
    const subject = await read(['--region', 'eu-west-1', '--max', 'x']);
    expect(subject.problems).to.have.length(3);
    expect(subject.region).to.deep.equal({ value: 'eu-west-1', origin: 'flag', name: '--region' });
    expect(subject.source).to.deep.equal({ source: 'twitter', track: ['yolo'] });
    expect(subject).not.to.have.property('stream');
  });

  it('takes stream, region and keys from the outputs of the stack', async () => {
    const subject = await read(['--stack', 'mine', '--max', 'x']);
    expect(subject).to.deep.include({
      stack: { name: 'mine', outputs: OUTPUTS },
      stream: { value: 'of-the-stack', origin: 'stack' },
      region: { value: 'eu-north-1', origin: 'stack' },
      signer: { value: { keys: OUTPUTS.credentials }, origin: 'stack' },
    });
  });

  it('goes on where the stack cannot be read', async () => {
    const openStack = () => Promise.reject(new Error('there is no stack "mine"'));
    const subject = await read(['--stack', 'mine', '--stream', 's'], {}, openStack);
    expect(subject.stack).to.deep.equal({ name: 'mine', error: 'there is no stack "mine"' });
    expect(subject.stream?.value).to.equal('s');
  });

  it('leaves the credentials to the chain where there are none, and to placeholders on this machine', async () => {
    expect((await read([], { AWS_PROFILE: 'dev' })).signer.value).to.deep.equal({ profile: 'dev' });
    const local = await read(['--endpoint', 'http://127.0.0.1:4567', '--stream', 's', '--file', '-']);
    expect(local.signer).to.deep.equal({ value: { keys: localCredentials() }, origin: 'default' });
    expect(local.problems).to.deep.equal([]);
  });
});

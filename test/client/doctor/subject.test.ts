import { expect } from 'chai';
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
});

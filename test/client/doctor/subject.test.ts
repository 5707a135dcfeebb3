import { expect } from 'chai';
import { LOCAL_CREDENTIALS } from '../../../aws/local-stack.ts';
import type { StackOutputs } from '../../../aws/stack-outputs.ts';
import type { Environment } from '../../../cli/environment.ts';
import { readSubject } from '../../../client/doctor/subject.ts';
import { readClientFlags } from '../../../client/settings.ts';

const OUTPUTS: StackOutputs = {
  stream: 'of-the-stack',
  region: 'eu-north-1',
  credentials: { accessKeyId: 'AK', secretAccessKey: 'SK' },
};

const read = (argv: string[], env: Environment = {}, openStack = async (): Promise<StackOutputs> => OUTPUTS) =>
  readSubject(readClientFlags(argv), env, openStack);

describe('the subject of the doctor', () => {
  it('is the settings of the client', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'S', AWS_REGION: 'eu-west-1', KINESIS_STREAM: 's' };
    expect(await read(['--file', 'e.ndjson', '--spool', 's.ndjson', '--checkpoint', 'c'], env)).to.deep.equal({
      problems: [],
      source: { source: 'file', file: 'e.ndjson', track: [] },
      stream: 's',
      region: { name: 'eu-west-1', origin: 'from AWS_REGION' },
      credentials: { kind: 'environment', keys: { accessKeyId: 'A', secretAccessKey: 'S' } },
      spool: 's.ndjson',
      checkpoint: 'c',
    });
  });

  it('is what can be read of them, with all that the client would complain of', async () => {
    const subject = await read(['--region', 'eu-west-1', '--max', 'x']);
    expect(subject.problems).to.have.length(3);
    expect(subject.region).to.deep.equal({ name: 'eu-west-1', origin: 'from --region' });
    expect(subject.source).to.deep.equal({ source: 'twitter', track: ['yolo'] });
    expect(subject).not.to.have.property('stream');
  });

  it('takes stream, region and keys from the outputs of the stack', async () => {
    const subject = await read(['--stack', 'mine', '--max', 'x']);
    expect(subject).to.deep.include({
      stack: { name: 'mine' },
      stream: 'of-the-stack',
      region: { name: 'eu-north-1', origin: 'from the stack' },
      credentials: { kind: 'stack', keys: OUTPUTS.credentials },
    });
  });

  it('goes on where the stack cannot be read', async () => {
    const openStack = () => Promise.reject(new Error('there is no stack "mine"'));
    const subject = await read(['--stack', 'mine', '--stream', 's'], {}, openStack);
    expect(subject.stack).to.deep.equal({ name: 'mine', error: 'there is no stack "mine"' });
    expect(subject.stream).to.equal('s');
  });

  it('leaves the credentials to the chain where there are none, and to placeholders on this machine', async () => {
    expect((await read([], { AWS_PROFILE: 'dev' })).credentials).to.deep.equal({ kind: 'chain', profile: 'dev' });
    const local = await read(['--endpoint', 'http://127.0.0.1:4567', '--stream', 's', '--file', '-']);
    expect(local.credentials).to.deep.equal({ kind: 'placeholder', keys: LOCAL_CREDENTIALS });
    expect(local.problems).to.deep.equal([]);
  });
});

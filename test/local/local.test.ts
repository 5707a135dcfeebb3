import { once } from 'node:events';
import { mkdtemp, readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { LOCAL } from '../../aws/local-stack.ts';
import npmRunClient from '../../client/twitter2kinesis.ts';
import npmRunLocal, { optionsTo } from '../../local/local.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { type Called, call, type Finished, inEnvironment } from '../support/run.ts';
import { until } from '../support/until.ts';

const FREE_PORTS = ['--kinesis-port', '0', '--dynamodb-port', '0', '--watch-port', '0'];

describe('npm run local', () => {
  const folder = emptyFolder(before);

  /** In this process. */
  const called = (...args: readonly string[]): Promise<Finished> => call(npmRunLocal, args).finished;
  /** A stack that is up. */
  const startStack = async (args: readonly string[] = []): Promise<Called> => {
    const local = call(npmRunLocal, [...FREE_PORTS, '--failed-batches', join(folder, 'kept'), ...args]);
    await local.saw('Ctrl-C ends the stack.');
    return local;
  };
  const urlIn = (printed: string, service: string): URL =>
    new URL(new RegExp(`^ *${service} +(http://\\S+)`, 'm').exec(printed)?.[1] ?? '');

  it('prints the command of the docs where it listens at its usual port', () => {
    expect(optionsTo(LOCAL.kinesis)).to.equal('--local');
    expect(optionsTo('http://127.0.0.1:9')).to.equal('--local --endpoint http://127.0.0.1:9');
    // zsh takes brackets for a pattern of file names.
    expect(optionsTo('http://[::1]:9')).to.equal("--local --endpoint 'http://[::1]:9'");
  });

  it('stays up, takes what the command that it prints sends, and ends cleanly', async () => {
    // The window of the template is a second of this machine.
    const { kill, saw, finished, printed } = await startStack(['--parameter', 'RollupsBatchingWindowInSeconds=0']);
    expect(printed.stdout).to.contain('tables local-EventData, local-RejectedEvents, local-Rollups');
    expect(printed.stdout).to.match(/^ *Failed +\S.*kept /m);
    const beside = [...printed.stdout.matchAll(/^ {2}\w+ +http\S+ +/gm)].map(([{ length }]) => length);
    expect(beside).to.deep.equal(beside.map(() => Math.max(...beside)));
    expect(beside).to.have.lengthOf(3);
    const [, args = ''] = /npm run client -- (.*)/.exec(printed.stdout) ?? [];
    const client = await call(npmRunClient, [...args.split(' '), '--max', '40', '--json']).finished;
    expect(JSON.parse(client.stdout)).to.include({ read: 40, sent: 40, failed: 0 });
    await saw('"message":"batch processed"');
    await saw('"message":"changes applied"');

    const page = urlIn(printed.stdout, 'Watch');
    expect(await (await fetch(`${page}about`)).json()).to.deep.equal({
      name: 'local',
      where: 'on this machine',
      canPutBack: true,
    });

    const ports = ['Kinesis', 'DynamoDB', 'Watch'].map((service) => urlIn(printed.stdout, service).port);
    const flags = ['--kinesis-port', '--dynamodb-port', '--watch-port'];
    const second = await called(...flags.flatMap((flag, index) => [flag, ports[index]!]));
    expect(second).to.deep.equal({
      code: 1,
      stdout: '',
      stderr: `error: ports ${ports[0]}, ${ports[1]} and ${ports[2]} are in use, perhaps by another npm run local; end that, or choose other ports with ${flags[0]}, ${flags[1]} and ${flags[2]}\n`,
    });

    kill('SIGINT');
    const { code, stdout, stderr } = await finished;
    // A batch that is under way when the stack is stopped still writes its line.
    const others = stdout.split('\n').filter((line) => !line.startsWith('{'));
    expect(others.slice(-3)).to.deep.equal(['', 'Stopping the local stack.', '']);
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
  });

  it('listens where --host says, and gives the page a token where others reach it', async () => {
    const flags = ['--host', '0.0.0.0', '--parameter', 'Rollups=false', '--processor', 'metrics'];
    const { kill, finished, printed } = await startStack(flags);
    expect(printed.stdout, 'events that its processor takes').to.contain('--file events/metrics.ndjson');
    expect(urlIn(printed.stdout, 'DynamoDB').hostname).to.equal('0.0.0.0');
    const { hostname, pathname } = urlIn(printed.stdout, 'Watch');
    expect(hostname).to.equal('0.0.0.0');
    expect(pathname).to.match(/^\/[\w-]{32}\/$/);
    kill('SIGTERM');
    expect((await finished).code).to.equal(0);
  });

  it('names the option of a port that is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await called(...FREE_PORTS.slice(0, 4), '--watch-port', `${port}`);
    server.close();
    await once(server, 'close');
    expect(stderr).to.equal(
      `error: port ${port} is in use, perhaps by another npm run local; end that, or choose another port with --watch-port\n`,
    );
    expect(code).to.equal(1);
  });

  it('ends quietly and leaves nothing behind when it is interrupted while it starts', async () => {
    const temporary = await mkdtemp(join(folder, 'tmp-'));
    const left = () => readdir(temporary);
    await inEnvironment({ TMPDIR: temporary }, async () => {
      const { kill, finished } = call(npmRunLocal, FREE_PORTS);
      await until(async () => (await left()).length > 0);
      kill('SIGINT');
      const { code, stdout, stderr } = await finished;
      // On a machine that is very busy the stack may be up before the signal comes.
      expect(code, stderr).to.be.oneOf([130, 0]);
      if (code === 130) expect(stdout).to.equal('\nStopping the local stack.\n');
      expect(stderr).to.equal('');
      expect(await left()).to.deep.equal([]);
    });
  });

  it('names every problem of a wrong call at once', async () => {
    const flags = ['--kinesis-port', '70000', '--dynamodb-port', 'x', '--watch-port', '8000'];
    const { code, stderr } = await called(
      ...flags,
      '--processor',
      'nope',
      '--parameter',
      'BatchSize=0',
      '--failed-batches',
      '',
      '--host',
      '',
    );
    for (const message of [
      '--kinesis-port is "70000"; expected a whole number from 0 to 65535',
      '--dynamodb-port is "x"; expected a whole number from 0 to 65535',
      'DynamoDB and the live page cannot both listen on port 8000',
      'there is no processor "nope"; expected one of ',
      'the parameter BatchSize is "0"; expected a number from 1 to 10000',
      '--failed-batches is empty; expected the path of a folder',
      '--host is empty; expected an address',
    ])
      expect(stderr).to.contain(message);
    expect(code).to.equal(2);
  });

  it('refuses an address that this machine does not have', async () => {
    const { code, stderr } = await called(...FREE_PORTS, '--host', '192.0.2.1');
    expect(stderr).to.contain('this machine has no address 192.0.2.1; expected one of its own');
    expect(code).to.equal(1);
  });
});

import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { toItem } from '../../../aws/wire-value.ts';
import { provision } from '../../../local/emulators/provision.ts';
import { localStack } from '../../../local/stack.ts';
import type { Flow } from '../../../local/watch/watched.ts';
import npmRunWatch from '../../../ops/watch/watch.ts';
import { TestServices } from '../../support/emulators.ts';
import { EventStream } from '../../support/event-stream.ts';
import { FakeStack } from '../../support/fake-stack.ts';
import { REFUSED } from '../../support/refused.ts';
import { call, inEnvironment } from '../../support/run.ts';

describe('npm run watch', () => {
  const services = new TestServices();
  before(async () => {
    // Its own, since the tables have the names of a local stack.
    await services.start({});
    await provision(localStack().template, services);
    const row = { Username: '名前', Id: '1', Timestamp: '2026-11-20T12:00:00.000Z', Type: 'note', Message: 'حسنا' };
    await services.dynamoDb.send(
      new PutItemCommand({ TableName: 'local-EventData', Item: toItem(row) as Record<string, { S: string }> }),
    );
  });
  after(() => services.stop());

  /** Calls it, and opens the page that it serves. `close` closes the page and ends the command as Ctrl-C does. */
  const open = async (args: string[], env: Record<string, string> = {}) => {
    const { saw, printed, kill, finished } = call(npmRunWatch, [...args, '--port', '0'], { env });
    await saw('/\n\n');
    const url = /http:\S+/.exec(printed.stdout)?.[0] ?? '';
    const page = await new EventStream().open(`${url}events`);
    const about = async (): Promise<unknown> => (await fetch(`${url}about`)).json();
    const close = async (): Promise<void> => {
      await page.close();
      kill('SIGINT');
      const { code, stderr } = await finished;
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    };
    return { url, page, about, close };
  };

  it('shows the tables of a local stack to another process, and puts nothing back', async () => {
    const { page, about, close } = await open(['--local', '--endpoint', services.endpoints.dynamoDb]);
    await page.untilEqual('flow', ({ figures }: Flow) => figures, { rows: 1, rejectedRows: 0, groups: 0 });
    expect(await about()).to.deep.include({ name: 'local', canPutBack: false });
    await close();
  });

  it('says on the page what to do where no local stack is up', async () => {
    const { page, close } = await open(['--local', '--endpoint', REFUSED]);
    await page.untilEqual('flow', ({ problems }: Flow) => problems, [
      `${REFUSED} cannot be reached (ECONNREFUSED); check --endpoint, and whether npm run local is up.`,
    ]);
    await close();
  });

  it('finds a stack by its outputs and its name, and says on the page what it cannot read', async () => {
    const stack = new FakeStack('');
    await stack.start();
    stack.outputs = {
      Region: 'us-east-1',
      KinesisStream: 'local-EventStream',
      EventDataTable: 'local-EventData',
      RejectedEventsTable: 'local-RejectedEvents',
      RollupsTable: 'local-Rollups',
      DDBEventProcessor: 'local-DDBEventProcessor',
      EventRollups: 'local-EventRollups',
    };
    stack.parameters = { Processor: 'social-media' };
    try {
      // CloudFormation takes either; the metrics are under the name.
      const arn = 'arn:aws:cloudformation:us-east-1:123456789012:stack/mine/1234abcd';
      const args = ['--stack', arn, '--region', 'us-east-1', '--endpoint', services.endpoints.dynamoDb];
      const env = {
        AWS_ENDPOINT_URL_CLOUDFORMATION: stack.endpoint,
        AWS_ENDPOINT_URL_CLOUDWATCH: REFUSED,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      };
      await inEnvironment(env, async () => {
        const { url, page, about, close } = await open(args, env);
        expect((await fetch(new URL('/about', url))).status, 'without the token').to.equal(404);
        expect(await about()).to.include({ name: 'mine' });
        await page.untilEqual('flow', ({ problems }: Flow) => problems.length, 1);
        const names = (rollups: { name: string }[]) => rollups.map(({ name }) => name);
        await page.untilEqual('rollups', names, ['hashtags', 'languages']);
        const texts = ({ rows }: { rows: { text: string }[] }) => rows.map(({ text }) => text);
        await page.untilEqual('newest', texts, ['حسنا']);
        await close();
      });
    } finally {
      await stack.stop();
    }
  });

  it('sends no key of AWS to a table on this machine, however its endpoint is given', async () => {
    const stack = new FakeStack('');
    await stack.start();
    stack.outputs = {
      ...{ Region: 'us-east-1', KinesisStream: 's', EventDataTable: 'e', RejectedEventsTable: 'r' },
      DDBEventProcessor: 'f',
    };
    stack.parameters = { Processor: 'default' };
    try {
      const env = {
        ...{ AWS_ENDPOINT_URL_CLOUDFORMATION: stack.endpoint, AWS_ENDPOINT_URL_DYNAMODB: stack.endpoint },
        ...{ AWS_ENDPOINT_URL_CLOUDWATCH: REFUSED, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
      };
      const args = ['--stack', 'mine', '--region', 'us-east-1'];
      await inEnvironment(env, async () => {
        const { page, close } = await open(args, env);
        await page.untilEqual('flow', ({ problems }: Flow) => problems.length > 1, true);
        await close();
      });
      expect([...stack.signed]).to.deep.equal(['cloudformation test', 'dynamodb local']);
    } finally {
      await stack.stop();
    }
  });

  const wrong: [args: string[], message: string][] = [
    [[], 'nothing to watch: give --stack NAME or --local'],
    [['--stack', 's', '--local'], '--stack and --local exclude each other'],
    [['--local', '--port', '70000'], '--port is "70000"; expected a whole number from 0 to 65535'],
    [['--local', '--processor', 'nope'], 'there is no processor "nope"'],
    [['--local', '--endpoint', 'x'], 'the endpoint is "x"'],
    [['--local', '--host', ''], '--host is empty; expected an address'],
  ];
  for (const [args, message] of wrong)
    it(`refuses ${args.join(' ') || 'no arguments'}`, async () => {
      const { code, stderr } = await call(npmRunWatch, args).finished;
      expect(stderr).to.contain(message);
      expect(code).to.equal(2);
    });
});

import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../aws/system-clock.ts';
import { type FunctionOptions, type LocalFunction, startFunction } from '../../../local/lambda/lambda.ts';
import { emptyFolder } from '../../support/empty-folder.ts';
import { inEnvironment } from '../../support/run.ts';
import { Changes } from '../../support/until.ts';

describe('the local function', () => {
  const folder = emptyFolder(before);
  let running: LocalFunction | undefined;
  let logs: string[];
  let changes: Changes;

  beforeEach(() => {
    logs = [];
    changes = new Changes();
  });
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  let bundles = 0;
  const start = async (code: string, options: Partial<FunctionOptions> = {}): Promise<LocalFunction> => {
    bundles += 1;
    const bundle = join(folder, `handler-${bundles}.cjs`);
    await writeFile(bundle, code);
    running = await startFunction({
      bundle,
      handlerName: 'handler',
      functionName: 'local-Function',
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:local-Function',
      timeout: 900,
      memorySize: 64,
      environment: { GREETING: 'hello' },
      onLog: (line) => {
        logs.push(line);
        changes.changed();
      },
      clock: systemClock,
      ...options,
    });
    // It may be gone while the function runs: what is compiled is kept for a day.
    await rm(bundle);
    return running;
  };
  const answerOf = async (code: string, options?: Partial<FunctionOptions>) => {
    const { requestId, ...answer } = await (await start(code, options)).invoke('{"n":1}');
    expect(requestId).to.match(/^[0-9a-f-]{36}$/);
    return answer;
  };

  it('gives the handler the event, its own environment and a context, and answers with JSON', async () => {
    const code = `exports.handler = async (event, context) => ({ event, env: process.env,
      left: context.getRemainingTimeInMillis() > 800_000, name: context.functionName, memory: context.memoryLimitInMB });`;
    expect(await answerOf(code, { timeout: 900 })).to.deep.equal({
      payload: JSON.stringify({
        event: { n: 1 },
        env: { GREETING: 'hello' },
        left: true,
        name: 'local-Function',
        memory: '64',
      }),
    });
  });

  it('gives the function the heap that Lambda gives it', async () => {
    const code = `exports.handler = async () => {
      const { maxOldGenerationSizeMb, maxYoungGenerationSizeMb } = require('node:worker_threads').resourceLimits;
      return [maxOldGenerationSizeMb, maxYoungGenerationSizeMb];
    };`;
    // 90 % of its memory, and three times 5 % of it.
    expect(await answerOf(code, { memorySize: 512 })).to.deep.equal({ payload: '[460,75]' });
  });

  it('answers null where the handler returns nothing, or what JSON does not have', async () => {
    const { invoke } = await start('exports.handler = async (event) => (event.isNothing ? undefined : () => {});');
    for (const event of ['{"isNothing":true}', '{}']) expect(await invoke(event)).to.include({ payload: 'null' });
  });

  it('keeps its state from one invocation to the next', async () => {
    const { invoke } = await start('let n = 0; exports.handler = async () => ++n;');
    expect(await invoke('{}')).to.include({ payload: '1' });
    expect(await invoke('{}')).to.include({ payload: '2' });
  });

  it('serves two invocations at once by two environments', async () => {
    const code = 'let n = 0; exports.handler = async () => { n += 1; return n; };';
    const { invoke } = await start(code);
    const answers = await Promise.all([invoke('{}'), invoke('{}')]);
    expect(answers.map((answer) => 'payload' in answer && answer.payload)).to.deep.equal(['1', '1']);
  });

  it('passes on what the function writes, line by line', async () => {
    await answerOf(
      'exports.handler = async () => { console.log("one"); process.stdout.write("two\\n"); console.error("three"); };',
    );
    await running?.close();
    expect(logs).to.have.members(['one', 'two', 'three']);
  });

  const failures: [name: string, code: string, type: string, message: RegExp][] = [
    ['an exception', 'exports.handler = async () => { throw new RangeError("boom"); };', 'RangeError', /boom/],
    ['what is thrown and no error', 'exports.handler = async () => { throw "boom"; };', 'Error', /boom/],
    [
      'an exception outside of the handler',
      'exports.handler = () => new Promise(() => { setImmediate(() => { throw new TypeError("later"); }); });',
      'TypeError',
      /later/,
    ],
    ['a function that cannot be loaded', 'throw new Error("bad configuration");', 'Error', /bad configuration/],
    ['a handler that is missing', 'exports.other = 1;', 'Error', /no export "handler"/],
    ['a process that ends itself', 'exports.handler = async () => process.exit(3);', 'Runtime.ExitError', /status 3/],
    [
      'an endless loop',
      'exports.handler = async () => { for (;;) {} };',
      'Sandbox.Timedout',
      /timed out after 0.10 seconds/,
    ],
    [
      'a promise that never settles',
      'exports.handler = () => new Promise(() => setInterval(() => {}, 1000));',
      'Sandbox.Timedout',
      /timed out/,
    ],
    [
      'a memory that is full',
      'exports.handler = async () => { const all = []; for (;;) all.push(new Array(1e5).fill({})); };',
      'Runtime.OutOfMemory',
      /out of memory/,
    ],
  ];
  for (const [name, code, errorType, message] of failures)
    it(`survives ${name}, and answers with ${errorType}`, async () => {
      const timeout = errorType === 'Sandbox.Timedout' ? 0.1 : 900;
      const answer = await answerOf(code, { timeout, memorySize: 32 });
      expect(answer).to.have.nested.property('error.errorType', errorType);
      expect(answer).to.have.nested.property('error.errorMessage').that.matches(message);
    });

  it('starts afresh after a crash', async () => {
    const code = 'let n = 0; exports.handler = async ({ crash }) => { n += 1; if (crash) process.exit(1); return n; };';
    const { invoke } = await start(code);
    await invoke('{}');
    await invoke('{"crash":true}');
    expect(await invoke('{}')).to.include({ payload: '1' });
  });

  const afterwards: [name: string, code: string, log: string][] = [
    ['an exception', 'throw new Error("late")', 'Error: late'],
    ['an end of its process', 'process.exit(1)', 'Runtime.ExitError: Runtime exited with status 1'],
  ];
  for (const [name, code, log] of afterwards)
    it(`survives ${name} between two invocations, says so in the log, and starts afresh`, async () => {
      const channel = `lambda-test-${randomUUID()}`;
      const { invoke } = await start(
        `new BroadcastChannel('${channel}').onmessage = () => { ${code}; }; let n = 0; exports.handler = async () => ++n;`,
      );
      expect(await invoke('{}')).to.include({ payload: '1' });
      const crash = new BroadcastChannel(channel);
      crash.postMessage('now');
      await changes.until(() => logs.includes(`the function crashed between two invocations: ${log}`));
      crash.close();
      expect(await invoke('{}')).to.include({ payload: '1' });
    });

  it('ends at once in the middle of an invocation, and begins none after that', async () => {
    const { invoke, close } = await start(`exports.handler = async () => {
      await new Promise((resolve) => process.stdout.write("begun\\n", resolve));
      for (;;) {}
    };`);
    const answer = invoke('{}');
    await changes.until(() => logs.includes('begun'));
    await close();
    expect(await answer).to.have.nested.property('error.errorType', 'Runtime.ExitError');
    expect(await invoke('{}')).to.have.nested.property('error.errorType', 'Runtime.ExitError');
    expect(logs).to.deep.equal(['begun']);
  });

  it('answers at once where the process ends while it loads', async () => {
    expect(await answerOf('process.exit(7);', { timeout: 900 })).to.deep.equal({
      error: { errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited with status 7' },
    });
  });

  it('leaves nothing in the folder for temporary files, whoever kills it', async () => {
    const temporary = await mkdtemp(join(folder, 'temporary-'));
    await inEnvironment({ TMPDIR: temporary }, async () => {
      const { invoke } = await start('exports.handler = async ({ crash }) => { if (crash) process.exit(1); };');
      expect(await readdir(temporary)).to.deep.equal([]);
      await invoke('{"crash":true}');
      await invoke('{}');
      expect(await readdir(temporary)).to.deep.equal([]);
      const starting = start('', { bundle: join(folder, 'missing.cjs') });
      expect(await starting.catch(({ code }) => code)).to.equal('ENOENT');
      expect(await readdir(temporary)).to.deep.equal([]);
    });
  });

  it('answers with an error where another environment cannot be started, and goes on once it can', async () => {
    const { invoke } = await start('exports.handler = async ({ crash }) => { if (crash) process.exit(1); };');
    await invoke('{"crash":true}');
    const answer = await inEnvironment({ TMPDIR: join(folder, 'missing') }, () => invoke('{}'));
    expect(answer)
      .to.have.nested.property('error.errorMessage')
      .that.matches(/cannot be written \(ENOENT\)/);
    expect(await invoke('{}')).to.include({ payload: 'null' });
  });
});

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { bundleFunctions } from '../../../local/lambda/bundle.ts';
import { functionOptionsOf } from '../../../local/lambda/function-options.ts';
import { EVENT_PROCESSOR, localStack, ROLLUPS } from '../../../local/stack.ts';
import { REFUSED } from '../../support/refused.ts';

/** Loads a bundle, and tells which expressions it makes meanwhile, other than those that are written as such. */
const LOADING = `
  const { parentPort, workerData } = require('node:worker_threads');
  const made = [];
  const construct = (target, args) => {
    made.push(String(args[0]));
    return new target(...args);
  };
  globalThis.RegExp = new Proxy(RegExp, { construct });
  require(workerData);
  parentPort.postMessage(made);
`;

describe('the bundle of a function', () => {
  const stack = localStack();
  let bundles: Record<string, string>;
  before(async () => {
    bundles = await bundleFunctions(stack);
  });

  for (const name of [EVENT_PROCESSOR.function, ROLLUPS.function])
    it(`makes no expression with a class of Unicode while it is loaded, which takes up to a millisecond: ${name}`, async () => {
      const { environment: env } = functionOptionsOf(name, stack, { kinesis: REFUSED, dynamoDb: REFUSED });
      const worker = new Worker(LOADING, { eval: true, workerData: bundles[name]!, env });
      const [made] = (await once(worker, 'message')) as [string[]];
      await worker.terminate();
      expect(made).not.to.be.empty;
      expect(made.filter((source) => /\\p\{/i.test(source))).to.deep.equal([]);
    });

  it('has such expressions as calls only: V8 reads one that is written as such when it reads its file', () => {
    const code = readFileSync(bundles[EVENT_PROCESSOR.function]!, 'utf8').replace(/String\.raw`[^`]*`/g, '');
    expect(code).to.match(/RegExp\("[^"]*\\\\p\{/);
    expect(code).not.to.match(/(?<!\\)\\p\{/i);
  });
});

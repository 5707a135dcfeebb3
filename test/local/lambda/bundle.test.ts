import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { bundleFunctions } from '../../../local/lambda/bundle.ts';
import { EVENT_PROCESSOR, localStack, ROLLUPS } from '../../../local/stack.ts';

describe('the bundle of a function', () => {
  it('has expressions with classes of Unicode as texts: esbuild has others made when it is loaded, or at each call', async () => {
    const bundles = await bundleFunctions(localStack());
    for (const name of [EVENT_PROCESSOR.function, ROLLUPS.function]) {
      const code = readFileSync(bundles[name]!, 'utf8');
      expect(code, name).to.match(/String\.raw`[^`]*\\p\{/);
      expect(code.replace(/String\.raw`[^`]*`/g, ''), name).not.to.match(/\\p\{/i);
    }
  });
});

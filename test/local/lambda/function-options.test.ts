import { expect } from 'chai';
import { bundleFunctions } from '../../../local/lambda/bundle.ts';
import { functionOptionsOf } from '../../../local/lambda/function-options.ts';
import type { LocalStack } from '../../../local/stack.ts';
import { stallLimit } from '../../../local/stall-watch.ts';
import { parseTemplate, resolveTemplate, TemplateError } from '../../../local/template/template.ts';

const stackWith = (properties: string): LocalStack => {
  const stack = { name: 'mine', region: 'eu-west-1', accountId: '123456789012' };
  const events = 'Events: { Stream: { Type: Kinesis, Properties: {} } }';
  const template = parseTemplate(`
Resources: { F: { Type: AWS::Serverless::Function, Properties: { ${events}, ${properties} } } }`);
  return { ...stack, template: resolveTemplate(template, stack) };
};

const limitsOf = (properties: string) => {
  const { timeout, memorySize } = functionOptionsOf('F', stackWith(properties), { kinesis: '', dynamoDb: '' });
  return { timeout, memorySize };
};

describe('a function of the template', () => {
  it('has the limits that the template gives it, or else those of Lambda', () => {
    expect(limitsOf("Timeout: 900, MemorySize: '10240'")).to.deep.equal({ timeout: 900, memorySize: 10_240 });
    expect(limitsOf('Handler: a.b')).to.deep.equal({ timeout: 3, memorySize: 128 });
    expect(stallLimit(stackWith('Handler: a.b'))).to.equal(120_000);
  });

  for (const limit of ['Timeout: 5m', 'Timeout: 0', 'Timeout: 901', 'Timeout: 1.5', 'MemorySize: 127', 'MemorySize: x'])
    it(`is refused with ${limit}`, () => {
      expect(() => limitsOf(limit)).to.throw(TemplateError, /^\w+ of F is .+; expected whole \w+ from \d+ to \d+$/);
    });

  it('is refused where nothing says how it is built', async () => {
    const refused = await bundleFunctions(stackWith('Handler: a.b')).catch((error: Error) => error);
    expect(refused)
      .to.be.instanceOf(TemplateError)
      .with.property('message', `F has no EntryPoints in BuildProperties; expected a list, as sam build reads it`);
  });
});

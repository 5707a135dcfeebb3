import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { ProcessorError } from '../../core/processor.ts';
import { PROCESSORS, processorNamed } from '../../processors/index.ts';

describe('the processors', () => {
  it('are one for each file of their folder', () => {
    const files = readdirSync(new URL('../../processors', import.meta.url)).map((file) => file.replace('.ts', ''));
    expect(Object.keys(PROCESSORS)).to.have.members(files.filter((name) => name !== 'index'));
  });

  it('can all be used', () => {
    for (const name of Object.keys(PROCESSORS)) expect(() => processorNamed(name), name).not.to.throw();
  });

  it('are named where somebody asks for one that is not there', () => {
    expect(() => processorNamed('toString')).to.throw(
      ProcessorError,
      /there is no processor "toString"; expected one of default/,
    );
  });
});

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { MUTANTS } from '../../../proof/mutants/list.ts';
import { checkAll } from '../../../proof/mutants/mutant.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

describe('the list of mutants', () => {
  it('has only mutants that apply to the source as it is', async () => {
    await checkAll(MUTANTS, (file) => readFile(`${ROOT}${file}`, 'utf8'));
  });

  it('names each mutant once, and gives it proofs that are there', () => {
    const names = MUTANTS.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).to.deep.equal([]);
    for (const { name, proofs } of MUTANTS) {
      expect(proofs, name).not.to.deep.equal([]);
      const files = proofs.flatMap((proof) => (proof.kind === 'soak' ? [] : [proof.file]));
      expect(
        files.filter((file) => !existsSync(`${ROOT}${file}`)),
        name,
      ).to.deep.equal([]);
    }
  });
});

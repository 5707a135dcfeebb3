import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** Which rooms each room may import from, beside itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  functions: ['core'],
  client: ['core'],
  local: ['core', 'functions', 'client'],
  plan: ['core', 'functions', 'client', 'local'],
  bench: ['core', 'functions', 'client', 'local'],
};

/** What core may use of Node and of others: nothing that reaches the outside. */
const CORE_PACKAGES = ['node:buffer', 'node:crypto', 'lossless-json', 'pbf'];

const importsOf = (file: string): string[] =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name]) => name!);

const filesOf = (room: string): string[] =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|mjs|cjs)$/.test(file))
    .map((file) => join(room, file));

describe('the architecture', () => {
  for (const [room, others] of Object.entries(MAY_IMPORT))
    it(`lets ${room} import from ${['itself', ...others].join(', ')} alone`, () => {
      const files = filesOf(room);
      expect(files).not.to.have.length(0);
      for (const file of files)
        for (const name of importsOf(file).filter((path) => path.startsWith('.'))) {
          const [target] = join(file, '..', name).split(/[\\/]/);
          expect([room, ...others], `${file} imports ${name}`).to.include(target);
        }
    });

  it('keeps core free of the SDK, the environment, the clock and chance', () => {
    for (const file of filesOf('core')) {
      const packages = importsOf(file).filter((name) => !name.startsWith('.'));
      for (const name of packages) expect(CORE_PACKAGES, `${file} imports ${name}`).to.include(name);
      const code = readFileSync(join(ROOT, file), 'utf8').replace(/\/\*\*[\s\S]*?\*\//g, '');
      expect(code, file).not.to.match(/process\.|Date\.now|new Date\(\)|Math\.random|setTimeout|setInterval|fetch\(/);
    }
  });
});

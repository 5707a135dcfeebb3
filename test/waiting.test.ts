import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const TESTS = fileURLToPath(new URL('./', import.meta.url));

/** They drive a browser, a container or another emulator, and mocha does not run them; or they are what others wait with. */
const OTHERS = /^(?:browser|deploy|support)[\\/]|^waiting\.test\.ts$/;

/** What a busy machine makes fail, how it is found in the code of a test, what a test does in its place, and an example of it. */
const RULES: [what: string, pattern: RegExp, instead: string, example: string][] = [
  [
    'a timer',
    /\bset(?:Timeout|Interval)\(|\bsetTimeout\b.*'node:timers/,
    'hand in a clock, or wait for what happens',
    "import { setTimeout as delay } from 'node:timers/promises';",
  ],
  ['a look at a clock in a loop', /\b(?:for|while) \(.*\.now\(\)/, 'until', 'while (Date.now() < end) await turn();'],
  [
    'a loop that asks again and again, which goes on when its test has failed',
    /\bwhile \([(!]*await\b|\bwhile \(.*\) await (?:tick|turn|setImmediate|new Promise\(setImmediate)/,
    'until',
    'while ((await rows()).length < 3) await turn();',
  ],
  [
    'the exit of a process, which may come before its output has ended',
    /\b(?:on|once)\((?:[^()]*, )?'exit'/,
    "'close', or start of support/run.ts",
    "await once(child, 'exit');",
  ],
  ['a port of its own choice', /\.listen\([1-9]/, 'port 0, or REFUSED of support/refused.ts', 'server.listen(8080);'],
];

/** The code without its comments, and without code that it holds as a text. */
const bare = (code: string): string => code.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|`[^`]*`|^\s*'.*',?$/gm, '');

/** What is wrong with a test, a sentence each. */
const problemsOf = (file: string, code: string): string[] =>
  RULES.flatMap(([what, pattern, instead]) => {
    const found = pattern.exec(bare(code));
    return found ? [`${file} has ${what}: ${found[0]}; expected ${instead}`] : [];
  });

describe('the tests', () => {
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !OTHERS.test(file),
  );

  it('wait for what happens, and not for a time', () => {
    expect(files).to.have.length.above(200);
    expect(files.flatMap((file) => problemsOf(file, readFileSync(join(TESTS, file), 'utf8')))).to.deep.equal([]);
  });

  for (const [what, , , example] of RULES)
    it(`would be noticed with ${what}`, () => {
      expect(problemsOf('some.test.ts', example)).to.have.length.above(0);
    });
});

import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { expect } from 'chai';
import { SOURCES } from './support/sources.ts';

/** Which rooms each room may import from, next to itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  processors: ['core'],
  cli: ['core'],
  aws: ['core', 'cli'],
  functions: ['core', 'processors', 'aws'],
  client: ['core', 'cli', 'aws'],
  local: ['core', 'processors', 'cli', 'aws', 'client', 'functions'],
  ops: ['core', 'processors', 'cli', 'aws', 'client', 'functions', 'local'],
  proof: ['core', 'processors', 'cli', 'aws', 'client', 'functions', 'local', 'ops'],
};

/** Rooms that know neither input and output nor clock and chance. */
const PURE = ['core', 'processors'];

/** What a pure room does without. Hours, days and texts of a Date are those of the machine's time zone, unless they are in UTC. */
const IMPURE = new RegExp(
  [
    ...[/process[.[]/, /console\./, /fetch\(/, /performance\./, /set(?:Timeout|Interval)/],
    ...[/Date\.now/, /new Date\b(?!\([^)])/, /Math\.random/, /\brandom(?:UUID|Bytes|Int)\b/, /getRandomValues/],
    ...[
      /\.[gs]et(?:FullYear|Month|Date|Day|Hours|Minutes|Seconds|TimezoneOffset)\(/,
      /\.to(?:Locale|Date|Time)\w*String\(/,
    ],
  ]
    .map(({ source }) => source)
    .join('|'),
);

/** What core may use of Node and of packages: nothing that reaches the outside. */
const CORE_PACKAGES = ['node:buffer', 'node:crypto', 'node:zlib', 'pbf'];

/** Who has a clock of the machine. All others are given one, but for what measures: `proof`. */
const HAVE_CLOCK: readonly string[] = [
  'aws/system-clock.ts',
  // It looks at that clock now and then, to know when its process stood still.
  'aws/command-clocks.ts',
  // The age of what is compiled is that of its file.
  'cli/compiled.mjs',
  // The thread of a function: the time that it has left is real, as on Lambda.
  'local/lambda/lambda-worker.ts',
];

type Sources = typeof SOURCES;

/** Keeps what is made of a text: all files but one are the same in each test. */
const once = <Made>(make: (code: string) => Made): ((code: string) => Made) => {
  const made = new Map<string, Made>();
  return (code) => {
    if (!made.has(code)) made.set(code, make(code));
    return made.get(code)!;
  };
};

const withoutComments = once((code) => code.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ''));

/** Every import of a file: of values and of types, static and dynamic, and what a worker or a child process is started with. */
const importsOf = once((code) =>
  [...withoutComments(code).matchAll(/(?:\bfrom|\bimport|\brequire|\bnew URL)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
    ([, name]) => name!,
  ),
);

/** The files of the project that a file imports. */
const filesImportedBy = (file: string, code: string): string[] =>
  importsOf(code)
    .filter((name) => name.startsWith('.'))
    .map((name) => normalize(join(dirname(file), name)));

const roomOf = (file: string): string => file.split(/[\\/]/)[0]!;

/** What is wrong with the imports of these files, a sentence each. */
const problemsOf = (sources: Sources): string[] => {
  const problems = [...sources].flatMap(([file, code]) => [
    ...problemsOfRoom(file, code),
    ...problemsOfClock(file, code),
    ...(PURE.includes(roomOf(file)) ? problemsOfPurity(file, code) : []),
  ]);
  const circle = circleIn(sources);
  return circle ? [...problems, `these files import each other: ${circle.join(' → ')}`] : problems;
};

const problemsOfRoom = (file: string, code: string): string[] => {
  const room = roomOf(file);
  const others = Object.keys(MAY_IMPORT).filter((other) => other !== room && !MAY_IMPORT[room]!.includes(other));
  return filesImportedBy(file, code)
    .filter((target) => others.includes(roomOf(target)))
    .map((target) => `${file} imports ${target}; ${room} may import from ${MAY_IMPORT[room]!.join(', ') || 'nobody'}`);
};

const CLOCK = /Date\.now|new Date\(\)|performance\.now|Math\.random|(?<![.\w])set(?:Timeout|Interval)\b/;

const problemsOfClock = (file: string, code: string): string[] => {
  const [clock] = CLOCK.exec(withoutComments(code)) ?? [];
  const mayHaveOne = roomOf(file) === 'proof' || HAVE_CLOCK.includes(file.replaceAll('\\', '/'));
  return clock === undefined || mayHaveOne ? [] : [`${file} uses ${clock}; expected the Clock that it is given`];
};

const problemsOfPurity = (file: string, code: string): string[] => {
  const packages = importsOf(code).filter((name) => !name.startsWith('.') && !CORE_PACKAGES.includes(name));
  const [impure] = IMPURE.exec(withoutComments(code)) ?? [];
  const room = roomOf(file);
  return [
    ...packages.map((name) => `${file} imports ${name}; ${room} may use ${CORE_PACKAGES.join(', ')}`),
    ...(impure === undefined
      ? []
      : [`${file} uses ${impure}; ${room} knows no environment, time zone, clock, chance or output`]),
  ];
};

/** The files of one circle of imports, where there is one. */
const circleIn = (sources: Sources): string[] | undefined => {
  const finished = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    const from = path.indexOf(file);
    if (from >= 0) return [...path.slice(from), file];
    if (finished.has(file)) return undefined;
    for (const next of filesImportedBy(file, sources.get(file) ?? '')) {
      const circle = visit(next, [...path, file]);
      if (circle) return circle;
    }
    finished.add(file);
    return undefined;
  };
  for (const file of sources.keys()) {
    const circle = visit(file, []);
    if (circle) return circle;
  }
  return undefined;
};

/** The sources with a line more at the head of one file. */
const mutated = (file: string, line: string): Sources => {
  const code = SOURCES.get(file);
  if (code === undefined) throw new Error(`there is no ${file}; expected a file of the project`);
  return new Map(SOURCES).set(file, `${line}\n${code}`);
};

describe('the architecture', () => {
  it('has one way between rooms, no circle of files, and a core without input and output', () => {
    expect(problemsOf(SOURCES)).to.deep.equal([]);
  });

  it('reads every room', () => {
    expect(new Set([...SOURCES.keys()].map(roomOf))).to.deep.equal(new Set(Object.keys(MAY_IMPORT)));
  });

  it('has no file of more lines than one sitting takes', () => {
    const linesOf = (code: string): number => code.split('\n').length - 1;
    expect(
      [...SOURCES].flatMap(([file, code]) => (linesOf(code) > 250 ? [`${file}: ${linesOf(code)}`] : [])),
    ).to.deep.equal([]);
  });

  it('says of each function and class for other files what it is, takes and gives', () => {
    const FOR_OTHERS =
      /(?<!\*\/\n)^export (?:async )?(?:function|class|const \w+(?:: [^=]+)? =\s*(?:async )?(?:<[^>]*>\s*)?\().*/gm;
    expect(
      [...SOURCES].flatMap(([file, code]) => (code.match(FOR_OTHERS) ?? []).map((head) => [file, head])),
    ).to.deep.equal([]);
  });

  it('needs for its commands and functions what is no package for development, and nothing else', () => {
    const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    const needed = [...SOURCES]
      .filter(([file]) => roomOf(file) !== 'proof')
      // A type is gone once the code runs.
      .flatMap(([, code]) => [
        ...withoutComments(code).matchAll(
          /(?:^(?:import|export)\b(?! type)[^;']* from |\bimport\()'(?!\.|node:)([^']+)'/gm,
        ),
      ])
      .map(([, name]) => /^(?:@[^/]+\/)?[^/]+/.exec(name!)![0]);
    // Its files are served to the live page.
    expect(Object.keys(dependencies)).to.have.members([...new Set([...needed, 'uplot'])]);
  });

  it('has its tests in the folders of what they test: one that is named after a file lies where that lies', () => {
    const files = [...SOURCES.keys()].map((file) => file.replace(/\.\w+$/, ''));
    const tests = readdirSync(new URL('.', import.meta.url), { recursive: true, encoding: 'utf8' }).flatMap(
      (file) => /^(.*)\.test\.ts$/.exec(file)?.[1] ?? [],
    );
    const isNamesake = (test: string) => (file: string) =>
      basename(file) === basename(test) && roomOf(file) === roomOf(test);
    expect(tests.filter((test) => files.some(isNamesake(test)) && !files.includes(test))).to.deep.equal([]);
  });

  const MUTATIONS: [file: string, line: string, problem: RegExp][] = [
    ['core/decode.ts', "import type { Environment } from '../cli/environment.ts';", /core may import from nobody/],
    ['core/decode.ts', "import { readFile } from 'node:fs/promises';", /core may use/],
    ['core/decode.ts', "import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';", /core may use/],
    ['core/decode.ts', 'const at = Date.now();', /uses Date\.now/],
    [
      'client/delivery.ts',
      "import type { Processed } from '../functions/ddb-event-processor/process-batch.ts';",
      /client may import from/,
    ],
    [
      'functions/ddb-event-processor/table.ts',
      "const { deliver } = await import('../../client/delivery.ts');",
      /functions may/,
    ],
    ['aws/kinesis.ts', "import { type Delivered } from '../client/delivery.ts';", /aws may import from/],
    ['ops/plan/plan.ts', "export { soak } from '../../proof/soak/run-soak.ts';", /ops may import from/],
    ['core/json.ts', "import type { EventData } from './event-data.ts';\nimport './decode.ts';", /import each other/],
    ['processors/default.ts', "import { table } from '../aws/kinesis.ts';", /processors may import from core/],
    ['processors/default.ts', 'const at = new Date();', /processors knows no/],
    ['processors/default.ts', "console.log('here');", /uses console\.; processors knows no/],
    ['processors/default.ts', 'const id = crypto.randomUUID();', /uses randomUUID; processors knows no/],
    ['processors/default.ts', 'const hour = new Date(0).getHours();', /uses \.getHours\(; processors knows no/],
    ['core/json.ts', 'const day = new Date(0).toLocaleDateString();', /uses \.toLocaleDateString\(; core knows no/],
    ['cli/numbers.ts', "import './progress.ts';", /import each other/],
    ['client/kept/checkpoint.ts', 'const at = performance.now();', /expected the Clock that it is given/],
  ];
  for (const [file, line, problem] of MUTATIONS)
    it(`refuses ${line.split('\n').at(-1)} in ${file}`, () => {
      expect(problemsOf(mutated(file, line)).join('\n')).to.match(problem);
    });
});

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Command } from '../../../cli/command.ts';
import { X_POSTS_A_MONTH } from '../../../core/limits.ts';
import npmStart from '../../../local/start.ts';
import { readStartOptions } from '../../../local/start-options.ts';
import { dollars } from '../../../ops/plan/bill-line.ts';
import type { Estimate } from '../../../ops/plan/estimate.ts';
import npmRunPlan from '../../../ops/plan/plan.ts';
import { PLAN_HELP } from '../../../ops/plan/plan-options.ts';
import { call } from '../../support/run.ts';
import { estimated } from './workload.ts';

const URL_OF_DOC = new URL('../../../docs/cost-and-scale.md', import.meta.url);
const DOC = readFileSync(URL_OF_DOC, 'utf8');

/** The npm scripts of the document. */
const SCRIPTS: Record<string, Command> = { 'npm run plan': npmRunPlan, 'npm start': npmStart };

/** What a line of the document prints. A run that shows two thousand events shows the same with twenty, and with or without rollups. */
const printedBy = async (line: string): Promise<string> => {
  const [script = '', options = ''] = line.replace('--max 2000', '--max 20 --parameter Rollups=false').split(' -- ');
  expect(SCRIPTS, line).to.have.property(script);
  const { code, stdout, stderr } = await call(SCRIPTS[script]!, options.split(' ')).finished;
  expect(code, stderr).to.equal(0);
  return stdout;
};

/** What the plan takes for the rollups where nobody says otherwise. */
const rollups = { rollups: 1, groups: 10, windows: 1 };

/** The cells of the table under a heading. */
const tableUnder = (heading: string): string[][] => {
  const section = DOC.split(`\n## ${heading}\n`)[1]!.split('\n## ')[0]!;
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(1).map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
};

/** What a command prints. A run of which nothing is shown is not worth its time: its options are what can be wrong. */
const seenOf = async (command: string, isShown: boolean): Promise<string> => {
  if (isShown || !command.startsWith('npm start')) return printedBy(command);
  readStartOptions(command.split(' ').slice(3), {});
  return '';
};

const withOneSpace = (text: string): string => text.replace(/ +/g, ' ');

describe('docs/cost-and-scale.md', () => {
  it('has the cost of each step as the plan has it', () => {
    const rows = tableUnder('The cost of each step');
    expect(rows.map(([rate]) => rate)).to.deep.equal(['1', '100', '1,000', '10,000', '100,000', '1,000,000']);
    const count = (value: number): string => value.toLocaleString('en-US');
    for (const row of rows) {
      const [rate = '', clients = ''] = row;
      const found: Estimate = estimated(Number(rate.replaceAll(',', '')), 500, { clients: Number(clients), rollups });
      const sum = (pattern: RegExp): string =>
        dollars(found.lines.filter(({ name }) => pattern.test(name)).reduce((all, line) => all + line.dollars, 0));
      expect(row).to.deep.equal([
        rate,
        clients,
        ...found.choices.slice(0, 2).map(({ carried }) => count(carried.shards)),
        sum(/^Kinesis/),
        sum(/^(Lambda|Log)/),
        sum(/^(DynamoDB|Index) writes/),
        sum(/storage|recovery/),
        sum(/^Rollup/),
        dollars(found.total),
      ]);
    }
  });

  it('says of the cost what the plan says', () => {
    const found = estimated(1_000, 500, { rollups });
    const writes = found.lines.find(({ name }) => name === 'DynamoDB writes')!.dollars;
    const shareOfProvisioned = Math.round((found.provisionedWrites.dollars / writes) * 100);
    expect(DOC).to.contain(`costs ${shareOfProvisioned} % of that`);
    expect(DOC).to.contain(`leaves ${(found.storage.gb / 1_024).toFixed(1)} TB`);
    expect(DOC).to.contain(
      `cost ${dollars(Math.round(found.storage.dollarsAMonth)).replace('.00', '')} in every month`,
    );
    const kinesis = (lines: Estimate['lines']): number =>
      lines.filter(({ name }) => name.startsWith('Kinesis')).reduce((sum, line) => sum + line.dollars, 0);
    const [plain, shared] = found.choices;
    const saved = 1 - kinesis(shared!.lines) / kinesis(plain!.lines);
    expect(DOC).to.contain(`${Math.round(saved * 100)} % off Kinesis`);
    const { xPosts } = estimated(0.5, 500);
    expect(DOC).to.contain(`one in two seconds is ${dollars(xPosts.dollars).replace('.00', '')} a month`);
    expect(DOC).to.contain(`Above ${X_POSTS_A_MONTH / 1_000_000} million posts a month`);
  });

  it('says when a rollup costs more than its rows, as the plan has it', () => {
    const rows = tableUnder('When a rollup costs more than its rows');
    expect(rows.length).to.be.above(4);
    const sumOf = ({ lines }: Estimate, pattern: RegExp): number =>
      lines.filter(({ name }) => pattern.test(name)).reduce((all, line) => all + line.dollars, 0);
    for (const row of rows) {
      const [rate = '', count = '', groups = ''] = row.map((cell) => cell.replaceAll(',', ''));
      const load = { rollups: Number(count), groups: Number(groups), windows: 1 };
      const found = estimated(Number(rate), 500, { rollups: load });
      const [writes, kept] = [sumOf(found, /^DynamoDB writes/), sumOf(found, /^Rollup/)];
      const { changes, parts } = found.rollups!;
      const text = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 2 });
      expect(row.slice(3)).to.deep.equal([
        ...[text(changes), text(parts), dollars(writes), dollars(kept), `${Math.round((kept / writes) * 100)} %`],
      ]);
    }
  });

  it("has the CPU time of the client's events that was measured last", () => {
    const page = readFileSync(new URL('performance.md', URL_OF_DOC), 'utf8');
    const [, small, tweet] = /about (\d+) µs for an event of 200 bytes and (\d+) µs for a tweet/.exec(DOC) ?? [];
    for (const [section, said] of Object.entries({ 'command-small': small, 'command-tweet': tweet })) {
      const [, table = ''] = page.split(`<!-- bench: ${section} -->`);
      const figures = [
        ...table.split('<!-- /bench')[0]!.matchAll(/^\| ours: the command \| \d+ \| ([\d.]+)–([\d.]+) /gm),
      ].flatMap(([, least, greatest]) => [Number(least), Number(greatest)]);
      expect(Number(said), section).to.be.within(Math.min(...figures) * 0.8, Math.max(...figures) * 1.2);
    }
  });

  it('has commands that work, and shows what they print', async () => {
    const blocks = [...DOC.matchAll(/```(bash|text)\n([\s\S]*?)```/g)];
    let seen = '';
    let commands = 0;
    for (const [index, [, kind, block = '']] of blocks.entries()) {
      const lines = block.trimEnd().split('\n');
      if (kind === 'text') {
        for (const line of lines) expect(seen).to.contain(withOneSpace(line));
        continue;
      }
      const isShown = blocks[index + 1]?.[1] === 'text';
      seen = '';
      for (const line of lines) seen += withOneSpace(await seenOf(line, isShown));
      commands += lines.length;
    }
    expect(commands).to.be.above(5);
  }).timeout(180_000);

  it('names parameters and options that there are', () => {
    const template = readFileSync(new URL('../../../template.yaml', import.meta.url), 'utf8');
    const help = PLAN_HELP + readFileSync(new URL('../../../client/help.ts', import.meta.url), 'utf8');
    const code = [...DOC.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text!);
    const parameters = code.flatMap((text) => /^([A-Z][A-Za-z]+)(=\w+)?$/.exec(text)?.[1] ?? []);
    expect(parameters).not.to.have.length(0);
    for (const name of parameters) expect(template).to.contain(`\n  ${name}:\n    Type:`);
    const options = code.flatMap((text) => (text.startsWith('--') ? text.split(' ')[0]! : []));
    expect(options).not.to.have.length(0);
    for (const option of options) expect(help, option).to.contain(`  ${option} `);
  });

  it('gives a page for each limit of AWS', () => {
    const limits = tableUnder('The limits, one by one').filter(([name]) => name !== "the client's CPU");
    for (const row of limits) expect(row[1], row[0]).to.match(/\]\(https:\/\/docs\.aws\.amazon\.com\//);
  });
});

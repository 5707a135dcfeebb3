import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { medianOf, ratio } from './median.ts';

/**
 * How much of the bare loop's throughput the whole pipeline keeps: client, mapping, function and audit included. The two run
 * one after the other in each round, so that a noisy machine is as noisy for both. Figures mean something as ratios alone.
 */
const EVENTS = 10_000;
const BYTES = 2_000;
const ROUNDS = 5;

const tweet = (index: number): string => {
  const fields = {
    created_at: 'Fri Nov 20 12:34:56 +0000 2026',
    id_str: String(1_991_478_936_813_379_585n + BigInt(index)),
    text: `yolo 😋 ${index} `,
    user: { id_str: `${index % 997}`, name: `名前 ${index % 997}`, screen_name: `user_${index % 997}` },
  };
  const missing = BYTES - Buffer.byteLength(JSON.stringify(fields));
  return JSON.stringify({ ...fields, text: fields.text + 'x'.repeat(missing) });
};

const rateOf = (script: string, args: readonly string[]): number => {
  const output = execFileSync(process.execPath, ['--import', 'tsx', script, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(output.trimEnd().split('\n').at(-1)!).eventsPerSecond;
};

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
try {
  const file = join(folder, 'events.ndjson');
  writeFileSync(file, Array.from({ length: EVENTS }, (_, index) => `${tweet(index)}\n`).join(''));
  const rounds = Array.from({ length: ROUNDS }, () => {
    const round = {
      bare: rateOf('bench/bare-loop.ts', [`${EVENTS}`, `${BYTES}`]),
      pipeline: rateOf('local/start.ts', ['--file', file, '--json']),
    };
    console.log(`bare loop ${round.bare}/s, npm start ${round.pipeline}/s: ${ratio(round.pipeline, round.bare)}`);
    return round;
  });
  const bare = medianOf(rounds.map((round) => round.bare));
  const pipeline = medianOf(rounds.map((round) => round.pipeline));
  console.log(`\n${EVENTS} events of ${BYTES} bytes, median of ${ROUNDS} rounds`);
  console.log(`  bare loop  ${bare} events/s`);
  console.log(`  npm start  ${pipeline} events/s, ${ratio(pipeline, bare)} of the bare loop`);
} finally {
  rmSync(folder, { recursive: true });
}

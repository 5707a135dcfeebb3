import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFunction } from '../local/bundle.ts';
import { readTemplate } from '../local/template.ts';
import { medianOf, ratio } from './median.ts';

/**
 * What the function adds to the DynamoDB client that it cannot do without, in size and in the time that an import takes: the
 * part of a cold start that is ours. Both are bundled by the properties of the template and imported by a fresh Node.
 */
const ROUNDS = 21;
const ENVIRONMENT = {
  EVENT_DATA_TABLE: 'a',
  REJECTED_EVENTS_TABLE: 'b',
  AWS_REGION: 'us-east-1',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};
const ROOT = new URL('../', import.meta.url);

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const importTime = (bundle: string): number => {
  const code = `const t = performance.now(); require(${JSON.stringify(bundle)}); console.log(performance.now() - t)`;
  const env = { ...process.env, ...ENVIRONMENT };
  return Number(execFileSync(process.execPath, ['-e', code], { encoding: 'utf8', env }));
};

try {
  const stack = { name: 'bench', region: 'us-east-1', accountId: '000000000000' };
  const lambda = readTemplate(new URL('template.yaml', ROOT), stack).resource(
    'DDBEventProcessor',
    'AWS::Serverless::Function',
  );
  const properties = { ...(lambda.metadata.BuildProperties as object), EntryPoints: ['bench/dynamodb-client.ts'] };
  const alone = await bundleFunction({ ...lambda, metadata: { BuildProperties: properties } }, ROOT, folder);
  const ours = await bundleFunction(lambda, ROOT, folder);

  // One after the other in each round, so that a noisy machine is as noisy for both.
  const rounds = Array.from({ length: ROUNDS }, () => ({ alone: importTime(alone), ours: importTime(ours) }));
  const times = {
    alone: medianOf(rounds.map((round) => round.alone)),
    ours: medianOf(rounds.map((round) => round.ours)),
  };
  const sizes = { alone: statSync(alone).size, ours: statSync(ours).size };
  const kilobytes = (bytes: number): string => `${Math.round(bytes / 1024)} KB`;
  console.log(`DynamoDB client alone  ${kilobytes(sizes.alone)}, imported in ${times.alone.toFixed(0)} ms`);
  console.log(`DDBEventProcessor      ${kilobytes(sizes.ours)}, imported in ${times.ours.toFixed(0)} ms`);
  console.log(
    `ratio                  ${ratio(sizes.ours, sizes.alone)} in size, ${ratio(times.ours, times.alone)} in time (median of ${ROUNDS})`,
  );
} finally {
  rmSync(folder, { recursive: true });
}

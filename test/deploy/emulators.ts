/**
 * Runs the pipeline test and a soak on other emulators than those of this project.
 *
 *     npm run test:emulators                    # Kinesis and DynamoDB of moto
 *     npm run test:emulators -- kinesis-mock    # its Kinesis, and the DynamoDB of this project
 *
 * Where they cannot be had it says so and ends with exit code 77, which means neither passed nor failed.
 */
import { join } from 'node:path';
import { startEmulators } from '../../local/emulators/emulators.ts';
import type { Endpoints } from '../../local/emulators/ports.ts';
import { FAULT_NAMES, type FaultName } from '../../proof/soak/faults.ts';
import { runCheck } from './check.ts';
import { startFakeAws } from './fake-aws.ts';
import { startKinesisMock } from './kinesis-mock.ts';
import { runProcess } from './processes.ts';
import { ROOT } from './tree.ts';

interface Emulators {
  endpoints: Endpoints;
  /** A fault of a soak that they do not stand. */
  without?: FaultName;
  close: () => Promise<void>;
}

const moto = async (folder: string): Promise<Emulators> => {
  const { url, close } = await startFakeAws(folder);
  // Where a shard is split, new records still go to it, and its children get none.
  return { endpoints: { kinesis: url, dynamoDb: url }, without: 'split', close };
};

const kinesisMock = async (): Promise<Emulators> => {
  const { url, close } = await startKinesisMock();
  const own = await startEmulators({ kinesis: 0, dynamoDb: 0 });
  return {
    endpoints: { kinesis: url, dynamoDb: own.endpoints.dynamoDb },
    close: async () => {
      await own.close();
      await close();
    },
  };
};

const EMULATORS: Readonly<Record<string, (folder: string) => Promise<Emulators>>> = {
  moto,
  'kinesis-mock': kinesisMock,
};

const [name = 'moto'] = process.argv.slice(2);
const start = EMULATORS[name];
if (!start) throw new Error(`there are no emulators "${name}"; expected one of ${Object.keys(EMULATORS).join(', ')}`);

await runCheck(async (folder, step) => {
  const { endpoints, without, close } = await start(folder);
  const { kinesis, dynamoDb } = endpoints;
  const run = (file: string, args: readonly string[]): Promise<string> =>
    runProcess([process.execPath, join(ROOT, file), ...args], {
      env: { ...process.env, TEST_KINESIS: kinesis, TEST_DYNAMODB: dynamoDb },
      cwd: ROOT,
      limit: 400,
    });
  try {
    await step(`the pipeline test passes on ${name}`, () =>
      run('node_modules/mocha/bin/mocha.js', ['--no-parallel', 'test/pipeline.test.ts']),
    );
    const faults = FAULT_NAMES.filter((fault) => fault !== without).join(',');
    const soak = ['proof/soak/soak.ts', '--events', '300', '--seed', '2', '--faults', faults];
    await step(`300 events of a soak are accounted for on ${name}`, () =>
      run('cli/run.cjs', [...soak, '--endpoint', kinesis, '--dynamodb-endpoint', dynamoDb]),
    );
  } finally {
    await close();
  }
}, 2);

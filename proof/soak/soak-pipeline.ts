import { join } from 'node:path';
import { SERVER_ERRORS } from './faults.ts';
import { SoakProxies } from './proxies.ts';
import { batchSizeOf, SoakRunner } from './runner.ts';
import { SoakRollups } from './soak-rollups.ts';
import { stackOf, startSoakServices } from './soak-services.ts';
import type { Soak, SoakParts } from './soak-settings.ts';
import { outagesOf, TableOutages } from './table-outages.ts';

/** Starts the stack of a soak, and the runner of its functions behind proxies. */
export const startSoakPipeline = async (
  { events: count, seed, faults, processor = 'default', emulators, bundles, clock }: Soak,
  { folder, note, ending }: SoakParts,
) => {
  const stack = stackOf(seed, processor, emulators);
  const services = await startSoakServices(stack, { count, folder, emulators });
  ending.push(services.close);
  const { endpoints, names } = services;
  const rollups = emulators ? undefined : new SoakRollups({ count, seed, faults, services, note, clock });
  const proxies = new SoakProxies({ seed, faults, note });
  ending.push(() => proxies.close());

  const failedBatches = join(folder, 'failed-batches');
  const checkpoints = join(folder, 'checkpoints.json');
  const outages = new TableOutages({
    tables: faults.has('tables') ? outagesOf(names, faults) : {},
    error: SERVER_ERRORS[seed % 2]!,
    onOutage: (table) => note(`${table} away`),
    onOver: (functionName) => runner.takeTime(functionName),
  });
  const runner: SoakRunner = new SoakRunner(
    {
      seed,
      stack,
      faults: [...faults],
      endpoints: {
        kinesis: await proxies.before(endpoints.kinesis, { who: 'mapping', number: 2 }),
        dynamoDb: await proxies.before(endpoints.dynamoDb, {
          who: 'function',
          number: 3,
          around: (plan) => outages.around(rollups?.around(plan) ?? plan),
        }),
      },
      bundles,
      failedBatches,
      checkpoints,
      parallelizationFactor: 1 + (seed % 3),
      batchSize: batchSizeOf(count),
    },
    folder,
    outages.functions,
    { onFault: note, onUnfinished: (functionName) => outages.unfinished(functionName) },
  );
  ending.push(() => runner.kill());
  await runner.start();
  return { services, rollups, proxies, outages, runner, failedBatches, checkpoints };
};

export type SoakPipeline = Awaited<ReturnType<typeof startSoakPipeline>>;

import { readFileSync } from 'node:fs';
import { type Call, command } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit-code.ts';
import { readDeployed } from './deployed.ts';
import { estimate } from './estimate.ts';
import { PLAN_HELP, readPlanOptions } from './plan-options.ts';
import { toJson, toText } from './plan-report.ts';

const main = async ({ argv, stdout }: Call): Promise<number> => {
  const deployed = readDeployed(readFileSync(new URL('../../template.yaml', import.meta.url), 'utf8'));
  const options = readPlanOptions(argv, deployed);
  const found = estimate(options.workload, options.deployed, options.assumptions);
  stdout.write(options.json ? `${toJson(found, options)}\n` : toText(found, options));
  return EXIT.ok;
};

export default command(main, 'npm run plan -- --help', PLAN_HELP, import.meta.url);

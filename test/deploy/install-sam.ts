/**
 * Installs SAM's command line, prints its path, and installs the fake AWS that the deployment needs. Exit code 77 and one line that
 * says why, where they cannot be had.
 */
import { runCheck } from './check.ts';
import { python } from './python.ts';

await runCheck(async () => {
  const sam = await python('sam', 'sam');
  // Without it only the test that deploys is skipped.
  await python('moto', 'python').catch(() => undefined);
  console.log(sam);
});

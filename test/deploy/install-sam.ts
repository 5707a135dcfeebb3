/** Prints the path of SAM's command line. Exit code 77 and one line that says why, where it cannot be had. */
import { runCheck } from './check.ts';
import { python } from './python.ts';

await runCheck(async () => console.log(await python('sam', 'sam')));

// Node 20 has no --import for worker threads, so each registers tsx itself before it loads its TypeScript.
import { register } from 'tsx/esm/api';

register();
await import(process.argv[2]);

/**
 * How often a property that is expensive to check is checked. FC_RUNS raises it: `FC_RUNS=5000 npx mocha FILE`.
 *
 * @param usual how often a run of all tests checks it
 */
export const runs = (usual: number): number => Math.max(usual, Number(process.env.FC_RUNS ?? 0));

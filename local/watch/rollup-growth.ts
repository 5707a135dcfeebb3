import { LINES } from './rollup-charts.ts';
import type { RollupChart } from './watched.ts';

/** Samples of a rollup. Where there are more, every other one is left out. */
const SAMPLES = 240;

interface Sample {
  /** Seconds since 1970. */
  at: number;
  /** By group. */
  rows: ReadonlyMap<string, number>;
}

/**
 * What a rollup shows before it has two windows, which takes an hour where they are hours: how the counts of its largest groups grew
 * while somebody looked. Its size does not grow.
 */
export class RollupGrowth {
  readonly #samples = new Map<string, Sample[]>();

  /**
   * @param charts as the table has them at this time
   * @param now milliseconds since 1970
   * @returns the same; those without lines have lines of their counts over time, once these have changed
   */
  seen(charts: readonly RollupChart[], now: number): RollupChart[] {
    return charts.map((chart) => {
      if (chart.series.length > 0 || chart.bars.length === 0) {
        this.#samples.delete(chart.name);
        return chart;
      }
      const samples = this.#with(chart, now / 1_000);
      if (samples.length < 2) return chart;
      return {
        ...chart,
        over: 'arrival',
        times: samples.map(({ at }) => at),
        series: chart.bars.slice(0, LINES).map(({ group }) => ({
          group,
          rows: samples.map(({ rows }) => rows.get(group) ?? 0),
        })),
      };
    });
  }

  #with({ name, bars }: RollupChart, at: number): Sample[] {
    const samples = this.#samples.get(name) ?? [];
    const last = samples.at(-1);
    if (last && bars.every(({ group, rows }) => last.rows.get(group) === rows)) return samples;
    const rows = new Map(bars.map((bar) => [bar.group, bar.rows]));
    const all = [...samples, { at, rows }];
    const kept = all.length > SAMPLES ? all.filter((_, index) => index % 2 === 0) : all;
    this.#samples.set(name, kept);
    return kept;
  }
}

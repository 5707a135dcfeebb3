import { type FaultPlan, type OnEffect, startFaultProxy } from '../fault-proxy.ts';
import { type FaultName, seededPlan, withoutThoseOfClient } from './faults.ts';

export interface SoakProxiesOptions {
  seed: number;
  faults: ReadonlySet<FaultName>;
  /** Called with each fault as it happens. */
  note: (name: string) => void;
}

export interface SoakProxy {
  /** Who calls through it. */
  who: string;
  /** Other faults for each number. */
  number: number;
  /** What happens besides the faults of a seed. */
  around?: (plan: FaultPlan) => FaultPlan;
  onEffect?: OnEffect;
}

/** The proxies between the parts of a soak and the services, where calls fail. */
export class SoakProxies {
  readonly #options: SoakProxiesOptions;
  readonly #closing: (() => Promise<void>)[] = [];

  constructor(options: SoakProxiesOptions) {
    this.#options = options;
  }

  /** @param target the endpoint of a service @returns the one to call instead */
  async before(target: string, { who, number, around = (plan) => plan, onEffect }: SoakProxy): Promise<string> {
    const { seed, faults, note } = this.#options;
    const its = who === 'client' ? faults : withoutThoseOfClient(faults);
    const plan = noting(seededPlan(seed * 10 + number, its, who === 'redrive'), (kind) => note(`${who}: ${kind}`));
    const proxy = await startFaultProxy(target, around(plan), onEffect, { keepsCalls: false });
    this.#closing.push(proxy.close);
    return proxy.endpoint;
  }

  async close(): Promise<void> {
    await Promise.all(this.#closing.map((close) => close()));
  }
}

const noting =
  (plan: FaultPlan, note: (kind: string) => void): FaultPlan =>
  (call, index) => {
    const fault = plan(call, index);
    if (fault?.kind === 'reset') note(`connection broken ${fault.when}`);
    else if (fault?.kind === 'error') note(`${fault.status} ${fault.type}`);
    else if (fault) note(fault.kind);
    return fault;
  };

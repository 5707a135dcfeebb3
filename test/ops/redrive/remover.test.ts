import { expect } from 'chai';
import { Remover } from '../../../ops/redrive/remover.ts';
import type { SetAsideStore } from '../../../ops/redrive/set-aside.ts';
import { until } from '../../support/until.ts';

/** Removes one entry at a time, by that function. */
const storeOf = (remove: (name: string) => Promise<void>): SetAsideStore => ({
  name: 'the table "t"',
  unit: 'rejected event',
  permissions: '',
  where: '',
  entries: async function* () {},
  maxRemovals: 1,
  remove: ([name]) => remove(name!),
});

const open = (remove: (name: string) => Promise<void>) => {
  const removed: string[] = [];
  const failed: [string, string][] = [];
  const remover = new Remover({
    store: storeOf(remove),
    clock: { sleep: async () => {} },
    signal: new AbortController().signal,
    onRemoved: (names) => removed.push(...names),
    onFailed: (names, error) => failed.push(...names.map((name): [string, string] => [name, error.message])),
  });
  return { remover, removed, failed };
};

describe('the remover of set-aside entries', () => {
  it('asks the store for no removal after one failed for good', async () => {
    const asked: string[] = [];
    const { remover, removed, failed } = open(async (name) => {
      asked.push(name);
      if (name === 'second') throw new Error('access denied');
    });
    for (const name of ['first', 'second']) remover.add(name);
    await remover.end();
    for (const name of ['third', 'fourth']) remover.add(name);
    await remover.end();
    expect(asked).to.deep.equal(['first', 'second']);
    expect(removed).to.deep.equal(['first']);
    expect(failed).to.deep.equal(['second', 'third', 'fourth'].map((name) => [name, 'access denied']));
    expect(remover.error?.message).to.equal('access denied');
  });

  it('still counts a removal that was under way when another one failed', async () => {
    let finish = (): void => {};
    const { remover, removed, failed } = open((name) =>
      name === 'slow'
        ? new Promise((resolve) => {
            finish = resolve;
          })
        : Promise.reject(new Error('access denied')),
    );
    for (const name of ['slow', 'refused']) remover.add(name);
    const ended = remover.end();
    await until(() => failed.length > 0);
    finish();
    await ended;
    expect({ removed, failed }).to.deep.equal({ removed: ['slow'], failed: [['refused', 'access denied']] });
  });
});

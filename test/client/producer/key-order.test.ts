import { expect } from 'chai';
import { KeyOrder } from '../../../client/producer/key-order.ts';
import { type Pending, pending } from '../../../client/producer/parcel.ts';

describe('the order of the events of a key', () => {
  const item = (partitionKey: string, text: string): Pending => pending({ partitionKey, data: Buffer.from(text) });
  const textsOf = (items: readonly Pending[]): string[] => items.map(({ data }) => Buffer.from(data).toString());

  it('lets the first event of each key out of a record that is taken apart, and has the others wait before those that waited', () => {
    const order = new KeyOrder();
    const [a1, b1, a2, a3, a4] = [
      item('a', 'a1'),
      item('b', 'b1'),
      item('a', 'a2'),
      item('a', 'a3'),
      item('a', 'a4'),
    ] as const;
    const admitted = [a1, b1, a2, a3, a4].map((each) => order.admit(each));
    expect(admitted).to.deep.equal([true, true, false, false, false]);
    // The record takes two more of those that waited along.
    const behind = order.behind('a')!;
    const inRecord = [a1, b1, behind.shift()!, behind.shift()!];
    expect(textsOf(order.readmit(inRecord))).to.deep.equal(['a1', 'b1']);
    const released: string[][] = [];
    for (let out = order.release([a1]); out.length > 0; out = order.release(out)) released.push(textsOf(out));
    expect(released).to.deep.equal([['a2'], ['a3'], ['a4']]);
    expect(order.has('a')).to.equal(false);
    expect(order.has('b')).to.equal(true);
  });

  it('gives up what waits for an event, and knows no more of its key', () => {
    const order = new KeyOrder();
    const [first, ...others] = ['1', '2', '3'].map((text) => item('a', text));
    for (const each of [first!, ...others]) order.admit(each);
    expect(order.giveUp([first!])).to.deep.equal(others);
    expect(order.has('a')).to.equal(false);
  });
});

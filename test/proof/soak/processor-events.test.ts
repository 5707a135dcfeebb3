import { expect } from 'chai';
import { UserError } from '../../../cli/user-error.ts';
import { type EventData, keyOf } from '../../../core/event-data.ts';
import { anyObject } from '../../../core/shapes/any-object.ts';
import type { Shape } from '../../../core/shapes/shape.ts';
import { toSourceEvent } from '../../../core/source-event.ts';
import { PROCESSORS, processorNamed } from '../../../processors/index.ts';
import { numberOf, type SentEvent, soakEvents } from '../../../proof/soak/events.ts';
import { FAULT_NAMES } from '../../../proof/soak/faults.ts';
import { eventsFor, expectedFor } from '../../../proof/soak/processor-events.ts';
import { judge } from '../../../proof/soak/verdict.ts';
import { bytes } from '../../support/events.ts';
import { foundIn } from './found-in.ts';

const ALL = new Set(FAULT_NAMES);
/** More than a sample holds. */
const COUNT = 400;
const FEW = 60;

for (const [name, processor] of Object.entries(PROCESSORS))
  describe(`the events of a soak with the processor ${name}`, () => {
    let events: SentEvent[];
    before(() => {
      events = [...eventsFor(name, FEW, 5, ALL)];
    });

    it("carry their numbers, and have the soak's poison", () => {
      expect(events.map(({ data }) => numberOf(data.toString('latin1')))).to.deep.equal(
        Array.from({ length: FEW }, (_, index) => index),
      );
      expect(events.flatMap(({ poison = [] }) => poison)).to.deep.equal(['before', 'after']);
    });

    it('mostly become rows, and some are rejected, whenever they arrive', () => {
      const arriving = events.filter(({ isOversize }) => !isOversize);
      const expected = arriving.map(({ data }) => expectedFor(data, processor));
      const stored = expected.filter((fate) => fate !== 'rejected' && fate.rows.length > 0);
      expect(stored.length).to.be.above(FEW / 3);
      expect(expected).to.include('rejected');
      expect(arriving.map(({ data }) => expectedFor(data, processor, new Date('2100-01-01')))).to.deep.equal(expected);
    });
  });

describe('the events of a soak with a processor', () => {
  it('are those of the soak by itself for the default processor', () => {
    expect([...eventsFor('default', 200, 5, ALL)]).to.deep.equal([...soakEvents(200, 5, ALL)]);
  });

  describe('that looks at their arrival', () => {
    const eventsOf = (timeOf: (time: string, arrivedAt: string) => string): SentEvent[] => {
      const toRow: Shape['toRow'] = (json, context) => ({
        ...anyObject.toRow(json, context),
        Timestamp: timeOf('2026-11-20T12:00:00.000Z', context.arrivedAt),
      });
      Object.assign(PROCESSORS, { arrival: { shapes: [{ ...anyObject, toRow }] } });
      return [...eventsFor('arrival', FEW, 5, new Set())];
    };

    afterEach(() => {
      Reflect.deleteProperty(PROCESSORS, 'arrival');
    });

    it('are those of its sample where it only corrects clocks that are ahead', () => {
      const events = eventsOf((time, arrivedAt) => (time < arrivedAt ? time : arrivedAt));
      expect(events.filter(({ data }) => data.includes('{"soak":')).length).to.be.above(FEW / 2);
    });

    it('are refused where no rows can be known beforehand', () => {
      expect(() => eventsOf((_, arrivedAt) => arrivedAt)).to.throw(
        UserError,
        'other rows when it arrives at another time',
      );
    });
  });

  it('have other rows each time that the sample begins again', () => {
    const keys = [...eventsFor('indexing', COUNT, 5, new Set())].flatMap(({ data }) => {
      const fate = expectedFor(data, processorNamed('indexing'));
      return fate === 'rejected' || !fate.rows[0] ? [] : [keyOf(fate.rows[0])];
    });
    expect(new Set(keys).size).to.be.above(keys.length * 0.9);
  });
});

describe('the verdict of a soak with a processor', () => {
  const order = (number: number, hour: number, fields: object = {}): SentEvent => ({
    number,
    data: bytes({
      soak: `#${number}#`,
      ...{ order: 'o-1', customer: 'c-1', state: 'paid', total: '9.50', currency: 'EUR' },
      at: `2026-11-20T0${hour}:00:00Z`,
      ...fields,
    }),
  });
  const post = (number: number): SentEvent => ({
    number,
    data: bytes({ soak: `#${number}#`, id: 'p', author: 'amara', time: '2026-11-20T07:00:00Z', text: 'Rain #Lagos' }),
  });
  const rowsOf = ({ data }: SentEvent, name: string) => {
    const fate = expectedFor(data, processorNamed(name));
    if (fate === 'rejected') throw new Error(`${data} is rejected; expected rows`);
    return fate.rows;
  };
  const verdictOf = (name: string, events: readonly SentEvent[], rows: readonly EventData[], rejected: number[] = []) =>
    judge(
      events,
      { ...foundIn(rows), rejected: new Set(rejected), kept: new Set(), spooled: new Set() },
      processorNamed(name),
    );

  it('expects the newest row, not the last, where the processor keeps the newest', async () => {
    const events = [order(0, 9), order(1, 8, { state: 'created' })];
    const [newest, last] = events.map((event) => rowsOf(event, 'order-processing'));
    expect(await verdictOf('order-processing', events, newest!)).to.include({ inTable: 2, missing: 0 });
    expect((await verdictOf('order-processing', events, last!)).problems).to.deep.equal([
      'event 0 was replaced by the older 1',
    ]);
  });

  it('counts what the processor drops, and names it where it was rejected', async () => {
    const events = [order(0, 9, { test: true }), order(1, 9, { state: 'lost' })];
    expect(await verdictOf('order-processing', events, [], [1])).to.include({ dropped: 1, rejected: 1, missing: 0 });
    expect((await verdictOf('order-processing', events, [], [0, 1])).problems).to.deep.equal([
      'event 0 was rejected, but is a good one',
    ]);
  });

  it('expects every row of an event, and names one that has too few', async () => {
    const events = [post(0)];
    const rows = rowsOf(events[0]!, 'indexing');
    expect(rows.map(({ Username }) => Username)).to.deep.equal(['@amara', '#lagos', 'rain', 'lagos']);
    expect(await verdictOf('indexing', events, rows)).to.include({ inTable: 1, missing: 0 });
    expect((await verdictOf('indexing', events, rows.slice(0, -1))).problems).to.deep.equal(['event 0 has no row']);
  });

  it('allows either row of a key whose records have other partition keys, since they come in any order', async () => {
    const parcel = (number: number, name: string): SentEvent => ({
      number,
      data: bytes({ soak: `#${number}#`, id: '1', email: 'zoe@example.com', country: 'SE', name }),
    });
    const events = [parcel(0, 'Zoë'), parcel(1, 'Zoë Å')];
    const partitionKeys = events.map(({ data }) => toSourceEvent(data).partitionKey);
    expect(partitionKeys[0]).not.to.equal(partitionKeys[1]);
    for (const event of events)
      expect((await verdictOf('data-cleansing', events, rowsOf(event, 'data-cleansing'))).problems).to.deep.equal([]);
  });
});

import { expect } from 'chai';
import { toSourceEvent } from '../../../core/source-event.ts';
import { ARRIVED, decode } from '../../support/decode.ts';
import { bytes } from '../../support/events.ts';

const call = (fields: object = {}): object => ({
  type: 'page',
  messageId: 'ajs-next-17',
  anonymousId: 'device-7',
  userId: 'u-42',
  name: 'Basket',
  properties: { url: 'https://shop.example/basket', total: 12.5 },
  originalTimestamp: '2026-11-20T12:00:03Z',
  sentAt: '2026-11-20T12:00:05Z',
  receivedAt: '2026-11-20T12:00:02.123Z',
  timestamp: '2026-11-20T12:00:00.123Z',
  ...fields,
});

describe('a call of Segment', () => {
  for (const type of ['identify', 'page', 'screen', 'group', 'alias'])
    it(`such as ${type} becomes a row of its user by its message, with all that it says`, () => {
      expect(decode(call({ type }))).to.deep.equal({
        Username: 'u-42',
        Id: 'ajs-next-17',
        Timestamp: '2026-11-20T12:00:00.123Z',
        Type: `segment.${type}`,
        Data: call({ type }),
      });
      expect(toSourceEvent(bytes(call({ type }))).partitionKey).to.equal('u-42');
    });

  it('is the same row when it is sent again, and arrives at another time', () => {
    const [first, again] = [call(), call({ sentAt: '2026-11-20T12:30:00Z', receivedAt: '2026-11-20T12:30:01Z' })].map(
      decode,
    );
    expect(again).to.deep.include({ Username: first!.Username, Id: first!.Id, Timestamp: first!.Timestamp });
  });

  it('is of a device where nobody signed in, and of users that are numbers', () => {
    expect(decode(call({ userId: null })).Username).to.equal('device-7');
    expect(decode(call({ userId: 42 })).Username).to.equal('42');
  });

  it('has the time of the device where nobody corrected that, and of its arrival where it names none', () => {
    expect(decode(call({ timestamp: undefined })).Timestamp).to.equal('2026-11-20T12:00:03.000Z');
    const none = call({ timestamp: undefined, originalTimestamp: 'now' });
    expect(decode(none).Timestamp).to.equal(ARRIVED.toISOString());
  });

  it('that tracks names what was done', () => {
    expect(decode(call({ type: 'track', event: 'Order Completed' }))).to.include({
      Type: 'segment.track',
      Id: 'ajs-next-17',
    });
    expect(decode(call({ type: 'track' }))).to.include({ Type: 'json' });
  });

  it('is not what has another type, no message or no user', () => {
    for (const fields of [{ type: 'chat' }, { messageId: '' }, { userId: '', anonymousId: null }])
      expect(decode(call(fields))).to.include({ Type: 'json' });
  });
});

import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { anyObject } from '../../core/shapes/any-object.ts';
import type { Shape } from '../../core/shapes/shape.ts';
import { toSourceEvent } from '../../core/source-event.ts';
import { bytes, cloudEvent, tweetV1, tweetV2 } from '../support/events.ts';

const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex');
const keyOf = (value: unknown) => toSourceEvent(bytes(value)).partitionKey;

describe('toSourceEvent', () => {
  const cases: [name: string, value: object, key: string][] = [
    ['a v1.1 tweet by the screen name of its author', tweetV1(), 'kitsune'],
    ['a v1.1 tweet without one by its id', tweetV1({ user: {} }), '1991478936813379585'],
    ['a v2 tweet by the screen name of its author', tweetV2(), 'zoe'],
    ['a v2 tweet without included users by the id of its author', tweetV2({}, { includes: undefined }), '42'],
    ['a CloudEvent by its partitionkey', cloudEvent({ partitionkey: 'p', subject: 's' }), 'p'],
    ['a CloudEvent without one by its subject', cloudEvent({ subject: 's' }), 's'],
    ['a CloudEvent without either by its id', cloudEvent(), 'reading-1'],
  ];
  for (const [name, value, key] of cases)
    it(`keys ${name}`, () => {
      expect(keyOf(value)).to.equal(key);
    });

  const strange: [name: string, value: unknown][] = [
    ['what is no JSON', '{"cut'],
    ['what is no object', '[1,2]'],
    ['an object of another shape', { hello: 'world' }],
    ['an event whose key is longer than Kinesis takes', cloudEvent({ subject: '🦊'.repeat(257) })],
  ];
  for (const [name, value] of strange)
    it(`keys ${name} by its hash`, () => {
      expect(keyOf(value)).to.equal(hash(bytes(value)));
    });

  it('keys a message that EventBridge Pipes handed over by the event in it, however often it was delivered', () => {
    const delivered = (body: unknown, receiptHandle: string): object => ({
      ...{ eventSource: 'aws:sqs', messageId: 'm-1', receiptHandle, body: bytes(body).toString() },
    });
    for (const [body, key] of [
      [{ grams: 182 }, hash(bytes({ grams: 182 }))],
      [cloudEvent({ subject: 's' }), 's'],
    ] as const)
      for (const receipt of ['AQEB', 'AQEC']) expect(keyOf(delivered(body, receipt))).to.equal(key);
    const data = bytes(delivered({ user: 'ada' }, 'AQEB'));
    expect(toSourceEvent(data, undefined, { key: 'user' })).to.deep.equal({ partitionKey: 'ada', data });
  });

  const mine = (parts: object): Shape => ({ ...anyObject, name: 'mine', ...parts });
  const throwing = (): never => {
    throw new TypeError('cannot read a field of nothing');
  };
  const failing = async (): Promise<never> => throwing();
  const faulty: [what: string, shape: Shape][] = [
    ['throws while it matches', mine({ matches: throwing })],
    ['throws instead of a key', mine({ partitionKey: throwing })],
    ['is async and fails while it matches', mine({ matches: failing })],
    ['is async and fails instead of a key', mine({ partitionKey: failing })],
    ['gives a number for a key', mine({ partitionKey: () => 7 })],
  ];
  for (const [what, shape] of faulty)
    it(`keys an event by its hash where its shape ${what}: only the function rejects`, async () => {
      const data = bytes({ grams: 182 });
      expect(toSourceEvent(data, undefined, { shapes: [shape] })).to.include({ data, partitionKey: hash(data) });
      // A rejection that nobody hears of is told by now, and would end the client.
      await turn();
    });

  it('takes a key of 128 characters, each of them two surrogates, and keys a longer one by its hash', () => {
    expect(keyOf(cloudEvent({ subject: '🦊'.repeat(128) }))).to.equal('🦊'.repeat(128));
    const data = bytes(cloudEvent({ subject: '🦊'.repeat(129) }));
    expect(toSourceEvent(data).partitionKey).to.equal(hash(data));
  });

  it('passes the bytes on unchanged, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (data) => {
        const event = toSourceEvent(data);
        expect(event).to.have.property('data', data);
      }),
    );
  });

  for (const name of ['delete', 'scrub_geo', 'limit', 'status_withheld', 'user_withheld', 'disconnect', 'warning'])
    it(`takes the notice ${name} of a v1.1 stream for an event, which it is in a file of one's own`, () => {
      const data = bytes({ [name]: { orderId: 'o-1' } });
      expect(toSourceEvent(data)).to.deep.equal({ partitionKey: hash(data), data, isKeyless: true });
    });

  describe('with a field for the key', () => {
    const withKey = (field: string, value: unknown) => toSourceEvent(bytes(value), undefined, { key: field });
    const fields: [name: string, field: string, value: unknown, key: string][] = [
      ['a text', 'meter', { meter: 'm-7' }, 'm-7'],
      ['a number', 'meter', { meter: 7.5 }, '7.5'],
      ['a number that no double holds', 'meter', '{"meter":12345678901234567890}', '12345678901234567890'],
      ['a field inside of another', 'user.id', { user: { id: 'anna' } }, 'anna'],
      ['a field with a dot in its name before that', 'user.id', { 'user.id': 'own', user: { id: 'anna' } }, 'own'],
      ['the field of an event whose shape names another key', 'type', tweetV1({ type: 'chosen' }), 'chosen'],
    ];
    for (const [name, field, value, key] of fields)
      it(`takes ${name}`, () => {
        const event = withKey(field, value);
        expect(event.partitionKey).to.equal(key);
        expect(event).not.to.have.property('isKeyless');
      });

    for (const value of [{}, { meter: '' }, { meter: null }, { meter: { id: 1 } }, { meter: true }])
      it(`goes by the hash where the field holds ${JSON.stringify(value)}, and says so`, () => {
        const data = bytes(value);
        expect(withKey('meter', value)).to.deep.equal({ partitionKey: hash(data), data, isKeyless: true });
      });

    it('takes the key of the shapes that are asked for', () => {
      const byCity: Shape = { ...anyObject, partitionKey: ({ city }) => String(city) };
      expect(toSourceEvent(bytes({ city: '東京' }), undefined, { shapes: [byCity] })).to.have.property(
        'partitionKey',
        '東京',
      );
    });

    it('falls back to the key of the shape', () => {
      expect(withKey('meter', tweetV1()).partitionKey).to.equal('kitsune');
    });

    it('does not fail for an event whose numbers are out of range, which the function rejects', () => {
      const data = Buffer.from('{"meter":1,"x":1e400}');
      expect(toSourceEvent(data, undefined, { key: 'meter' }).partitionKey).to.equal(hash(data));
    });
  });
});

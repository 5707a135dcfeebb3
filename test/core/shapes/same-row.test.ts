import { expect } from 'chai';
import { SHAPES } from '../../../core/shapes/index.ts';
import { ARRIVAL, decodeEvent } from '../../support/decode.ts';
import { bytes, cloudEvent, tweetV1, tweetV2 } from '../../support/events.ts';

/** An event of each shape, in the order of the shapes, that names no time. */
const EVENTS: object[] = [
  cloudEvent({ time: undefined }),
  { meta: { stream: 'mediawiki.recentchange', id: '7' }, user: 'u', title: 't' },
  {
    did: 'd',
    kind: 'commit',
    commit: { collection: 'app.bsky.feed.post', operation: 'create', rkey: 'r', record: { text: 't' } },
  },
  { did: 'd', kind: 'identity', identity: {} },
  { id: '7', 'detail-type': 't', source: 's', detail: {} },
  { eventSource: 'aws:dynamodb', eventID: '7', tableName: 't', dynamodb: {} },
  { metadata: { 'record-type': 'data', operation: 'insert', 'table-name': 't' } },
  { op: 'c', source: { connector: 'mysql', table: 't', ts_ms: 0 }, after: {} },
  tweetV2({ created_at: undefined }),
  tweetV1({ created_at: undefined }),
  { messageId: '7', type: 'page', userId: 'u' },
  { door: 7 },
];

describe('an event of each shape that comes again later', () => {
  for (const [index, shape] of SHAPES.entries())
    it(`is the same row, though it names no time: ${shape.name}`, () => {
      const event = bytes(EVENTS[index]);
      expect(SHAPES.find(({ matches }) => matches(JSON.parse(event.toString())))).to.equal(shape);
      const [first, again] = [0, 1_000].map((ms) =>
        decodeEvent(event, { ...ARRIVAL, at: new Date(ARRIVAL.at.getTime() + ms) }),
      );
      const { Username, Id } = first!;
      expect(first!.Timestamp).to.equal(ARRIVAL.at.toISOString());
      expect(again).to.include({ Username, Id });
    });
});

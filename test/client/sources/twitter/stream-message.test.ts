import { expect } from 'chai';
import { messageOf } from '../../../../client/sources/twitter/stream-message.ts';
import { tweet } from '../../../support/fake-x.ts';

const of = (message: unknown) => messageOf(Buffer.from(JSON.stringify(message)));

describe('a line of the stream', () => {
  it('is a tweet where its data has an id, keeps its bytes, and says when it was written', () => {
    const data = Buffer.from(JSON.stringify(tweet(1)));
    const time = Date.parse('2026-11-20T12:00:00.000Z');
    expect(messageOf(data)).to.deep.equal({ kind: 'tweet', id: '1', event: { partitionKey: 'zoe', data, time } });
  });

  for (const created_at of [undefined, null, 1_795_176_000_000, '', 'yesterday'])
    it(`is a tweet of no known time where that is ${JSON.stringify(created_at)}`, () => {
      const data = Buffer.from(JSON.stringify({ data: { id: '1', text: 'yolo', author_id: '7', created_at } }));
      expect(messageOf(data)).to.deep.equal({ kind: 'tweet', id: '1', event: { partitionKey: '7', data } });
    });

  it('is a tweet where X adds errors, as of an author it cannot show', () => {
    const errors = [{ title: 'Not Found Error', resource_type: 'user' }];
    expect(of({ data: { id: '1', text: 'yolo' }, errors })).to.include({ kind: 'tweet', id: '1' });
  });

  it('is a tweet in the names of the newer specification too', () => {
    const message = of({ data: { id: '1', text: 'short', note_post: { text: 'long' } }, includes: { posts: [] } });
    expect(message).to.include({ kind: 'tweet', id: '1' });
  });

  it('is a keep-alive where it is empty', () => {
    expect(messageOf(new Uint8Array())).to.deep.equal({ kind: 'keep-alive' });
  });

  it('is a notice where the old API would have sent one', () => {
    expect(of({ limit: { track: 7 } })).to.deep.equal({ kind: 'notice', message: 'X sent a notice: limit' });
  });

  it('is a problem where it has errors, told in the words of X', () => {
    const title = 'operational-disconnect';
    const detail = 'This stream has been disconnected for operational reasons.';
    expect(of({ errors: [{ title, disconnect_type: 'UpstreamOperationalDisconnect', detail }] })).to.deep.equal({
      kind: 'problem',
      message: `X sent a message that is no tweet: ${title}: ${detail}`,
    });
  });

  it('is a refusal where X names an issue of the connection', () => {
    const detail = 'This stream is currently at the maximum allowed connection limit.';
    expect(of({ title: 'ConnectionException', detail, connection_issue: 'TooManyConnections' })).to.deep.equal({
      kind: 'refused',
      message: `X sent a message that is no tweet: ConnectionException: ${detail}`,
    });
  });

  it('is a refusal where X names no issue, or the refusal in a list of errors', () => {
    const refusal = { title: 'ConnectionException', detail: 'Too many.' };
    for (const message of [refusal, { errors: [refusal] }, { errors: [{ connection_issue: 'TooManyConnections' }] }])
      expect(of(message)).to.include({ kind: 'refused' });
  });

  it('is a problem where it is not JSON, told without its content', () => {
    expect(messageOf(Buffer.from('{"data":{"id":"1","te'))).to.deep.equal({
      kind: 'problem',
      message: 'X sent a line of 21 bytes that is no message',
    });
  });

  for (const unknown of [null, 7, 'text', [], {}, { data: null }, { data: { id: 1 } }, { data: [] }])
    it(`is a problem where it is ${JSON.stringify(unknown)}`, () => {
      expect(of(unknown)).to.include({ kind: 'problem' });
    });
});

/** Builders of Jetstream's messages in their true wire shapes, with emoji and CJK by default. */

export const DID = 'did:plc:eygmaihciaxprqvxpfvl6flk';
/** When the first post was, in microseconds since 1970: 2026-11-20T12:00:00.000001Z. */
export const FIRST = 1_795_176_000_000_001;

/** The `nth` post, a second after the one before it. */
export const post = (nth = 0, text = `東京は晴れ ☀️ 👩‍👩‍👧‍👦 yolo ${nth}`): object =>
  commit({ rkey: `3post${nth}`, rev: `3rev${nth}` }, { text }, nth);

/** A commit, which is a new post unless the fields say otherwise. */
export const commit = (fields: object = {}, record: object = {}, nth = 0): object => ({
  did: DID,
  time_us: FIRST + nth * 1_000_000,
  kind: 'commit',
  commit: {
    rev: '3l3qo2vutsw2b',
    operation: 'create',
    collection: 'app.bsky.feed.post',
    rkey: '3l3qo2vuowo2b',
    record: {
      $type: 'app.bsky.feed.post',
      createdAt: '2026-11-20T11:59:59.123Z',
      langs: ['ja'],
      text: 'naïve café 🎉 日本',
      ...record,
    },
    cid: 'bafyreidwaivazkwu67xztlmuobx35hs2lnfh3kolmgfmucldvhd3sgzcqi',
    ...fields,
  },
});

/** What a delete looks like: it has no record. */
export const deletion = (nth = 0): object => ({
  did: DID,
  time_us: FIRST + nth * 1_000_000,
  kind: 'commit',
  commit: { rev: '3l3f6nzl3cv2s', operation: 'delete', collection: 'app.bsky.feed.post', rkey: '3l3dn7tku762u' },
});

export const account = (nth = 0): object => ({
  did: DID,
  time_us: FIRST + nth * 1_000_000,
  kind: 'account',
  account: { active: true, did: DID, seq: 1_409_753_013, time: '2026-11-20T12:00:00.000Z' },
});

export const identity = (nth = 0): object => ({
  did: DID,
  time_us: FIRST + nth * 1_000_000,
  kind: 'identity',
  identity: { did: DID, handle: 'kitsune.bsky.social', seq: 1_409_752_997, time: '2026-11-20T12:00:00.000Z' },
});

/** A text frame of a server with this message. https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
export const frameOf = (message: Uint8Array): Buffer => {
  const header = Buffer.of(0x81, 126, 0, 0);
  header.writeUInt16BE(message.length, 2);
  return Buffer.concat([header, message]);
};

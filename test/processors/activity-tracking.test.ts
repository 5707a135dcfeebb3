import { expect } from 'chai';
import type { EventData } from '../../core/event-data.ts';
import {
  addTo,
  countsOf,
  detailOf,
  eventsOfUse,
  type Group,
  groupsOf,
  type Line,
  processed,
  rowsIn,
  rowsOfOutcome,
  tableOf,
} from '../support/processed.ts';

const NAME = 'activity-tracking';

/** The activities of the file, however their apps write them. */
const ACTIVITIES = [
  'song played',
  'song skipped',
  'playlist saved',
  'podcast played',
  'lyrics opened',
  'lesson completed',
  'word learned',
  'streak lost',
  'exam started',
  'run finished',
  'stretch done',
  'badge earned',
  'route shared',
  'chapter read',
  'book opened',
  'highlight added',
  'search',
  'heartbeat',
  'lied gehört',
  'café ouvert',
  'password changed',
];
const lettersOf = (text: string): string => text.replace(/[^\p{L}]/gu, '').toLowerCase();
const activityIn = (event: unknown): string | undefined =>
  typeof event === 'string' ? ACTIVITIES.find((name) => lettersOf(name) === lettersOf(event)) : undefined;

/** An hour that Date.parse would take for local time, or a day that no calendar has, is not a time. */
const isTime = (text: unknown): boolean =>
  typeof text === 'string' && /^2\d{3}-.*T.*(?:Z|[+-]\d\d:\d\d)$/.test(text) && !text.includes('-02-30');

const timeOf = ({ originalTimestamp, sentAt, receivedAt }: Line): string => {
  const told = new Date(originalTimestamp).getTime();
  if (!isTime(sentAt) || !isTime(receivedAt)) return new Date(told).toISOString();
  const late = new Date(receivedAt).getTime() - new Date(sentAt).getTime();
  return new Date(late > 60_000 || late < -60_000 ? told + late : told).toISOString();
};

/** What becomes of a line, computed by other means than those of the processor. */
const expectedOf = (json: Line): Line => {
  if (json.messageId === undefined) return { reason: 'UnknownShape' };
  if (json.type === 'identify') return { rows: [] };
  const activity = activityIn(json.event);
  if (!isTime(json.originalTimestamp) || !activity) return { reason: 'FieldInvalid' };
  const user = [json.userId, json.anonymousId].find((id) => typeof id === 'number' || (typeof id === 'string' && id));
  if (!user || !json.messageId) return { reason: 'KeyMissing' };
  if (json.consent !== true || activity === 'heartbeat') return { rows: [] };
  const { title, seconds, milliseconds } = json.properties ?? {};
  const spent = typeof milliseconds === 'number' ? milliseconds / 1_000 : seconds;
  return {
    rows: [
      {
        Username: `${user}`,
        Id: `${new Date(json.originalTimestamp).toISOString()} ${json.messageId}`,
        Timestamp: timeOf(json),
        Type: activity,
        Message: typeof title === 'string' ? `${activity}: ${title}` : activity,
        Data: {
          app: json.app ? json.app : 'unknown',
          ...(typeof spent === 'number' && spent > -1 && spent < 100_000 && { seconds: spent }),
        },
      },
    ],
  };
};

const EVENTS = eventsOfUse(NAME, expectedOf);
const ROWS = rowsIn(EVENTS);

/** What the table holds in the end. */
const TABLE = tableOf(ROWS);

const rowsOfUser = (user: string): EventData[] =>
  TABLE.filter(({ Username }) => Username === user).sort((a, b) => (a.Id < b.Id ? -1 : 1));

const handMade = (messageId: string) => EVENTS.find(({ json }) => json?.messageId === messageId)!;

/** The row of the activity that somebody made by hand. */
const rowOf = (messageId: string): Line => {
  const { outcome } = handMade(messageId);
  return 'rows' in outcome ? outcome.rows[0] : undefined;
};

describe('activity-tracking', () => {
  it('makes of each line of its file what the line says', () => {
    expect(EVENTS).to.have.length.of.at.least(300);
    for (const { line, outcome, expected } of EVENTS) expect(outcome, line).to.deep.equal(expected);
  });

  it('stores, drops and rejects as many as the file holds of each', () => {
    expect(countsOf(EVENTS)).to.deep.equal({
      stored: 311,
      dropped: 54,
      KeyMissing: 5,
      UnknownShape: 1,
      FieldInvalid: 9,
      NotJson: 3,
      NotObject: 2,
    });
    expect(ROWS).to.have.lengthOf(311);
  });

  it('finds the activities of a user in order, though they were sent the next morning', () => {
    for (const [user, count] of [
      ['u-plane', 6],
      ['u-tunnel', 5],
    ] as const) {
      const rows = rowsOfUser(user);
      const times = rows.map(({ Timestamp }) => Timestamp);
      expect(rows.length).to.be.within(count - 2, count);
      expect(times).to.deep.equal([...times].sort());
      for (const time of times) expect(time.slice(0, 10)).to.equal('2026-11-19');
    }
  });

  it('makes one row of an activity that was sent three times, each time with other times', () => {
    const sent = EVENTS.filter(({ json }) => json?.messageId === 'm-again');
    expect(new Set(sent.map(({ line }) => line)).size).to.equal(3);
    expect(rowsOfUser('u-again')).to.deep.equal([
      {
        Username: 'u-again',
        Id: '2026-11-20T09:00:00.000Z m-again',
        Timestamp: '2026-11-20T09:00:00.000Z',
        Type: 'lesson completed',
        Message: 'lesson completed: Suomi 3: partitiivi',
        Data: { app: 'Wortschatz', seconds: 610 },
      },
    ]);
  });

  it('makes one row of what was sent twice as it was', () => {
    const stored = EVENTS.filter(({ expected }) => expected.rows?.length === 1);
    const different = new Set(stored.map(({ line }) => line));
    expect(stored.length - different.size).to.be.greaterThan(5);
    expect(TABLE).to.have.lengthOf(different.size - 2);
  });

  it('corrects a clock that is ten years slow, a day fast, or an hour slow', () => {
    for (const [user, clock, day] of [
      ['u-factory', '2016-01-01', '2026-11-20'],
      ['u-tomorrow', '2026-11-21', '2026-11-20'],
    ] as const)
      for (const { Id, Timestamp } of rowsOfUser(user)) {
        expect(Id.slice(0, 10)).to.equal(clock);
        expect(Timestamp.slice(0, 10)).to.equal(day);
      }
    expect(rowsOfUser('u-factory')).not.to.have.lengthOf(0);
    expect(rowsOfUser('u-tomorrow')).not.to.have.lengthOf(0);
    const hours = rowsOfUser('u-hour').map(({ Id, Timestamp }) => [Id.slice(11, 13), Timestamp.slice(11, 13)]);
    expect(hours).not.to.have.lengthOf(0);
    for (const found of hours) expect(found).to.deep.equal(['17', '18']);
  });

  it('takes up to a minute for the way of the activity, not for a wrong clock', () => {
    expect(rowOf('hand-6-19').Timestamp).to.equal('2026-11-20T06:19:00.000Z');
    expect(rowOf('hand-6-20').Timestamp).to.equal('2026-11-20T06:21:01.000Z');
  });

  it('takes the time of a call as a device sends it, which no server has corrected', () => {
    const { originalTimestamp: timestamp, receivedAt, ...sent } = handMade('hand-6-18').json;
    expect(processed(NAME, JSON.stringify({ ...sent, timestamp }))).to.deep.equal(handMade('hand-6-18').outcome);
  });

  it('trusts the clock where nobody can tell that it is wrong', () => {
    expect(rowOf('hand-6-18').Timestamp).to.equal('2026-11-20T06:18:00.000Z');
  });

  it('gives an activity one name, however its team writes it', () => {
    for (const id of ['hand-6-1', 'hand-6-2', 'hand-6-3']) expect(rowOf(id).Type, id).to.equal('song played');
    expect(rowOf('hand-6-4').Type).to.equal('lied gehört');
    expect(rowOf('hand-6-5')).to.include({ Type: 'café ouvert', Message: 'café ouvert: Place des Halles' });
  });

  it('keeps what was done with what and for how long, and nothing else of its properties', () => {
    const told = JSON.stringify(ROWS);
    for (const personal of ['@example', '192.0.2.', 'correct horse', '555 0143', 'Nebelkatzen', 'Android'])
      expect([EVENTS.some(({ line }) => line.includes(personal)), told.includes(personal)], personal).to.deep.equal([
        true,
        false,
      ]);
    for (const row of ROWS) expect(row).to.have.all.keys('Username', 'Id', 'Timestamp', 'Type', 'Message', 'Data');
  });

  it('drops what nobody consented to: refused, not asked, or not answered by yes or no', () => {
    const without = EVENTS.filter(({ json }) => json?.messageId?.startsWith('m-') && json.consent !== true);
    expect(new Set(without.map(({ json }) => json.consent))).to.deep.equal(new Set([false, null, undefined, 'yes']));
    for (const { outcome } of without) expect(outcome).to.deep.equal({ rows: [] });
  });

  it('drops what Segment tells of who somebody is, and sets aside a call without the name of what was done', () => {
    const { json } = handMade('hand-8-16');
    for (const type of ['identify', 'group', 'alias'])
      expect(processed(NAME, JSON.stringify({ ...json, type })), type).to.deep.equal({ rows: [] });
    for (const type of ['track', 'page view', undefined])
      expect(processed(NAME, JSON.stringify({ ...json, type })), type).to.deep.equal({ reason: 'UnknownShape' });
  });

  it('keeps the pages and screens of those who consented, as Segment tells of them', () => {
    const { json } = handMade('hand-8-16');
    const seen = (fields: object) => rowsOfOutcome(processed(NAME, JSON.stringify({ ...json, ...fields })))[0];
    expect(seen({ type: 'page' })).to.include({ Type: 'page', Message: 'page: Blue Tram' });
    expect(seen({ type: 'screen', name: 'Home', properties: {} })).to.include({ Message: 'screen: Home' });
    expect(seen({ type: 'page', consent: undefined })).to.equal(undefined);
  });

  it('keeps what Segment and RudderStack tell of those who refused nothing that they were asked', () => {
    const { consent, app, ...json } = handMade('hand-8-16').json;
    const rowsWith = (context: object) =>
      rowsOfOutcome(
        processed(NAME, JSON.stringify({ ...json, type: 'page', context: { app: { name: 'Tram' }, ...context } })),
      );
    const ofSegment = (categoryPreferences: unknown) => rowsWith({ consent: { categoryPreferences } });
    const ofRudderStack = (allowedConsentIds: unknown, deniedConsentIds: unknown) =>
      rowsWith({ consentManagement: { allowedConsentIds, deniedConsentIds } });
    for (const [row] of [ofSegment({ a: true, b: true }), ofRudderStack(['a'], []), ofRudderStack(['a'], undefined)])
      expect(row).to.have.nested.property('Data.app', 'Tram');
    for (const refused of [{ a: true, b: false }, { a: false }, { a: 'yes' }, {}, [], null, true])
      expect(ofSegment(refused), JSON.stringify(refused)).to.deep.equal([]);
    for (const [allowed, denied] of [
      [['a'], ['b']],
      [[], []],
      [undefined, []],
      ['a', []],
    ] as const)
      expect(ofRudderStack(allowed, denied)).to.deep.equal([]);
    expect(rowsWith({})).to.deep.equal([]);
  });

  it('drops heartbeats', () => {
    const beats = EVENTS.filter(({ json }) => /^heartbeat$/i.test(json?.event));
    expect(beats.length).to.be.greaterThan(10);
    for (const { outcome } of beats) expect(outcome).to.deep.equal({ rows: [] });
  });

  it('turns the milliseconds of an old app into seconds', () => {
    expect(rowOf('hand-6-9').Data.seconds).to.equal(201.5);
    const old = EVENTS.filter(({ json }) => json?.userId === 'u-oldapp' && json.properties.milliseconds);
    expect(old).not.to.have.lengthOf(0);
    for (const { json } of old)
      expect(rowOf(json.messageId).Data.seconds * 1_000).to.be.closeTo(json.properties.milliseconds, 0.001);
  });

  it('takes seconds of more digits than a double has', () => {
    const { line } = EVENTS.find(({ json }) => json?.messageId === 'hand-6-15')!;
    const long = line.replace(/"seconds":0\b/, '"seconds":12.300000000000001');
    const [row] = rowsOfOutcome(processed(NAME, long));
    expect(row?.Data).to.include({ seconds: 12.3 });
  });

  it('leaves out seconds that cannot be: text, negative, thirty years', () => {
    for (const id of ['hand-6-6', 'hand-6-7', 'hand-6-8'])
      expect(rowOf(id).Data, id).to.deep.equal({ app: 'Radio Kiosk' });
    expect(rowOf('hand-6-15').Data.seconds).to.equal(0);
  });

  it('knows an activity by its words however they are joined, abbreviations too', () => {
    const { json } = handMade('hand-6-12');
    for (const event of ['PDFOpenedFromURLs', 'pdf_opened_from_urls', 'PDF Opened from URLs', 'pdfOpenedFromURLs'])
      expect(rowsOfOutcome(processed(NAME, JSON.stringify({ ...json, event })))[0]?.Type, event).to.equal(
        'pdf opened from urls',
      );
    for (const event of ['mp3Played', 'MP3Played', 'mp3_played', 'MP3 Played'])
      expect(rowsOfOutcome(processed(NAME, JSON.stringify({ ...json, event })))[0]?.Type, event).to.equal('mp3 played');
    expect(rowsOfOutcome(processed(NAME, JSON.stringify({ ...json, event: '3DViewed' })))[0]?.Type).to.equal(
      '3d viewed',
    );
  });

  it('does without properties, without a title, and without the name of the app', () => {
    for (const id of ['hand-6-10', 'hand-6-11'])
      expect(rowOf(id), id).to.deep.include({ Message: 'song played', Data: { app: 'Radio Kiosk' } });
    expect(rowOf('hand-6-12').Message).to.equal('song played');
    for (const id of ['hand-6-13', 'hand-6-14']) expect(rowOf(id).Data.app, id).to.equal('unknown');
  });

  it('knows people who did not sign in by their device', () => {
    for (const id of ['hand-6-15', 'hand-6-16']) expect(rowOf(id).Username, id).to.equal('a-hand');
    expect(rowOf('hand-6-17').Username).to.equal('u-hand');
    expect(TABLE.filter(({ Username }) => Username.startsWith('a-'))).not.to.have.lengthOf(0);
  });

  it('takes users that are numbers, and names in any script', () => {
    for (const user of ['40817', '9007199254740000', 'ユーザー🦊42', 'مستخدم-٧'])
      expect(rowsOfUser(user), user).not.to.have.lengthOf(0);
    const { line } = EVENTS.find(({ json, outcome }) => json?.userId === 40817 && rowsOfOutcome(outcome).length > 0)!;
    const [row] = rowsOfOutcome(processed(NAME, line.replace('40817', '1795176000123456789')));
    expect(row?.Username).to.equal('1795176000123456789');
  });

  const HOPELESS: [messageId: string, detail: string][] = [
    ['hand-8-1', 'anonymousId is nothing; expected a text that is not empty, or a number'],
    ['hand-8-3', 'anonymousId is null; expected a text that is not empty, or a number'],
    ['hand-8-7', 'event is null; expected the name of an activity'],
    ['hand-8-9', 'event is a text of 3 characters; expected the name of an activity'],
    ['hand-8-10', 'event is a number; expected the name of an activity'],
    [
      'hand-8-11',
      'originalTimestamp is a text of 16 characters; expected an RFC 3339 time like "2026-11-20T12:00:00Z"',
    ],
    ['hand-8-13', 'originalTimestamp is a number; expected an RFC 3339 time like "2026-11-20T12:00:00Z"'],
    [
      'hand-8-15',
      'originalTimestamp is a text of 20 characters; expected an RFC 3339 time like "2026-11-20T12:00:00Z"',
    ],
  ];
  for (const [messageId, detail] of HOPELESS)
    it(`sets ${messageId} aside, since ${detail.split(';')[0]}`, () => {
      expect(detailOf(NAME, handMade(messageId).line)).to.equal(detail);
    });

  it('counts each activity by the minute, and sums its seconds', () => {
    const activities: Record<string, Group> = {};
    const seen = new Set<string>();
    for (const { json, expected } of EVENTS) {
      if (expected.rows?.length !== 1 || seen.has(json.messageId)) continue;
      seen.add(json.messageId);
      const { seconds } = expected.rows[0].Data;
      addTo(
        activities,
        `${timeOf(json).slice(0, 16)} ${activityIn(json.event)}`,
        seconds === undefined ? {} : { seconds },
      );
    }
    expect(groupsOf(NAME, 'activities', TABLE)).to.deep.equal(activities);
  });

  it('counts the use of each app by the day', () => {
    const apps: Record<string, Group> = {};
    const seen = new Set<string>();
    for (const { json, expected } of EVENTS) {
      if (expected.rows?.length !== 1 || seen.has(json.messageId)) continue;
      seen.add(json.messageId);
      addTo(apps, `${timeOf(json).slice(0, 10)} ${json.app || 'unknown'}`);
    }
    expect(groupsOf(NAME, 'apps', TABLE)).to.deep.equal(apps);
    expect(new Set(Object.keys(apps).map((group) => group.slice(11)))).to.deep.equal(
      new Set(['Radio Kiosk', 'Wortschatz', 'Tatu Run', 'Leselampe', 'unknown']),
    );
  });
});

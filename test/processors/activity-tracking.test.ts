import { expect } from 'chai';
import {
  addTo,
  detailOf,
  eventsOfUse,
  type Group,
  groupsOf,
  itMakesWhatItsLinesSay,
  type Line,
  processed,
  rowsFor,
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
const TABLE: Line[] = tableOf(ROWS);

const handMade = (messageId: string) => EVENTS.find(({ json }) => json?.messageId === messageId)!;

describe('activity-tracking', () => {
  itMakesWhatItsLinesSay(EVENTS);

  it('takes the time of a call as a device sends it, which no server has corrected', () => {
    const { originalTimestamp: timestamp, receivedAt, ...sent } = handMade('hand-6-18').json;
    expect(processed(NAME, { ...sent, timestamp })).to.deep.equal(handMade('hand-6-18').outcome);
  });

  it('drops what Segment tells of who somebody is, and sets aside a call without the name of what was done', () => {
    const { json } = handMade('hand-8-16');
    for (const type of ['identify', 'group', 'alias'])
      expect(processed(NAME, { ...json, type }), type).to.deep.equal({ rows: [] });
    for (const type of ['track', 'page view', undefined])
      expect(processed(NAME, { ...json, type }), type).to.deep.equal({ reason: 'UnknownShape' });
  });

  it('keeps the pages and screens of those who consented, as Segment tells of them', () => {
    const { json } = handMade('hand-8-16');
    const seen = (fields: object) => rowsFor(NAME, { ...json, ...fields })[0];
    expect(seen({ type: 'page' })).to.include({ Type: 'page', Message: 'page: Blue Tram' });
    expect(seen({ type: 'screen', name: 'Home', properties: {} })).to.include({ Message: 'screen: Home' });
    expect(seen({ type: 'page', consent: undefined })).to.equal(undefined);
  });

  it('keeps what Segment and RudderStack tell of those who refused nothing that they were asked', () => {
    const { consent, app, ...json } = handMade('hand-8-16').json;
    const rowsWith = (context: object) =>
      rowsFor(NAME, { ...json, type: 'page', context: { app: { name: 'Tram' }, ...context } });
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

  it('takes seconds of more digits than a double has', () => {
    const { line } = EVENTS.find(({ json }) => json?.messageId === 'hand-6-15')!;
    const long = line.replace(/"seconds":0\b/, '"seconds":12.300000000000001');
    const [row] = rowsFor(NAME, long);
    expect(row?.Data).to.include({ seconds: 12.3 });
  });

  it('knows an activity by its words however they are joined, abbreviations too', () => {
    const { json } = handMade('hand-6-12');
    for (const event of ['PDFOpenedFromURLs', 'pdf_opened_from_urls', 'PDF Opened from URLs', 'pdfOpenedFromURLs'])
      expect(rowsFor(NAME, { ...json, event })[0]?.Type, event).to.equal('pdf opened from urls');
    for (const event of ['mp3Played', 'MP3Played', 'mp3_played', 'MP3 Played'])
      expect(rowsFor(NAME, { ...json, event })[0]?.Type, event).to.equal('mp3 played');
    expect(rowsFor(NAME, { ...json, event: '3DViewed' })[0]?.Type).to.equal('3d viewed');
    // Otherwise the second would only look like the others.
    for (const event of ['indirmeBaşladı', 'İndirme Başladı', 'indirme_başladı'])
      expect(rowsFor(NAME, { ...json, event })[0]?.Type, event).to.equal('indirme başladı');
  });

  it('keeps every digit of a user that is a number', () => {
    const { line } = EVENTS.find(({ json, outcome }) => json?.userId === 40817 && rowsOfOutcome(outcome).length > 0)!;
    const [row] = rowsFor(NAME, line.replace('40817', '1795176000123456789'));
    expect(row?.Username).to.equal('1795176000123456789');
  });

  const HOPELESS: [messageId: string, detail: string][] = [
    ['hand-8-3', 'anonymousId is null; expected a text that is not empty, or a number'],
    ['hand-8-9', 'event is a text of 3 characters; expected the name of an activity'],
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
    for (const { Timestamp, Type, Data } of TABLE)
      addTo(activities, `${Timestamp.slice(0, 16)} ${Type}`, 'seconds' in Data ? { seconds: Data.seconds } : {});
    expect(groupsOf(NAME, 'activities', TABLE)).to.deep.equal(activities);
  });

  it('counts the use of each app by the day', () => {
    const apps: Record<string, Group> = {};
    for (const { Timestamp, Data } of TABLE) addTo(apps, `${Timestamp.slice(0, 10)} ${Data.app}`);
    expect(groupsOf(NAME, 'apps', TABLE)).to.deep.equal(apps);
    expect(new Set(Object.keys(apps).map((group) => group.slice(11)))).to.deep.equal(
      new Set(['Radio Kiosk', 'Wortschatz', 'Tatu Run', 'Leselampe', 'unknown']),
    );
  });
});

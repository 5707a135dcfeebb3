import { expect } from 'chai';
import type { EventData } from '../../core/event-data.ts';
import { emailIn, masked, maskedCard, plainText } from '../../core/extractors/contact-data.ts';
import {
  ARRIVED,
  detailOf,
  groupsOf,
  linesOf,
  type Outcome,
  PARTITION_KEY,
  processed,
  reasonOf,
  rowsFor,
  tableOf,
} from '../support/processed.ts';

const NAME = 'data-cleansing';
const LINES = linesOf(NAME);

// What a person makes of what is typed in the file. E-mails, cards and notes have tests of their own.

/** National numbers are typed only by people whose form names their country. */
const PHONES = new Map<unknown, string>([
  ['+1-202-555-0173', '+12025550173'],
  ['(212) 555-0142', '+12125550142'],
  ['+1 212.555.0142', '+12125550142'],
  ['212-555-0142 ext. 7', '+12125550142'],
  ['001 415 555 0199', '+14155550199'],
  ['+1 (416) 555 0107', '+14165550107'],
  ['416-555-0107', '+14165550107'],
  ['01 99 00 12 34', '+33199001234'],
  ['+33 6 39 98 01 23', '+33639980123'],
  ['06.39.98.01.23', '+33639980123'],
  ['020 912 3456', '+353209123456'],
  ['+44 (0)20 7946 0123', '+442079460123'],
  ['020 7946 0123', '+442079460123'],
  ['٠٢٠ ٧٩٤٦ ٠١٢٣', '+442079460123'],
  ['(020) 7946-0456', '+442079460456'],
  ['+44 20 7946 0999', '+442079460999'],
  ['+۴۴ ۷۷۰۰ ۹۰۰۱۲۳', '+447700900123'],
  ['+४४ ७७०० ९००१२३', '+447700900123'],
  ['07700 900 123', '+447700900123'],
  ['＋４４ ７７００ ９００１２３', '+447700900123'],
  ['+46 70 174 06 05', '+46701740605'],
  ['070-174 06 05', '+46701740605'],
  ['08-465 004 12', '+46846500412'],
  ['+49 (0) 30 23125 017', '+493023125017'],
  ['0049 30 23125-017', '+493023125017'],
  ['030 23125 017', '+493023125017'],
  ['(02) 5550 1234', '+61255501234'],
  ['0491 570 006', '+61491570006'],
  ['+61 491 570 156', '+61491570156'],
]);

const COUNTRIES = new Map<unknown, string>([
  ['AU', 'AU'],
  ['australia', 'AU'],
  ['BR', 'BR'],
  ['Brasil', 'BR'],
  ['brazil', 'BR'],
  ['CA', 'CA'],
  ['Canada', 'CA'],
  ['canada ', 'CA'],
  ['Alemania', 'DE'],
  ['DE', 'DE'],
  ['Deutschland', 'DE'],
  ['Germany', 'DE'],
  ['de', 'DE'],
  ['EG', 'EG'],
  ['Egypt', 'EG'],
  ['مصر', 'EG'],
  ['FR', 'FR'],
  ['FRANKREICH', 'FR'],
  ['France', 'FR'],
  ['GB', 'GB'],
  ['Scotland', 'GB'],
  ['UK', 'GB'],
  ['United Kingdom', 'GB'],
  ['england', 'GB'],
  ['المملكة المتحدة', 'GB'],
  ['IE', 'IE'],
  ['Ireland', 'IE'],
  ['Éire', 'IE'],
  ['IN', 'IN'],
  ['India', 'IN'],
  ['भारत', 'IN'],
  ['JP', 'JP'],
  ['Japan', 'JP'],
  ['日本', 'JP'],
  ['NG', 'NG'],
  ['NIGERIA', 'NG'],
  ['Nigeria', 'NG'],
  ['SE', 'SE'],
  ['Sverige', 'SE'],
  ['Sweden', 'SE'],
  ['UA', 'UA'],
  ['ukraine', 'UA'],
  ['Україна', 'UA'],
  ['Estados Unidos', 'US'],
  ['US', 'US'],
  ['USA', 'US'],
  ['United States', 'US'],
  ['united  states', 'US'],
  ['us', 'US'],
  ['美国', 'US'],
]);

const GRAMS = new Map<unknown, number>([
  ['0.25 lb', 113],
  ['1.20 KG', 1200],
  ['１．５ｋｇ', 1500],
  ['٢ kg', 2000],
  ['5 lb', 2268],
  ['5lb', 2268],
  ['2,5 kg', 2500],
  ['2.5 kg', 2500],
  ['3', 3000],
  ['12 oz', 340],
  ['0,4 кг', 400],
  ['7', 7000],
  ['0.75', 750],
  ['900 g', 900],
  ['900g', 900],
  ['32 oz', 907],
]);

interface Form {
  id: string;
  time: string;
  name: string;
  email?: string | null;
  phone?: string | null;
  country: string;
  weight?: string | number | null;
  address?: unknown;
  card?: string | number | null;
  note?: string;
}

const rowOf = (form: Form): EventData => {
  const [email, phone] = [emailIn(plainText(form.email)), PHONES.get(form.phone)];
  const row: Record<string, unknown> = {
    name: form.name.split(/\s/).filter(Boolean).join(' '),
    email,
    phone,
    country: COUNTRIES.get(form.country),
    address: form.address === undefined || form.address === null || form.address === '' ? undefined : '***',
    card: plainText(form.card) && maskedCard(plainText(form.card)),
    grams: GRAMS.get(String(form.weight)),
    note: masked(plainText(form.note)),
  };
  for (const [field, value] of Object.entries(row)) if (value === undefined || value === '') delete row[field];
  return {
    Username: (email ?? phone)!,
    Id: form.id,
    Timestamp: new Date(form.time).toISOString(),
    Type: 'parcel',
    Data: row as EventData['Data'] & object,
  };
};

const becomes = (form: string | object): Outcome => processed(NAME, form);
const rowsOf = (form: string | object): readonly EventData[] => rowsFor(NAME, form);
const ORDINARY = LINES.filter((line) => line.startsWith('{"id":"p-'));
const ROWS = LINES.flatMap(rowsOf);
const oddLine = (name: string): string => LINES.find((line) => line.includes(`"id":"odd-${name}"`))!;
const odd = (name: string): Outcome => becomes(oddLine(name));
const rowOfOdd = (name: string): EventData | undefined => rowsOf(oddLine(name))[0];
const dataOf = (name: string): unknown => rowOfOdd(name)?.Data;

describe('the processor data-cleansing', () => {
  it('has a file of 300 events and more, of which all but the odd ones become what a person makes of them', () => {
    expect(ORDINARY.length).to.be.at.least(300);
    for (const line of ORDINARY) expect(becomes(line), line).to.deep.equal({ rows: [rowOf(JSON.parse(line))] });
  });

  for (const name of ['bot', 'bot-2', 'no-consent', 'consent-text'])
    it(`drops ${name}, whatever else is wrong with it`, () => {
      expect(odd(name)).to.deep.equal({ rows: [] });
    });

  it('drops whose consent is a no, however the form writes it', () => {
    for (const consent of ['False', 'no', 'OFF', 0]) expect(becomes({ consent })).to.deep.equal({ rows: [] });
  });

  it('refuses a form whose consent it cannot read, which may be a no', () => {
    const form = { id: '1', country: 'DE', email: 'a@example.org' };
    for (const consent of ['nein', 'denied', '', {}, { given: false }])
      expect(detailOf(NAME, { ...form, consent })).to.match(/^consent is .*; expected true or false, yes or no$/);
    for (const consent of [null, true, 'Yes', 'on', 1]) expect(rowsOf({ ...form, consent })).to.have.lengthOf(1);
  });

  it('takes three decimals after a zero for a weight in kilograms, the Arabic comma, and lbs', () => {
    const weights = [0.125, '0,125 kg', '٠٫١٢٥', '2 lbs'].map((weight) => ({
      id: '1',
      country: 'FR',
      email: 'a@example.org',
      weight,
    }));
    const rows = weights.flatMap((form) => rowsOf(form));
    expect(rows.map(({ Data }) => (Data as { grams?: number }).grams)).to.deep.equal([125, 125, 125, 907]);
  });

  it('takes a number of JSON for a weight whatever its decimals, since its point parts no thousands', () => {
    const weights = [1.005, 1.2345, 20, 1e-9, -1.5].map((weight) => ({
      id: '1',
      country: 'FR',
      email: 'a@example.org',
      weight,
    }));
    const rows = weights.flatMap((form) => rowsOf(form));
    expect(rows.map(({ Data }) => (Data as { grams?: number }).grams)).to.deep.equal([1_005, 1_235, 20_000]);
  });

  it('knows no country by its calling code, which may be the place in a list', () => {
    for (const country of ['49', 49, '1'])
      expect(rowsOf({ id: '1', country, email: 'a@example.org' }), `${country}`).to.deep.equal([]);
  });

  const REFUSED: Record<string, string> = {
    'no-contact': 'it has neither an e-mail nor a phone that can be used',
    'contact-null': 'it has neither an e-mail nor a phone that can be used',
    'country-unknown': 'the country is not one of those that are served',
    'country-missing': 'the country is not one of those that are served',
    'country-prototype': 'the country is not one of those that are served',
    'weight-stones': 'the weight is not an amount of kg, g, lb or oz above 0, such as 1.25 kg',
    'weight-zero': 'the weight is not an amount of kg, g, lb or oz above 0, such as 1.25 kg',
    'weight-negative': 'the weight is not an amount of kg, g, lb or oz above 0, such as 1.25 kg',
    'weight-thousands': 'the weight is not an amount of kg, g, lb or oz above 0, such as 1.25 kg',
    'weight-words': 'the weight is not an amount of kg, g, lb or oz above 0, such as 1.25 kg',
    'weight-prototype': 'the weight is not an amount of kg, g, lb or oz above 0, such as 1.25 kg',
  };
  for (const [name, message] of Object.entries(REFUSED))
    it(`refuses ${name}`, () => {
      expect(odd(name)).to.deep.equal({ reason: 'Refused' });
      expect(detailOf(NAME, oddLine(name))).to.equal(message);
    });

  it('rejects lines that are not JSON, not objects, or hold nothing', () => {
    const broken = LINES.filter((line) => !line.startsWith('{') || !line.endsWith('}') || line === '{}');
    expect(broken.map(becomes).map(reasonOf)).to.deep.equal([
      'NotJson',
      'NotJson',
      'NotObject',
      'NotObject',
      'Refused',
    ]);
  });

  it('has times in UTC, late ones too, and the time of arrival where a form names none', () => {
    expect(rowOfOdd('late')?.Timestamp).to.equal('2026-11-19T23:30:00.000Z');
    expect(rowOfOdd('late-zone')?.Timestamp).to.equal('2026-11-19T20:00:00.000Z');
    expect(rowOfOdd('no-time')?.Timestamp).to.equal(ARRIVED);
  });

  it('knows a sender without an e-mail by the phone, as text or as a number', () => {
    for (const name of ['phone-only', 'phone-number']) expect(rowOfOdd(name)?.Username).to.equal('+33639980123');
  });

  it('takes the first of two e-mails, and none of what only looks like one', () => {
    expect(rowOfOdd('email-list')?.Username).to.equal('odd@example.org');
    expect(rowOfOdd('email-two-ats')?.Username).to.equal('+33639980123');
  });

  it('masks cards and e-mails in fields where they do not belong', () => {
    expect(dataOf('phone-as-card')).to.include({ name: '**** 1111', note: '**** 1111' });
    expect(dataOf('email-in-name')).to.include({ name: '***' });
  });

  it('masks cards of nineteen digits, as text or as a number, and keeps nothing of a short one', () => {
    expect(dataOf('card-nineteen')).to.include({ card: '**** 0000' });
    expect(dataOf('big-card')).to.include({ card: '**** 0018' });
    expect(dataOf('card-exact')).to.include({ card: '**** 1111' });
    expect(dataOf('card-short')).to.include({ card: '***' });
  });

  it('keeps only the fields that it cleans', () => {
    expect(dataOf('extra-fields')).to.deep.equal({ name: 'Odd One', email: 'odd@example.org', country: 'FR' });
    for (const name of ['weight-object', 'array']) expect(dataOf(name)).not.to.have.any.keys('grams', 'password');
    expect(dataOf('array')).not.to.have.property('name');
  });

  it('names a form without an id by its bytes, and one with a number by that', () => {
    const rowsNamed = (name: string) => rowsOf(LINES.find((line) => line.includes(name))!);
    expect(rowsNamed('"No Id"')[0]?.Id).to.match(/^[\da-f]{64}$/);
    expect(rowsNamed('"Numbered"')[0]?.Id).to.equal('4711');
  });

  it('lets no number of a card, no address of the net or of a street, and no password through', () => {
    const stored = JSON.stringify(ROWS);
    expect(stored).not.to.match(/\d{13}|(?:\d{4}[ .-]){3}\d/);
    for (const secret of ['203.0.113', '2001:db8', 'Lilas', 'شارع', '例町', 'hunter2', 'my.sister@'])
      expect(stored, secret).not.to.contain(secret);
    expect(stored).not.to.contain(PARTITION_KEY);
  });

  it('never quotes what was typed when it refuses it', () => {
    for (const line of LINES) {
      if (reasonOf(becomes(line)) === undefined) continue;
      for (const typed of ['Atlantis', 'heavy', 'odd@', '1,500']) expect(detailOf(NAME, line)).not.to.contain(typed);
    }
  });

  it('counts the parcels of each country by the day', () => {
    const expected: Record<string, number> = {};
    for (const line of new Set(ORDINARY)) {
      const { country, time }: Form = JSON.parse(line);
      const key = `${new Date(time).toISOString().slice(0, 10)} ${COUNTRIES.get(country)}`;
      expected[key] = (expected[key] ?? 0) + 1;
    }
    const odds = tableOf(ROWS).filter(({ Id }) => !Id.startsWith('p-'));
    // All odd ones are of France; two are late.
    expected['2026-11-20 FR'] = (expected['2026-11-20 FR'] ?? 0) + odds.length - 2;
    expected['2026-11-19 FR'] = 2;
    const found = groupsOf(NAME, 'countries', tableOf(ROWS));
    expect(Object.fromEntries(Object.entries(found).map(([key, { count }]) => [key, count]))).to.deep.equal(expected);
  });
});

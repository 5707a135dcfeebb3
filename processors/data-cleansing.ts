import { defined } from '../core/defined.ts';
import { emailIn, masked, maskedCard, phoneIn, plainText } from '../core/extractors/contact-data.ts';
import { InvalidEventError } from '../core/invalid-event.ts';
import { fieldOf, isNumber } from '../core/json.ts';
import { lazyExpression } from '../core/lazy-expression.ts';
import type { Processor } from '../core/processor.ts';
import { refuse } from '../core/refuse.ts';
import { anyObject } from '../core/shapes/any-object.ts';

/**
 * Cleans what people type into the form of a parcel service: e-mail, phone, country, weight. Cards and addresses are masked, bots and
 * people who did not consent are dropped. A parcel is a row of its sender, who is the same however they type their e-mail.
 */
export default {
  shapes: [anyObject],
  process: ({ Id, Timestamp, Data }) => {
    const typed = (field: string): string => plainText(fieldOf(Data, field));
    const consent = fieldOf(Data, 'consent') ?? true;
    if (typed('website') !== '' || /^(?:false|no|off|0)$/i.test(plainText(consent))) return undefined;
    if (!/^(?:true|yes|on|1)$/i.test(plainText(consent))) refuse('consent', consent, 'true or false, yes or no');
    const place = typed('country').toUpperCase();
    const [country, calling] = COUNTRIES.find(([code, , ...names]) => [code, ...names].includes(place)) ?? [];
    if (!country) throw refused('the country is not one of those that are served');
    const email = emailIn(typed('email'));
    const phone = phoneIn(typed('phone'), calling);
    const sender = email ?? phone;
    if (!sender) throw refused('it has neither an e-mail nor a phone that can be used');
    const [name, note] = ['name', 'note'].map((field) => masked(typed(field)) || undefined);
    const address = fieldOf(Data, 'address') ? '***' : undefined;
    const card = typed('card') === '' ? undefined : maskedCard(typed('card'));
    const grams = gramsIn(typed('weight'), isNumber(fieldOf(Data, 'weight')));
    const cleaned = defined({ name, email, phone, country, address, card, grams, note });
    return { Username: sender, Id, Timestamp, Type: 'parcel', Data: cleaned };
  },
  rollups: [{ name: 'countries', every: 'day', of: ({ Data }) => ({ group: `${fieldOf(Data, 'country')}` }) }],
} satisfies Processor;

const refused = (detail: string): InvalidEventError => new InvalidEventError('Refused', detail);

/** The code of each country, its calling code, and how people write it. */
const COUNTRIES = [
  'US 1 USA UNITED_STATES ESTADOS_UNIDOS 美国, CA 1 CANADA KANADA, GB 44 UK UNITED_KINGDOM ENGLAND SCOTLAND المملكة_المتحدة',
  'DE 49 GERMANY DEUTSCHLAND ALEMANIA, FR 33 FRANCE FRANKREICH, SE 46 SWEDEN SVERIGE, IE 353 IRELAND ÉIRE, AU 61 AUSTRALIA',
  'IN 91 INDIA भारत, JP 81 JAPAN 日本, EG 20 EGYPT مصر, BR 55 BRAZIL BRASIL, NG 234 NIGERIA, UA 380 UKRAINE УКРАЇНА',
].flatMap((line) => line.split(', ').map((country) => country.split(' ').map((name) => name.replace('_', ' '))));

/** A bare number is kilograms. */
const GRAMS: Readonly<Record<string, number>> = { '': 1e3, kg: 1e3, кг: 1e3, g: 1, lb: 453.59237, oz: 28.349523125 };

/** With three decimals after a zero only: 1,234 may be a thousand. A number of JSON may not. */
const NUMBER = /^(\d{1,6}(?:\.\d{1,20})?)$/;
const AMOUNT = lazyExpression(String.raw`^(\d{1,6}(?:[.,٫]\d{1,2})?|0[.,٫]\d{3}) ?(\p{L}*?)(?:(?<=lb)s)?$`, 'u');

const gramsIn = (typed: string, isExact: boolean): number | undefined => {
  if (typed === '') return undefined;
  const [, amount = '', unit = ''] = (isExact ? NUMBER : AMOUNT()).exec(typed.toLowerCase()) ?? [];
  const grams = Math.round(Number(amount.replace(/[,٫]/, '.')) * (GRAMS[unit] ?? 0));
  if (grams > 0) return grams;
  throw refused('the weight is not an amount of kg, g, lb or oz above 0, such as 1.25 kg');
};

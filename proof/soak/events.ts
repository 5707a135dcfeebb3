import { RECORD_BYTES } from '../../core/limits.ts';
import { between, type Random, seeded } from '../../core/random.ts';
import type { FaultName } from './faults.ts';

/** One event that goes into a soak. Its number stands in its bytes, so that it is known wherever it ends up. */
export interface SentEvent {
  number: number;
  data: Buffer;
  /** When it crashes the function, each time it comes. It ends up in a failed batch, and events next to it may, too. */
  poison?: 'before' | 'after';
  /** It fits no record, so it ends up in the client's spool. */
  isOversize?: true;
}

/** An event of the soak's own. The default processor makes a row of it, unless it is malformed or fits no record. */
export interface SoakEvent extends SentEvent {
  isMalformed?: true;
}

/** The fields that make the function of a soak crash, before it writes or after. */
export const POISON = { before: 'soak-poison-before', after: 'soak-poison-after' } as const;

/** Places of the two kinds of poison among this many events. */
const POISON_EVERY = 4_000;
const POISON_AT = { before: 137, after: 211 } as const;

/** The place of an event that fits no record, among as many as there are for the poison. */
const OVERSIZE_AT = 173;

const MARK = /#(\d+)#/;

/** The number of the event with these bytes. */
export const numberOf = (data: string): number | undefined => {
  const [, number] = MARK.exec(data) ?? [];
  return number === undefined ? undefined : Number(number);
};

/** The events of a soak in their order, made as they are asked for: the same for the same seed. */
export function* soakEvents(count: number, seed: number, faults: ReadonlySet<FaultName>): Generator<SoakEvent> {
  const random = seeded(seed);
  const authors = Math.max(5, Math.floor(count / 20));
  const recent: SoakEvent[] = [];
  for (let number = 0; number < count; number += 1) {
    const which = random() * 1_000;
    const author = between(random, 0, authors);
    const kind = faults.has('poison') ? poisonAt(number, count) : undefined;
    const event = (): SoakEvent => {
      if (kind) return poison(number, author, kind);
      if (faults.has('oversize') && number % POISON_EVERY === Math.min(OVERSIZE_AT, count >> 1))
        return oversize(number);
      if (faults.has('malformed') && which < 20) return malformed(number, random);
      if (faults.has('duplicates') && which < 120 && number > 0) return again(number, recent, random);
      return VALID[Math.floor(which) % VALID.length]!(number, author);
    };
    if (recent[0] && recent[0].number < number - MOST_RECENT) recent.shift();
    const next = event();
    if (!next.isMalformed && !next.isOversize && !next.poison) recent.push(next);
    yield next;
  }
}

/** How far back an event may be that comes again. They are few, so that a soak of any size fits into memory. */
const MOST_RECENT = 2_000;

/** In a short soak the first and the last event are poison. */
const poisonAt = (number: number, count: number): SoakEvent['poison'] => {
  const place = number % POISON_EVERY;
  if (place === (count > POISON_AT.after ? POISON_AT.before : 0)) return 'before';
  return place === Math.min(POISON_AT.after, count - 1) ? 'after' : undefined;
};

const MESSAGES = ['yolo 🦊 東京', 'naïve café 👩‍👩‍👧‍👦', 'שלום 123', 'a\nb\t"c"\\'];
const TIME = '2026-11-20T12:34:56.000Z';

type Builder = (number: number, author: number) => SoakEvent;

const messageOf = (number: number): string => `#${number}# first ${MESSAGES[number % MESSAGES.length]}`;

const tweetV1: Builder = (number, author) =>
  event(number, {
    created_at: 'Fri Nov 20 12:34:56 +0000 2026',
    id_str: `${10n ** 18n + BigInt(number)}`,
    text: messageOf(number),
    user: { name: `名前 ${author}`, screen_name: `author_${author}` },
  });

const tweetV2: Builder = (number, author) =>
  event(number, {
    data: {
      id: `${2n * 10n ** 18n + BigInt(number)}`,
      text: messageOf(number),
      author_id: `${author}`,
      created_at: TIME,
    },
    includes: { users: [{ id: `${author}`, name: `Zoë ${author} 🦊`, username: `author_${author}` }] },
  });

const cloudEvent: Builder = (number, author) =>
  event(number, {
    specversion: '1.0',
    id: `reading-${number}`,
    source: '/soak',
    subject: `/sensors/${author}`,
    type: 'soak.reading',
    time: TIME,
    data: { mark: messageOf(number), celsius: number / 8 },
  });

const VALID = [tweetV1, tweetV2, cloudEvent];

const event = (number: number, value: object): SoakEvent => ({ number, data: Buffer.from(JSON.stringify(value)) });

/** An earlier event again, with the same key and newer content. */
const again = (number: number, recent: readonly SoakEvent[], random: Random): SoakEvent => {
  const original = recent[between(random, 0, recent.length)];
  if (!original) return cloudEvent(number, 0);
  const text = original.data.toString().replace(MARK, `#${number}#`);
  return { number, data: Buffer.from(text) };
};

const poison = (number: number, author: number, kind: 'before' | 'after'): SoakEvent => {
  const healthy = cloudEvent(number, author);
  return { ...event(number, { ...JSON.parse(healthy.data.toString()), [POISON[kind]]: true }), poison: kind };
};

const oversize = (number: number): SoakEvent => ({
  ...event(number, { mark: `#${number}#`, filling: 'x'.repeat(RECORD_BYTES.byDefault) }),
  isOversize: true,
});

/** Bytes that are not an event, and an event that no item can hold. */
const malformed = (number: number, random: Random): SoakEvent => {
  const kinds = [
    () => Buffer.from(`{"cut": "off #${number}#`),
    () => Buffer.concat([Buffer.from(`{"bytes": "#${number}# `), Buffer.from([0xff, 0xfe, 0x80]), Buffer.from('"}')]),
    () => Buffer.from(JSON.stringify(`not an object #${number}#`)),
    () => Buffer.from(JSON.stringify({ id_str: '1', text: `no author #${number}#`, user: {} })),
    // Compresses well, so that RejectedEvents can keep it; as an item it is over 400 KB.
    () =>
      Buffer.from(
        JSON.stringify({
          specversion: '1.0',
          id: 'x',
          source: '/soak',
          type: 't',
          data: `#${number}#${'x'.repeat(420_000)}`,
        }),
      ),
  ];
  // The large ones are few: they take most of the time.
  const kind = random() < 0.02 ? 4 : between(random, 0, 4);
  return { number, data: kinds[kind]!(), isMalformed: true };
};

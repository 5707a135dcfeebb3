import { between, type Random } from '../../../core/random.ts';

/** The constant parts of the envelope. Nothing in an event needs escaping, so it is put together without a serializer. */
const BEFORE_ID = '{"specversion":"1.0","source":"/synthetic","type":"example.synthetic","id":"';
const BEFORE_SUBJECT = '","subject":"';
const BEFORE_DATA = '","data":"';
const END = '"}';

/** The last number that an event may have. A run of a million events a second reaches it after 285 years. */
const LAST = Number.MAX_SAFE_INTEGER;

const opening = (seed: number, n: number, subject: string): string =>
  `${BEFORE_ID}${seed}-${n}${BEFORE_SUBJECT}${subject}${BEFORE_DATA}`;

/** Bytes of the smallest event that has room for every number and every key. */
export const leastSize = ({ seed, longestKey }: { seed: number; longestKey: string }): number =>
  opening(seed, LAST, longestKey).length + END.length;

export interface EventMakerOptions {
  seed: number;
  /** Bytes of each event, {@link leastSize} or more. */
  size: number;
  random: Random;
}

/**
 * Makes CloudEvents of exactly `size` bytes: the nth has the id `<seed>-<n>`, and a text for its data.
 *
 * @returns takes the number of the event and its subject, which is ASCII without quotes
 */
export const eventMaker = ({ seed, size, random }: EventMakerOptions): ((n: number, subject: string) => Buffer) => {
  const fill = textCutter(random);
  return (n, subject) => {
    const event = Buffer.allocUnsafe(size);
    const start = event.write(opening(seed, n, subject), 'latin1');
    const end = size - END.length;
    fill(event, start, end);
    event.write(END, end, 'latin1');
    return event;
  };
};

/** Words of several scripts, of one to four bytes a character. None has a character that JSON escapes. */
const WORDS = (
  'the of 東京 and привет to in naïve is 🦊 that for it مرحبا was 晴れ on café are событие as with 世界 at be this שלום ' +
  'have über from or 안녕하세요 had by but नमस्ते not what all 今日は were größer when we मुझे there καλημέρα can an your ' +
  '🎉 which their señor said if สวัสดี do will each поток about how up out 流れ them then garçon she many 👩‍👩‍👧‍👦 some so ' +
  'these would عالم other mañana into has более more her two κόσμος like him see time could no smörgåsbord make than ' +
  'first been its עולם who now people my made over łódź did down only way find use may ☀️ water long little very'
).split(' ');

/** Bytes of the text that all others are cut from: more than a compressor looks back, and little to hold in memory. */
const CORPUS_BYTES = 256 * 1024;

const FILLER = 0x2e;

/**
 * Cuts texts out of a long one that is made once, in which words are as frequent as in a language.
 *
 * @returns writes a text into the bytes from `start` up to `end`: whole characters, then dots where another one does not fit
 */
const textCutter = (random: Random): ((target: Buffer, start: number, end: number) => void) => {
  const words: string[] = [];
  /** Where they begin. Bytes. */
  const starts: number[] = [];
  for (let at = 0; at < CORPUS_BYTES; ) {
    // Close to Zipf's law, as in any text.
    const word = WORDS[Math.floor((WORDS.length + 1) ** random()) - 1]!;
    starts.push(at);
    words.push(word);
    at += Buffer.byteLength(word) + 1;
  }
  const corpus = Buffer.from(words.join(' '));
  return (target, start, end) => {
    for (let at = start; at < end; ) {
      const from = starts[between(random, 0, starts.length)]!;
      let to = Math.min(from + end - at, corpus.length);
      while (isInsideCharacter(corpus[to])) to -= 1;
      at += corpus.copy(target, at, from, to);
      if (to < corpus.length) {
        target.fill(FILLER, at, end);
        return;
      }
    }
  };
};

/** Whether a character of UTF-8 began before this byte. */
const isInsideCharacter = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

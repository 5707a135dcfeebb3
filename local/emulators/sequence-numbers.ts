import database, { type Sequence } from 'kinesalite/db';

/** Sequence numbers of today's version have 47 hexadecimal digits, and begin and end with a 2. */
const DIGITS = 47;
const VERSION = 2;

/** After this kinesalite refuses a number. Seconds since 1970. */
const LATEST = 16_025_175_000;

const { parseSequence, stringifySequence } = database;

const hex = (value: number | bigint, digits: number): string => value.toString(16).padStart(digits, '0').slice(-digits);
const seconds = (milliseconds: number): string => hex(Math.floor(milliseconds / 1_000), 9);

/** As kinesalite's own, which is asked for any other version, and for what it refuses. */
export const parseSequenceNumber = (number: string): Sequence => {
  const digits = /^\d+$/.test(number) ? BigInt(number).toString(16) : '';
  const shardCreateSeconds = Number.parseInt(digits.slice(1, 10), 16);
  const isUsual = digits.length === DIGITS && digits.startsWith('2') && digits.endsWith('2');
  if (!isUsual || digits[11]! > '7' || digits[38]! > '7' || shardCreateSeconds >= LATEST) return parseSequence(number);
  return {
    shardCreateTime: shardCreateSeconds * 1_000,
    seqIx: BigInt(`0x${digits.slice(11, 27)}`).toString(),
    byte1: digits.slice(27, 29),
    seqTime: Number.parseInt(digits.slice(29, 38), 16) * 1_000,
    shardIx: Number.parseInt(digits.slice(38, 46), 16),
    version: VERSION,
  };
};

/** As kinesalite's own, which is asked for any other version. */
export const stringifySequenceNumber = (sequence: Sequence): string => {
  const { shardCreateTime, seqIx, byte1, seqTime, shardIx, version = VERSION } = sequence;
  const shard = shardIx ?? 0;
  if (version !== VERSION || shard < 0) return stringifySequence(sequence);
  const digits = [
    ...['2', seconds(shardCreateTime), hex(shard, 1), hex(BigInt(seqIx ?? 0), 16)],
    ...[byte1 ?? '00', seconds(seqTime || shardCreateTime), hex(shard, 8), '2'],
  ];
  return BigInt(`0x${digits.join('')}`).toString();
};

/** kinesalite spends a third of its time on sequence numbers, which it works out with decimals of any length. */
export const quickenSequenceNumbers = (): void => {
  database.parseSequence = parseSequenceNumber;
  database.stringifySequence = stringifySequenceNumber;
};

import { parseJson } from '../decode.ts';
import { InvalidEventError } from '../invalid-event.ts';
import { isObject } from '../json.ts';

const LF = 0x0a;
const BLANKS: readonly number[] = [0x20, 0x09, 0x0d];

/**
 * The lines of data that is JSON Lines and no JSON as a whole: two or more that are not blank, each of them a JSON object.
 * `undefined` for everything else, such as a JSON text over several lines that was cut off.
 * https://jsonlines.org
 *
 * @returns views, not copies, without their line ends
 */
export const jsonLinesOf = (data: Uint8Array): Uint8Array[] | undefined => {
  if (!data.includes(LF)) return undefined;
  const lines: Uint8Array[] = [];
  for (let from = 0; from < data.length; ) {
    const end = data.indexOf(LF, from);
    const line = data.subarray(from, end < 0 ? data.length : end);
    from += line.length + 1;
    if (line.every((byte) => BLANKS.includes(byte))) continue;
    if (!isJsonObject(line)) return undefined;
    lines.push(line);
  }
  return lines.length > 1 ? lines : undefined;
};

const isJsonObject = (line: Uint8Array): boolean => {
  try {
    return isObject(parseJson(line));
  } catch (error) {
    if (error instanceof InvalidEventError) return false;
    throw error;
  }
};

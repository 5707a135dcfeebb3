import { constants, gunzipSync } from 'node:zlib';
import { quotedPath } from '../../../cli/shown.ts';
import { parsedJson } from '../../../core/json.ts';
import { LF, zerosBefore } from '../../../core/lines.ts';

/**
 * What the first bytes of a file show. `problem` is a sentence: what was found, what was expected, and what to do. `hint` is one about
 * lines that can be sent, and that nobody will take for events.
 */
export type Content = { kind: 'lines' | 'gzip'; hint?: string } | { kind: 'other'; problem: string };

/** How many of the first bytes are enough to tell. */
export const HEAD_BYTES = 64 * 1024;

const LINES: Content = { kind: 'lines' };

/** https://www.rfc-editor.org/rfc/rfc1952#page-6 */
export const isGzip = (head: Buffer): boolean => beginsWith(head, 0x1f, 0x8b);

/**
 * Tells from its first bytes whether something holds lines, before any of them is sent and paid for.
 *
 * @param head the first bytes, at most {@link HEAD_BYTES}, or as many as have come
 * @param path of the file; undefined for standard input
 * @param isWrapped whether lines may hold anything, so that only what has no lines is refused
 */
export const contentOf = (head: Buffer, path: string | undefined, isWrapped: boolean): Content => {
  const subject = path === undefined ? 'standard input' : `"${path}"`;
  const file = path === undefined ? '' : ` ${quotedPath(path)}`;
  const from = (command: string): string => command.replace(' FILE', () => file);
  if (!isGzip(head)) return plainContentOf(head, { subject, from, isPiped: path === undefined, isWrapped });
  const fromGzip = (command: string): string => `${from('gzip -dc FILE')} | ${command.replace(' FILE', '')}`;
  const content = plainContentOf(unpacked(head), { subject, from: fromGzip, isPiped: true, isWrapped });
  return content.kind === 'other' ? content : { ...content, kind: 'gzip' };
};

/** UTF-32 may begin with so many. More of them are before a line, and not of one. */
export const MOST_ZEROS_OF_TEXT = 3;

/** What has come of packed bytes. The reader says where they are damaged. */
const unpacked = (head: Buffer): Buffer => {
  try {
    // gzip packs up to a thousand bytes into one.
    return gunzipSync(head.subarray(0, HEAD_BYTES / 16), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
};

interface Subject {
  subject: string;
  /** Makes a command read it. */
  from: (command: string) => string;
  /** Whether a command gets it from a pipe. */
  isPiped: boolean;
  isWrapped: boolean;
}

const plainContentOf = (bytes: Buffer, { subject, from, isPiped, isWrapped }: Subject): Content => {
  const zeros = zerosBefore(bytes);
  const head = zeros > MOST_ZEROS_OF_TEXT ? bytes.subarray(zeros) : bytes;
  const refused = (found: string, expected: string, command: string): Content => ({
    kind: 'other',
    problem: `${subject} ${found}; expected ${expected}: ${from(command)} | ${AGAIN}`,
  });
  const packed = PACKED.find(({ magic, at = 0 }) => beginsWith(head.subarray(at), ...magic));
  if (packed) {
    const { by, command, piped = command } = packed;
    return refused(`is packed with ${by}`, 'lines, or gzip', isPiped ? piped : command);
  }
  const encoding = encodingOf(head);
  if (encoding) return refused(`is text in ${encoding}`, 'UTF-8', `iconv -f ${encoding} -t UTF-8 FILE`);
  if (isWrapped) return LINES;
  if (head.includes(0) && !head.toString().split('\n').some(isJson))
    return {
      kind: 'other',
      problem: `${subject} is not text: it holds bytes of value 0; expected one JSON event a line: ${from('head -c 64 FILE')} | od -c shows what it is`,
    };
  const form = indentedForm(head.toString());
  if (form !== undefined)
    return refused(
      `holds JSON ${form} that spans several lines`,
      'one JSON event a line',
      form === 'of an array' ? EACH : ONE_BY_ONE,
    );
  const long = longLineIn(head);
  if (long !== undefined)
    return {
      kind: 'lines',
      hint: `${subject} begins with ${long.what} on one line, which is sent as one record and must fit into it; each event is sent by itself with ${from(long.command)} | ${AGAIN}`,
    };
  if (holdsEvents(head)) return LINES;
  return {
    kind: 'lines',
    hint: `${subject} begins with lines that are not JSON objects; they are sent as they are, and set aside. --wrap TYPE makes events of lines of text`,
  };
};

/** Several commands read files, and each takes a pipe in this way. */
export const AGAIN = 'the same command with --file -';

/** Writes each event of an array into a line. */
const EACH = "jq -c '.[]' FILE";

/** Writes each object into a line. */
const ONE_BY_ONE = 'jq -c . FILE';

/**
 * What all of the first bytes are of, where that is several events on one line, and what makes lines of them. Programs that write JSON put
 * an array on one line, whatever its size, and Firehose puts nothing between the objects of a file.
 */
const longLineIn = (head: Buffer): { what: string; command: string } | undefined => {
  if (head.length < HEAD_BYTES || head.includes(LF)) return undefined;
  const text = head.toString().replace(/^[\ufeff\s]+/, '');
  if (/^\[\s*\{/.test(text)) return { what: 'a long array', command: EACH };
  const isFirstOfSeveral = isJson(text.slice(0, text.search(/\}\s*\{/) + 1));
  return isFirstOfSeveral ? { what: 'many objects', command: ONE_BY_ONE } : undefined;
};

/**
 * Whether a line looks like an object, or like an array of them: lines of many logs begin with a bracket too. A line that was cut off
 * counts, and so do no lines at all.
 */
const holdsEvents = (head: Buffer): boolean => {
  const text = head.toString().trim();
  return text === '' || /^[\ufeff\t ]*(\[[\t ]*)?\{/m.test(text);
};

/** Where a byte may be anything it is undefined. */
type Magic = readonly (number | undefined)[];

/**
 * Formats that are recognized by their first bytes, or by those at another place, and what unpacks them: `piped` where that is another
 * command for a pipe.
 */
const PACKED: readonly { by: string; magic: Magic; at?: number; command: string; piped?: string }[] = [
  { by: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], command: 'zstd -dc FILE' },
  { by: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], command: 'xz -dc FILE' },
  { by: 'bzip2', magic: [0x42, 0x5a, 0x68, undefined, 0x31, 0x41, 0x59], command: 'bzip2 -dc FILE' },
  // unzip reads no pipe. funzip does, and warns where it leaves out files after the first.
  { by: 'zip', magic: [0x50, 0x4b, 0x03, 0x04], command: 'unzip -p FILE', piped: 'funzip' },
  // https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
  { by: 'tar', magic: [...Buffer.from('ustar')], at: 257, command: 'tar -xOf FILE', piped: 'tar -xOf -' },
  { by: 'gzip twice', magic: [0x1f, 0x8b], command: 'gzip -dc FILE' },
];

const beginsWith = (head: Buffer, ...magic: Magic): boolean =>
  magic.every((byte, index) => byte === undefined || head[index] === byte);

/** An encoding whose line ends are not one byte, by its byte order mark or by the zeros next to ASCII characters. */
const encodingOf = (head: Buffer): string | undefined => {
  if (beginsWith(head, 0xff, 0xfe, 0, 0) || beginsWith(head, 0, 0, 0xfe, 0xff)) return 'UTF-32';
  if (beginsWith(head, 0xff, 0xfe) || beginsWith(head, 0xfe, 0xff)) return 'UTF-16';
  const [first, second, third, fourth] = head;
  if (first && second === 0 && third && fourth === 0) return 'UTF-16LE';
  return first === 0 && second && third === 0 && fourth ? 'UTF-16BE' : undefined;
};

/** How JSON of several lines begins, where the text is such; undefined for anything else. */
const indentedForm = (text: string): 'of an array' | 'of an object' | undefined => {
  const [first = '', second] = text
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const form = first.startsWith('[') ? 'of an array' : first.startsWith('{') ? 'of an object' : undefined;
  if (form === undefined || isJson(first)) return undefined;
  // A pipe may bring one line after the other. The last line of the text may be cut off.
  const goesOn =
    first.length === 1 ? text.includes('\n') : /[[{,]$/.test(first) && second !== undefined && !isJson(second);
  return goesOn ? form : undefined;
};

const isJson = (text: string): boolean => parsedJson(text) !== undefined;

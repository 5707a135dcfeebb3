/** What the null server looks at in one record. */
export interface ScannedRecord {
  partitionKey: string;
  /** Of data and partition key, as Kinesis counts them. */
  bytes: number;
}

export interface ScannedRequest {
  stream: string;
  records: ScannedRecord[];
}

const QUOTE = 0x22;
const EQUALS = 0x3d;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const CLOSING_BRACE = 0x7d;

/**
 * The records of a PutRecord or PutRecords request. It goes from quote to quote, decodes no data and builds no tree, so that the
 * server costs little compared with its client. It takes the JSON that clients write: without white space, and with names that
 * are not escaped.
 */
export const scanRecords = (body: Buffer): ScannedRequest => {
  const records: ScannedRecord[] = [];
  let stream = '';
  let name = '';
  let partitionKey: string | undefined;
  let bytes = 0;
  for (let from = body.indexOf(QUOTE) + 1, to = 0; from > 0; from = body.indexOf(QUOTE, to + 1) + 1) {
    to = endOfText(body, from);
    const next = body[to + 1];
    if (next === COLON) {
      name = body.toString('latin1', from, to);
      continue;
    }
    if (name === 'Data') bytes += bytesOfBase64(body, from, to);
    else if (name === 'PartitionKey') {
      partitionKey = textOf(body, from, to);
      bytes += Buffer.byteLength(partitionKey);
    } else if (name === 'StreamName') stream = textOf(body, from, to);
    if (next === CLOSING_BRACE && partitionKey !== undefined) {
      records.push({ partitionKey, bytes });
      partitionKey = undefined;
      bytes = 0;
    }
  }
  return { stream, records };
};

/** The quote that ends the text: the first that no odd number of backslashes escapes. */
const endOfText = (body: Buffer, from: number): number => {
  for (let to = body.indexOf(QUOTE, from); to >= 0; to = body.indexOf(QUOTE, to + 1)) {
    let backslashes = 0;
    while (to - backslashes > from && body[to - backslashes - 1] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return to;
  }
  return body.length;
};

const textOf = (body: Buffer, from: number, to: number): string => {
  const text = body.toString('utf8', from, to);
  return text.includes('\\') ? JSON.parse(`"${text}"`) : text;
};

const bytesOfBase64 = (body: Buffer, from: number, to: number): number => {
  const padding = Number(body[to - 1] === EQUALS) + Number(body[to - 2] === EQUALS);
  return ((to - from) / 4) * 3 - (to > from ? padding : 0);
};

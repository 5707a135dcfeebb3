import { hash } from 'node:crypto';
import { EventBytes } from '../../../core/event-bytes.ts';
import { anyObject } from '../../../core/shapes/any-object.ts';
import { cloudEvent } from '../../../core/shapes/cloud-event.ts';
import { SHAPES } from '../../../core/shapes/index.ts';
import { type Keying, objectIn, shapeOf, textIn, toSourceEvent } from '../../../core/source-event.ts';
import type { SourceContext } from '../source.ts';
import { type FieldNames, fieldsIn, type OnNothing, tellOfNothing } from './fields.ts';
import { keyedBy, type ToEvent } from './lines.ts';
import { toCloudEvent, type WrapOptions, wrapFile, wrapPipe } from './wrap.ts';

/** Makes events of the lines of a file or a pipe. */
export interface EventMaker {
  /** Whether lines may hold anything. */
  isWrapped: boolean;
  ofFile: (path: string, inode: string) => ToEvent;
  /** @param path undefined for standard input */
  ofPipe: (path: string | undefined) => ToEvent;
}

export interface EventMakerOptions {
  /** Without it lines are JSON. */
  wrap?: WrapOptions | undefined;
  /** Hears of a field that holds nothing. */
  note?: SourceContext['note'];
}

/**
 * How lines become events: as they are, by their fields, or wrapped.
 */
export const eventMaker = (
  fields: FieldNames = {},
  { shapes, wrap, note = () => {} }: Pick<Keying, 'shapes'> & EventMakerOptions = {},
): EventMaker => {
  const onNothing = tellOfNothing(fields, note);
  if (wrap) {
    const options = { ...wrap, fields, onNothing };
    return {
      isWrapped: true,
      ofFile: (path, inode) => wrapFile(path, inode, options),
      ofPipe: (path) => wrapPipe(path, options),
    };
  }
  const { key, ...others } = fields;
  const keying: Keying = { ...(key !== undefined && { key }), ...(shapes && { shapes }) };
  const toEvent = Object.keys(others).length === 0 ? keyedBy(keying) : namedBy(fields, keying, onNothing);
  return { isWrapped: false, ofFile: () => toEvent, ofPipe: () => toEvent };
};

/**
 * Makes a CloudEvent of plain JSON, so that its row is the one that the JSON itself would have, but for what the fields say. JSON of
 * any other shape stays as it is: its shape says what it is.
 */
const namedBy =
  (fields: FieldNames, keying: Keying, onNothing: OnNothing): ToEvent =>
  (line) => {
    const { shapes = SHAPES } = keying;
    const json = objectIn(line);
    if (!json || shapeOf(json, shapes) !== anyObject || !shapes.includes(cloudEvent))
      return toSourceEvent(line, json, keying);
    const digest = (): string => hash('sha256', line);
    const { Timestamp, Type } = anyObject.toRow(json, { arrivedAt: '', partitionKey: '', hash: digest });
    const { key, id, time = Timestamp, type = Type } = fieldsIn(json, line, fields, onNothing);
    const username = key ?? id ?? digest();
    return toCloudEvent(
      {
        id: id ?? textIn(json, line, 'id') ?? digest(),
        // A row whose subject is its source has only its id as its Id, as rows of plain JSON do.
        source: username,
        type,
        subject: username,
        ...(time !== '' && { time }),
      },
      {},
      new EventBytes(line).text,
    );
  };

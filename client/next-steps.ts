import { count, number } from '../cli/numbers.ts';
import { optionOf, quotedPath } from '../cli/shown.ts';
import type { Delivered } from './delivery.ts';
import type { ClientFlags, Settings } from './settings.ts';
import { isReadOnce, nameOfSource } from './sources/source-name.ts';

type SourceOptions = Pick<
  Settings,
  'source' | 'file' | 'track' | 'wrap' | 'key' | 'id' | 'time' | 'type' | 'max' | 'checkpoint'
>;

/**
 * What a person should do after a run that did not deliver everything, a line each: where the undelivered events are, and
 * how the rest of a file or of a pipe is sent.
 *
 * @param command the command that delivers a file in the same way, such as `npm run client -- --stream events`
 */
export const howToGoOn = (delivered: Delivered, settings: SourceOptions, command: string): string[] =>
  [
    ofSpooled(delivered, settings, command),
    ofUnkept(delivered, settings),
    ofUnread(delivered, settings, command),
  ].filter((line) => line !== undefined);

const ofSpooled = ({ spool, spooled, failures }: Delivered, settings: SourceOptions, command: string) => {
  if (spool === undefined || spooled === 0) return undefined;
  const kept = `${count(spooled, 'event')} kept in ${spool}`;
  const them = spooled === 1 ? 'it' : 'them';
  if (failures.size === 1 && failures.has('EventTooLargeError'))
    return `${kept}. No record holds ${them}: make ${them} smaller, or see --record-limit for a stream that takes more`;
  // A spooled event that was made from fields has them in its own attributes.
  const fields = fieldsOf(settings);
  const key = settings.key !== undefined && fields.length === 1 ? fields.join('') : '';
  return `${kept}. To deliver ${them}: ${command}${key} ${optionOf('file', spool)}`;
};

const ofUnkept = ({ failed, spooled, spoolError, unreadFrom }: Delivered, settings: SourceOptions) => {
  if (!spoolError) return undefined;
  if (spooled === failed) return `error: what was kept may not be on the disk: ${spoolError.message}`;
  // A checkpoint stands before them.
  const again = settings.checkpoint === undefined ? '' : '; the same command again sends them';
  const still = unreadFrom === undefined || isReadOnce(settings) ? again : `; ${settings.file} still has them`;
  return `error: ${count(failed - spooled, 'event')} could not be kept: ${spoolError.message}${still}`;
};

const ofUnread = (
  { read, failed, spooled, unreadFrom, isPacked }: Delivered,
  settings: SourceOptions,
  command: string,
) => {
  // Where nothing was read, the rest is all of it.
  if (unreadFrom === undefined || (unreadFrom === 0 && read === 0)) return undefined;
  const { max, checkpoint, wrap } = settings;
  const isOnlyOnce = isReadOnce(settings);
  /** Of the events after that byte some have arrived, nobody knows how many. */
  const isLost = spooled < failed;
  const unread = isOnlyOnce && !isLost ? '; what came after it, if anything, was not' : '';
  const left = max === undefined || isLost ? '' : ` --max ${max - read}`;
  // Wrapped lines of a pipe have other ids, so those that have arrived would be rows of their own.
  const how =
    checkpoint !== undefined || (wrap !== undefined && !isOnlyOnce && isLost)
      ? `the same command again${left && ` with${left}`}`
      : `${restOf(settings, unreadFrom, isPacked)} | ${command}${fieldsOf(settings).join('')}${left} --file -`;
  const upTo = `${isLost ? 'delivered' : 'read'} up to byte ${number(unreadFrom)}`;
  return `${nameOfSource(settings)} was ${upTo}${unread}. To send the rest: ${how}`;
};

/** The command that gives a file or a pipe from one of its bytes on. A person knows what writes into the pipe. */
const restOf = (source: Pick<Settings, 'source' | 'file'>, from: number, isPacked: boolean): string => {
  const tail = `tail -c +${from + 1}`;
  const file = quotedPath(source.file ?? '');
  if (isReadOnce(source)) return isPacked ? `… | gzip -dc | ${tail}` : `… | ${tail}`;
  return isPacked ? `gzip -dc ${file} | ${tail}` : `${tail} ${file}`;
};

/** The options that say how lines become events. */
const fieldsOf = (settings: SourceOptions): string[] =>
  (['wrap', 'key', 'id', 'time', 'type'] as const).flatMap((name) => {
    const value = settings[name];
    return value === undefined ? [] : [` ${optionOf(name, value)}`];
  });

/** How to choose a partition key, for a run whose events name none. @param keyless how many @param key the field that was to hold it */
export const keyHint = (keyless: number, key?: string): string | undefined => {
  if (keyless === 0) return undefined;
  const how =
    key === undefined
      ? '; --key FIELD takes the key from a field of the event'
      : `: no text or number is in the field of ${optionOf('key', key)}`;
  return `${count(keyless, 'event')} without a partition key got a hash${how}.`;
};

/** The options for the stream and the delivery. Spooled events need them again, but not the options of their source. */
const OPTIONS = [
  'stack',
  'local',
  'stream',
  'region',
  'endpoint',
  'ordered',
  'aggregate',
  'record-limit',
  'patience',
] as const;

/**
 * The command that delivers a file with the same settings.
 *
 * @param isMissing whether there is no stream of that name; then the command has a place for another
 */
export const commandToDeliver = (flags: ClientFlags, isMissing = false): string => {
  const options = OPTIONS.flatMap((name) => {
    if (name === 'stream' && isMissing) return ['--stream NAME'];
    const value = flags[name];
    if (value === undefined || value === false) return [];
    return value === true ? [`--${name}`] : [optionOf(name, value)];
  });
  return ['npm run client --', ...options].join(' ');
};

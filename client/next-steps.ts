import { count, number } from '../cli/numbers.ts';
import { optionOf, quotedPath } from '../cli/shown.ts';
import type { Delivered } from './delivery.ts';
import type { ClientFlags, Settings } from './settings.ts';
import { isReadOnce, nameOfSource } from './sources/source-name.ts';

/**
 * What a person should do after a run that did not deliver everything, a line each: where the undelivered events are, and
 * how the rest of a file or of a pipe is sent.
 *
 * @param command the command that delivers a file in the same way, such as `npm run client -- --stream events`
 */
export const howToGoOn = (
  { read, failed, spooled, spool, spoolError, failures, unreadFrom, isPacked }: Delivered,
  settings: Pick<
    Settings,
    'source' | 'file' | 'track' | 'wrap' | 'key' | 'id' | 'time' | 'type' | 'max' | 'checkpoint'
  >,
  command: string,
): string[] => {
  const lines: string[] = [];
  const { file = '', max, checkpoint } = settings;
  const isOnlyOnce = isReadOnce(settings);
  const fields = FIELDS.filter((name) => settings[name] !== undefined).map(
    (name) => ` ${optionOf(name, settings[name]!)}`,
  );
  // A spooled event that was made from fields has them in its own attributes.
  const again = settings.key !== undefined && fields.length === 1 ? fields.join('') : '';
  const them = spooled === 1 ? 'it' : 'them';
  const areTooLarge = failures.size === 1 && failures.has('EventTooLargeError');
  if (spool !== undefined && spooled > 0)
    lines.push(
      `${count(spooled, 'event')} kept in ${spool}. ${
        areTooLarge
          ? `No record holds ${them}: make ${them} smaller, or see --record-limit for a stream that takes more`
          : `To deliver ${them}: ${command}${again} ${optionOf('file', spool)}`
      }`,
    );
  if (spoolError)
    lines.push(
      spooled < failed
        ? `error: ${count(failed - spooled, 'event')} could not be kept: ${spoolError.message}${unreadFrom === undefined || isOnlyOnce ? '' : `; ${file} still has them`}`
        : `error: what was kept may not be on the disk: ${spoolError.message}`,
    );
  // Where nothing was read, the rest is all of it.
  if (unreadFrom !== undefined && (unreadFrom > 0 || read > 0)) {
    const what = spooled < failed ? 'delivered' : 'read';
    const unread = isOnlyOnce && what === 'read' ? '; what came after it, if anything, was not' : '';
    // Some events after that byte have arrived. Wrapped lines of a pipe have other ids, so they would be rows of their own.
    const areOthersInPipe = settings.wrap !== undefined && !isOnlyOnce && what === 'delivered';
    // How many of the events after a lost one have arrived is not known.
    const left = max === undefined || what === 'delivered' ? '' : ` --max ${max - read}`;
    const how =
      checkpoint === undefined && !areOthersInPipe
        ? `${restOf(settings, unreadFrom, isPacked)} | ${command}${fields.join('')}${left} --file -`
        : `the same command again${left && ` with${left}`}`;
    lines.push(
      `${nameOfSource(settings)} was ${what} up to byte ${number(unreadFrom)}${unread}. To send the rest: ${how}`,
    );
  }
  return lines;
};

/** The command that gives a file or a pipe from one of its bytes on. A person knows what writes into the pipe. */
const restOf = (source: Pick<Settings, 'source' | 'file'>, from: number, isPacked: boolean): string => {
  const tail = `tail -c +${from + 1}`;
  const file = quotedPath(source.file ?? '');
  if (isReadOnce(source)) return isPacked ? `… | gzip -dc | ${tail}` : `… | ${tail}`;
  return isPacked ? `gzip -dc ${file} | ${tail}` : `${tail} ${file}`;
};

/** The options that say how lines become events. */
const FIELDS = ['wrap', 'key', 'id', 'time', 'type'] as const;

/** How to choose a partition key, for a run whose events name none. @param keyless how many */
export const keyHint = (keyless: number): string | undefined =>
  keyless > 0
    ? `${count(keyless, 'event')} without a partition key got a hash; --key FIELD takes the key from a field of the event.`
    : undefined;

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

import type { Delivered } from './delivery.ts';
import { count, number } from './progress.ts';

/**
 * What a person should do after a run that did not deliver everything, a line each: where the undelivered events are, and
 * how the rest of a file is sent.
 *
 * @param command what the person typed, such as `npm run client --`
 */
export const howToGoOn = (
  { failed, spooled, spool, spoolError, unreadFrom }: Delivered,
  { file = '', checkpoint }: { file?: string; checkpoint?: string },
  command: string,
): string[] => {
  const lines: string[] = [];
  if (spool !== undefined && spooled > 0)
    lines.push(
      `${count(spooled, 'event')} kept in ${spool}. To deliver ${spooled === 1 ? 'it' : 'them'}, with the same options: ${command} --file ${quoted(spool)}`,
    );
  if (spoolError)
    lines.push(
      spooled < failed
        ? `error: ${count(failed - spooled, 'event')} could not be kept: ${spoolError.message}${file === '' ? '' : `; ${file} still has them`}`
        : `error: what was kept may not be on the disk: ${spoolError.message}`,
    );
  if (unreadFrom !== undefined)
    lines.push(
      `${file} was read up to byte ${number(unreadFrom)}. ${
        checkpoint === undefined
          ? `To send the rest, with the same options: tail -c +${unreadFrom + 1} ${quoted(file)} | ${command} --file -`
          : 'To send the rest: the same command again'
      }`,
    );
  return lines;
};

/** As a shell reads it. */
const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`);

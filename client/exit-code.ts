import { EXIT, type ExitCode } from '../cli/exit-code.ts';
import type { Delivered } from './delivery.ts';

/** What each code of the client means, for the help and the README, in their order. */
export const MEANINGS: { readonly [name in keyof typeof EXIT]: string } = {
  delivered: 'every event that was read arrived, after Ctrl-C too',
  error: 'an error before or beside the delivery, such as a stack or a checkpoint that cannot be used',
  usage: 'called wrongly; nothing was read',
  kept: 'some events did not arrive; the spool has all of them',
  lost: 'some events did not arrive and could not be kept',
  source: 'the source failed or held no events; what it yielded arrived',
};

/** What decides how a run of the client ends. */
export interface End extends Pick<Delivered, 'read' | 'sent' | 'failed' | 'spooled'> {
  spoolError?: Error | undefined;
  error: Error | undefined;
  /** Whether the error is one beside the delivery, and not the source's. */
  isBeside: boolean;
  /** Whether the source was to hold events and did not. */
  isEmpty: boolean;
}

/** The exit code of a run. What became of the events comes before why the run ended. */
export const exitCodeOf = ({ read, sent, failed, spooled, spoolError, error, isEmpty, isBeside }: End): ExitCode => {
  // A fault of the client itself may leave events without any outcome.
  if (sent + failed < read) return EXIT.lost;
  if (failed > 0) return spooled === failed && !spoolError ? EXIT.kept : EXIT.lost;
  if (error) return isBeside ? EXIT.error : EXIT.source;
  return isEmpty ? EXIT.source : EXIT.delivered;
};

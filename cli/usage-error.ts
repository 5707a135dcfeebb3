import { UserError } from './user-error.ts';

/** The command was called wrongly. Names every problem at once; the command ends with exit code 2. */
export class UsageError extends UserError {
  override readonly name = 'UsageError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('\n'), options);
    this.problems = problems;
  }
}

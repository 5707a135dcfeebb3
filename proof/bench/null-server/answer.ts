/** One reply of an AWS service that speaks JSON. */
export interface Answer {
  status: number;
  body: string;
}

/** What an operation makes of the body of a request. */
export type Operation = (body: Buffer) => Answer;

/** An exception, as the SDK reads it. */
export const exception = (type: string, message: string): Answer => ({
  status: 400,
  body: JSON.stringify({ __type: type, message }),
});

export const THROTTLED = 'ProvisionedThroughputExceededException';

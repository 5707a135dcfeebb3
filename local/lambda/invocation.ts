/** What the local Lambda service and the threads of its functions say to each other. */

/** How an invocation failed. Names as Lambda gives them. */
export interface FunctionError {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

export type Answer = { payload: string } | { error: FunctionError };

export interface Invocation {
  requestId: string;
  payload: string;
  /** Milliseconds since 1970. */
  deadline: number;
}

/** What the thread of a function is started with. */
export interface FunctionData {
  /** Path of the bundle. */
  bundle: string;
  handlerName: string;
  functionName: string;
  functionArn: string;
  /** Megabytes. */
  memorySize: number;
}

/**
 * Invokes the function with an event in JSON. Never throws: a function that failed is an answer too.
 *
 * @param timeout instead of the function's. Seconds
 */
export type Invoke = (payload: string, timeout?: number) => Promise<Answer & { requestId: string }>;

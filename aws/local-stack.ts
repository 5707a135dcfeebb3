/** The usual ports of `npm run local`. */
export const LOCAL_PORTS = { kinesis: 4567, dynamoDb: 8000, watch: 8002 } as const;

/** Where `npm run local` is, and its names: what `--local` stands for. */
export const LOCAL = {
  kinesis: `http://127.0.0.1:${LOCAL_PORTS.kinesis}`,
  dynamoDb: `http://127.0.0.1:${LOCAL_PORTS.dynamoDb}`,
  stream: 'local-EventStream',
  eventDataTable: 'local-EventData',
  rejectedEventsTable: 'local-RejectedEvents',
  rollupsTable: 'local-Rollups',
};

/** The region of a stack on this machine. */
export const LOCAL_REGION = 'us-east-1';

/** The account of a stack on this machine. */
export const LOCAL_ACCOUNT_ID = '000000000000';

/**
 * A stack on this machine takes any credentials, but the SDK signs each request with some. An object for each client, since the SDK
 * writes into what it is given.
 */
export const localCredentials = () => ({ accessKeyId: 'local', secretAccessKey: 'local' });

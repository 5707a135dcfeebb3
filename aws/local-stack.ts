/** Where `npm run local` listens, and where `--local` looks for it. */
export const LOCAL_PORTS = { kinesis: 4567, dynamoDb: 8000, console: 8001 } as const;

/** The region of a stack on this machine. */
export const LOCAL_REGION = 'us-east-1';

/** A stack on this machine takes any credentials, but the SDK signs each request with some. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

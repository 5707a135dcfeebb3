import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';

/** Writes the changes that it gets into its log, with a variable of its environment. It ends its process at the word poison. */
export const handler = async ({ Records }: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> => {
  const changes = Records.map(({ eventName, eventSource, eventSourceARN, dynamodb }) => {
    const { NewImage } = dynamodb ?? {};
    if (NewImage?.Id?.S?.includes('poison')) process.exit(3);
    return { eventName, eventSource, eventSourceARN, id: NewImage?.Id?.S };
  });
  process.stdout.write(
    `${JSON.stringify({ changes, name: context.functionName, table: process.env.ROLLUPS_TABLE })}\n`,
  );
  return { batchItemFailures: [] };
};

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { awsClient } from '../aws/client.ts';
import { kinesisClient } from '../aws/kinesis.ts';
import { localCredentials } from '../aws/local-stack.ts';
import { type Emulators, startEmulators } from './emulators/emulators.ts';
import type { Endpoints, Ports } from './emulators/ports.ts';
import { provision } from './emulators/provision.ts';
import { type LocalStack, localStack, namesOf, type StackNames } from './stack.ts';

/** What the runner of a stack works on. It stays when the runner is killed. */
export interface Services {
  endpoints: Endpoints;
  names: StackNames;
  kinesis: KinesisClient;
  dynamoDb: DynamoDBClient;
  close: () => Promise<void>;
}

/** The same with emulators of its own. */
export interface LocalServices extends Services, Pick<Emulators, 'recordsPut'> {}

/**
 * Starts Kinesis and DynamoDB in memory, with the streams and the tables of template.yaml.
 *
 * @param where the ports to start them on, or others that run already: they stay, and their records are not counted
 * @throws {PortInUseError | TemplateError}
 */
export const startServices = async (
  where: Ports | Endpoints,
  stack: LocalStack = localStack(),
): Promise<LocalServices> => {
  if (areEndpoints(where)) return { ...(await provisionServices(where, stack)), recordsPut: () => 0 };
  const { endpoints, recordsPut, close } = await startEmulators(where);
  try {
    const services = await provisionServices(endpoints, stack);
    return {
      ...services,
      recordsPut,
      close: async () => {
        await services.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
};

const areEndpoints = (where: Ports | Endpoints): where is Endpoints => typeof where.kinesis === 'string';

/** Creates the streams and the tables of a stack in emulators that run. `close` leaves the emulators running. */
export const provisionServices = async (endpoints: Endpoints, stack: LocalStack): Promise<Services> => {
  const { region, template } = stack;
  const kinesis = kinesisClient({ region, endpoint: endpoints.kinesis, credentials: localCredentials() });
  const dynamoDb = awsClient(DynamoDBClient, { region, endpoint: endpoints.dynamoDb, credentials: localCredentials() });
  const close = async (): Promise<void> => {
    kinesis.destroy();
    dynamoDb.destroy();
  };
  try {
    await provision(template, { kinesis, dynamoDb });
    return { endpoints, names: namesOf(stack), kinesis, dynamoDb, close };
  } catch (error) {
    await close();
    throw error;
  }
};

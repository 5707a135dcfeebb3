/**
 * Runs what `sam build` built, as Lambda would, against the DynamoDB of this machine, and looks at what is in it.
 *
 *     node --import tsx test/bundle/built-bundle.ts .aws-sam/build
 *
 * Prints one line about the bundle where all is well; fails with what is wrong otherwise.
 */
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { KinesisStreamEvent } from 'aws-lambda';
import { expect } from 'chai';
import { kinesisClient } from '../../aws/kinesis.ts';
import { startEmulators } from '../../local/emulators/emulators.ts';
import { provision } from '../../local/emulators/provision.ts';
import { readTemplate } from '../../local/template/template.ts';
import { expectedRows } from '../deploy/expected-rows.ts';
import { bundleOf, type FunctionSettings, startBuilt } from './handler.ts';

const ROOT = new URL('../../', import.meta.url);
const built = pathToFileURL(`${resolve(process.argv[2] ?? '.aws-sam/build')}/`);
const read = (file: URL): string => readFileSync(file, 'utf8');

const template = readTemplate(new URL('template.yaml', built), {
  name: 'built',
  region: 'us-east-1',
  accountId: '000000000000',
});
const { properties } = template.resource('DDBEventProcessor', 'AWS::Serverless::Function');
const settings = properties as unknown as FunctionSettings;
const folder = fileURLToPath(new URL(`${properties.CodeUri}`, built));
const bundle = bundleOf(folder, settings.Handler);

/** Handles the sample and compares the rows with what the sources, not the bundle, make of it. */
const handlesTheSample = async (): Promise<void> => {
  const sample = read(new URL('events/kinesis.json', ROOT));
  const { Records }: KinesisStreamEvent = JSON.parse(sample);
  const { events, rejected } = expectedRows(Records);
  expect(rejected, 'malformed records in the sample').to.not.have.lengthOf(0);
  expect(events.length + rejected.length, 'records of the sample without a repeated key').to.be.below(Records.length);

  const emulators = await startEmulators({ kinesis: 0, dynamoDb: 0 });
  const region = 'us-east-1';
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const kinesis = kinesisClient({ region, endpoint: emulators.endpoints.kinesis, credentials });
  const dynamoDb = new DynamoDBClient({ region, endpoint: emulators.endpoints.dynamoDb, credentials });
  await provision(template, { kinesis, dynamoDb });

  const log: string[] = [];
  const deployed = await startBuilt(folder, settings, {
    functionArn: template.arnOf('DDBEventProcessor'),
    environment: {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: emulators.endpoints.dynamoDb,
    },
    onLog: (line) => log.push(line),
  });
  const { requestId: _, ...answer } = await deployed.invoke(sample);
  const rowsOf = async (logicalName: string) => {
    const { Items = [] } = await dynamoDb.send(new ScanCommand({ TableName: template.nameOf(logicalName) }));
    return Items.map((item) => unmarshall(item));
  };
  const [eventRows, rejectedRows] = [await rowsOf('EventDataTable'), await rowsOf('RejectedEventsTable')];
  await deployed.close();
  await emulators.close();

  expect(answer, log.join('\n')).to.deep.equal({ payload: '{"batchItemFailures":[]}' });
  expect(eventRows).to.have.deep.members(events);
  expect(rejectedRows.map(({ Id }) => Id)).to.have.members(rejected);
  for (const line of log)
    expect(JSON.parse(line), 'a line of the log').to.include.keys('timestamp', 'level', 'message');
};

/** @returns the packages whose code is in the bundle */
const packagesInside = (): Set<string> => {
  const { sources }: { sources: string[] } = JSON.parse(readFileSync(`${bundle}.map`, 'utf8'));
  const lock: { packages: Record<string, { dev?: boolean }> } = JSON.parse(read(new URL('package-lock.json', ROOT)));
  const packages = new Set<string>();
  for (const source of sources) {
    expect(source, 'a path in the source map').to.not.match(/^([a-z]+:|\/)/);
    const [installed] = /node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(source) ?? [];
    if (installed === undefined) continue;
    expect(lock.packages[installed], `${installed} in package-lock.json`).to.not.equal(undefined);
    expect(lock.packages[installed]?.dev, `${installed} is a development dependency`).to.not.equal(true);
    packages.add(installed.replace(/^.*node_modules\//, ''));
  }
  return packages;
};

/** What only the client and the local pipeline need: in the bundle it would be weight at every cold start. */
const NOT_THE_FUNCTIONS = [
  '@aws-sdk/client-kinesis',
  '@aws-sdk/client-cloudformation',
  '@aws-sdk/client-s3',
  'twitter-api-v2',
];

await handlesTheSample();
const packages = packagesInside();
expect(
  NOT_THE_FUNCTIONS.filter((name) => packages.has(name)),
  'packages of the client',
).to.deep.equal([]);
const code = readFileSync(bundle);
const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} KB`;
console.log(
  `${basename(bundle)}: ${kilobytes(code.length)}, ${kilobytes(gzipSync(code).length)} compressed, ` +
    `${packages.size} packages, on Node ${process.versions.node}`,
);

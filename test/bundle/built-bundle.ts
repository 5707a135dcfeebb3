/**
 * Runs what `sam build` built, as Lambda would, against the DynamoDB of this machine, and looks at what is in it.
 *
 *     node cli/run.cjs test/bundle/built-bundle.ts .aws-sam/build
 *
 * Prints one line about the bundle where all is well; fails with what is wrong otherwise.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { expect } from 'chai';
import { kinesisClient } from '../../aws/kinesis.ts';
import { KB } from '../../core/limits.ts';
import { type Emulators, startEmulators } from '../../local/emulators/emulators.ts';
import { provision } from '../../local/emulators/provision.ts';
import { readTemplate } from '../../local/template/template.ts';
import { PROCESSORS } from '../../processors/index.ts';
import { type ExpectedRows, expectedRows } from '../deploy/expected-rows.ts';
import { kinesisEvent } from '../support/kinesis-event.ts';
import { bundleOf, type FunctionSettings, startBuilt } from './handler.ts';

const ROOT = new URL('../../', import.meta.url);
const built = pathToFileURL(`${resolve(process.argv[2] ?? '.aws-sam/build')}/`);
const read = (file: URL): string => readFileSync(file, 'utf8');

const stackWith = (Processor: string) => {
  const place = { name: Processor, region: 'us-east-1', accountId: '000000000000' };
  const template = readTemplate(new URL('template.yaml', built), { ...place, parameters: { Processor } });
  const { properties } = template.resource('DDBEventProcessor', 'AWS::Serverless::Function');
  return { template, properties, settings: properties as unknown as FunctionSettings };
};
const { properties, settings } = stackWith('default');
const folder = fileURLToPath(new URL(`${properties.CodeUri}`, built));
const bundle = bundleOf(folder, settings.Handler);

/** Has a stack with this processor handle records, and compares its rows with what the sources, not the bundle, make of them. */
const handles = async (
  processor: string,
  records: readonly KinesisStreamRecord[],
  endpoints: Emulators['endpoints'],
): Promise<ExpectedRows> => {
  const expected = expectedRows(records, processor);
  const { template, settings } = stackWith(processor);
  const region = 'us-east-1';
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const kinesis = kinesisClient({ region, endpoint: endpoints.kinesis, credentials });
  const dynamoDb = new DynamoDBClient({ region, endpoint: endpoints.dynamoDb, credentials });
  await provision(template, { kinesis, dynamoDb });

  const log: string[] = [];
  const deployed = await startBuilt(folder, settings, {
    functionArn: template.arnOf('DDBEventProcessor'),
    environment: {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamoDb,
    },
    onLog: (line) => log.push(line),
  });
  const { requestId: _, ...answer } = await deployed.invoke(JSON.stringify({ Records: records }));
  const rowsOf = async (logicalName: string) => {
    const { Items = [] } = await dynamoDb.send(new ScanCommand({ TableName: template.nameOf(logicalName) }));
    return Items.map((item) => unmarshall(item));
  };
  const [eventRows, rejectedRows] = [await rowsOf('EventDataTable'), await rowsOf('RejectedEventsTable')];
  await deployed.close();
  kinesis.destroy();
  dynamoDb.destroy();

  const told = `${processor}: ${log.join('\n')}`;
  expect(answer, told).to.deep.equal({ payload: '{"batchItemFailures":[]}' });
  expect(eventRows, told).to.have.deep.members(expected.events);
  expect(rejectedRows.map(({ Id }) => Id)).to.have.members(expected.rejected);
  for (const line of log)
    expect(JSON.parse(line), 'a line of the log').to.include.keys('timestamp', 'level', 'message');
  return expected;
};

const handlesTheSample = async (endpoints: Emulators['endpoints']): Promise<void> => {
  const { Records }: KinesisStreamEvent = JSON.parse(read(new URL('events/kinesis.json', ROOT)));
  const { events, rejected } = await handles('default', Records, endpoints);
  expect(rejected, 'malformed records in the sample').to.not.have.lengthOf(0);
  expect(events.length + rejected.length, 'records of the sample without a repeated key').to.be.below(Records.length);
};

/** Each processor of the folder but the default is in the bundle, and handles the beginning of its own events. */
const holdsEveryProcessor = async (endpoints: Emulators['endpoints']): Promise<void> => {
  for (const name of Object.keys(PROCESSORS).filter((name) => name !== 'default')) {
    const lines = read(new URL(`events/${name}.ndjson`, ROOT))
      .trimEnd()
      .split('\n')
      .slice(0, 100);
    const { Records } = kinesisEvent(lines.map((line) => Buffer.from(line)));
    const { events } = await handles(name, Records, endpoints);
    expect(events, name).to.not.have.lengthOf(0);
  }
};

const REFUSE_INTL = `
  for (const name of Object.getOwnPropertyNames(Intl).filter((name) => /^[A-Z]/.test(name)))
    Intl[name] = class {
      constructor() {
        throw new Error('Intl.' + name + ' is made when the bundle is loaded; make it with the first event that needs it');
      }
    };
  require(process.argv[1]);
  process.exit();
`;

/**
 * A cold start loads all processors and needs one. An object of Intl takes 20 ms of it, as much as half of the rest, so none may be
 * made before there is an event.
 */
const loadsWithoutIntl = (): void => {
  const env = { ...process.env, ...settings.Environment.Variables };
  execFileSync(process.execPath, ['-e', REFUSE_INTL, bundle], { env, stdio: 'pipe' });
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

const emulators = await startEmulators({ kinesis: 0, dynamoDb: 0 });
await handlesTheSample(emulators.endpoints);
await holdsEveryProcessor(emulators.endpoints);
await emulators.close();
loadsWithoutIntl();
const packages = packagesInside();
expect(
  NOT_THE_FUNCTIONS.filter((name) => packages.has(name)),
  'packages of the client',
).to.deep.equal([]);
const code = readFileSync(bundle);
expect(code.length, 'bytes of the bundle, which a cold start reads').to.be.at.most(400 * KB);
const kilobytes = (bytes: number): string => `${Math.round(bytes / KB)} KB`;
console.log(
  `${basename(bundle)}: ${kilobytes(code.length)}, ${kilobytes(gzipSync(code).length)} compressed, ` +
    `${packages.size} packages, ${Object.keys(PROCESSORS).length} processors, on Node ${process.versions.node}`,
);

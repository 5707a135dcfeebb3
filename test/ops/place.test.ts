import { expect } from 'chai';
import { localCredentials } from '../../aws/local-stack.ts';
import type { Command } from '../../cli/command.ts';
import type { Environment } from '../../cli/environment.ts';
import { type PlaceFlags, readTablesPlace, type TablesPlace } from '../../ops/place.ts';
import npmRunQuery from '../../ops/query/query.ts';
import npmRunRedrive from '../../ops/redrive/redrive.ts';
import npmRunRollups from '../../ops/rollups/rollups.ts';
import npmRunWatch from '../../ops/watch/watch.ts';
import { call } from '../support/run.ts';

const LOCAL = 'http://127.0.0.1:8000';
const TUNNEL = 'http://localhost:9000';
const OTHER = 'https://dynamodb.example';
const credentials = localCredentials();
const stack = 'demo';

/** Where the tables are, or what is wrong. The stack, where one is named, is in eu-west-1. */
const placeOf = (flags: PlaceFlags, env: Environment = {}): TablesPlace | string => {
  const problems: string[] = [];
  const place = readTablesPlace(flags, env, problems, flags.stack ? { region: 'eu-west-1' } : undefined);
  return place && problems.length === 0 ? place : problems.join('; ');
};

describe('where the tables of an operator are', () => {
  const cases: [name: string, flags: PlaceFlags, env: Environment, place: TablesPlace | string][] = [
    ['in the region of the stack', { stack }, {}, { region: 'eu-west-1' }],
    ['in the region of the flag', { stack, region: 'us-west-2' }, { AWS_REGION: 'x' }, { region: 'us-west-2' }],
    [
      'in the region of the environment, as the SDKs read it',
      { stack },
      { AWS_REGION: 'us-west-2', AWS_DEFAULT_REGION: 'x' },
      { region: 'us-west-2' },
    ],
    ['in the region of the older variable', { stack }, { AWS_DEFAULT_REGION: 'us-west-2' }, { region: 'us-west-2' }],
    [
      'on this machine, with no key of AWS',
      { local: true },
      { AWS_ENDPOINT_URL_DYNAMODB: OTHER, AWS_ENDPOINT_URL: OTHER },
      { region: 'us-east-1', endpoint: LOCAL, credentials },
    ],
    [
      'at the endpoint of the flag, wherever a local stack is',
      { local: true, endpoint: OTHER },
      {},
      { region: 'us-east-1', endpoint: OTHER, credentials },
    ],
    [
      'at the endpoint of a variable, and on this machine with no key of AWS',
      { stack },
      { AWS_ENDPOINT_URL_DYNAMODB: TUNNEL, AWS_ENDPOINT_URL: OTHER },
      { region: 'eu-west-1', endpoint: TUNNEL, credentials },
    ],
    [
      'at the endpoint of all services, where that of DynamoDB is empty, and elsewhere with the keys of the operator',
      { stack },
      { AWS_ENDPOINT_URL_DYNAMODB: '', AWS_ENDPOINT_URL: OTHER },
      { region: 'eu-west-1', endpoint: OTHER },
    ],
    ['nowhere without a region', { endpoint: OTHER }, {}, 'no region: give --region NAME or AWS_REGION'],
    [
      'not both at AWS and on this machine',
      { stack, local: true },
      {},
      '--stack and --local exclude each other; give one of them',
    ],
  ];
  for (const [name, flags, env, place] of cases)
    it(`is ${name}`, () => {
      expect(placeOf(flags, env)).to.deep.equal(place);
    });
});

describe('a wrong call of a command of an operator', () => {
  const WRONG: [name: string, command: Command, args: string[], problems: RegExp][] = [
    ['query', npmRunQuery, ['--limit', 'x', '--since', 'y'], /^error: --since is "y".*\nerror: --limit is "x"/],
    ['rollups', npmRunRollups, ['--top', 'x', '--name', 'of its processor'], /^error: --top is "x".*\nSee/],
    ['redrive', npmRunRedrive, ['--rate', 'x', '--limit', 'y'], /^error: --limit is "y".*\nerror: --rate is "x"/],
    ['watch', npmRunWatch, ['--port', 'x', '--host='], /^error: --port is "x".*\nerror: --host is empty/],
  ];
  for (const [name, command, args, problems] of WRONG)
    it(`of ${name} shows whole before its stack is asked, which may not be there`, async () => {
      const { code, stderr } = await call(command, ['--stack', 'mine', ...args]).finished;
      expect(stderr).to.match(problems);
      expect(code).to.equal(2);
    });
});

import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DynamoDBRecord } from 'aws-lambda';
import { compiled } from '../../cli/compiled.mjs';
import type { ChangesEvent } from '../../functions/event-rollups/delivery.ts';
import { EVENT_PROCESSOR, ROLLUPS } from '../../local/stack.ts';
import { runNode } from './child-process.ts';
import { eventsOf, invocationsOf } from './events.ts';
import { environmentOf } from './function-environment.ts';
import { bundleOf } from './handler.ts';
import { lambdaFlagsOf } from './lambda-flags.ts';
import { byTurns, expectArrived } from './measure.ts';
import { withNullServer } from './null-server/start.ts';
import { cell, count, type Row, type Section } from './section.ts';
import { withFolder } from './with-folder.ts';

export interface ColdStartExtent {
  rounds: number;
}

/** Of one bundle. Times are medians, in milliseconds. */
export interface ColdStart {
  /** Of the bundle without its source map. */
  bytes: number;
  /** What loading it takes. */
  init: number;
  /** The first invocation, with one event, and the one after it. */
  first: number;
  second: number;
}

export interface ColdStartResult extends ColdStartExtent {
  /** The least that writes with the DynamoDB client. */
  alone: ColdStart;
  ours: ColdStart;
  /** The function that keeps the rollups. */
  rollups: ColdStart;
}

/** A function as it is deployed: its bundle, and the logical name whose variables it has. */
interface Deployed {
  bundle: string;
  logicalName: string;
}

const PROCESS = fileURLToPath(new URL('./cold-start-process.cjs', import.meta.url));

/** The peer as a template bundles it that knows nothing of the SDK: all that it may load is in the bundle. */
const bundleOfPeer = async (): Promise<string> => {
  const [bundle] = await compiled({
    entryPoints: ['proof/bench/cold-start-peer.ts'],
    platform: 'node',
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    mainFields: ['module', 'main'],
    minify: true,
    target: `node${process.versions.node}`,
  });
  return bundle!;
};

/** One row that is new, as the change stream of EventData has it. */
const CHANGES: ChangesEvent = {
  shardId: 'shardId-00000001795178000000-00000000',
  Records: [
    {
      eventName: 'INSERT',
      dynamodb: {
        SequenceNumber: '100000000000000000001',
        NewImage: {
          Username: { S: 'bench' },
          Id: { S: '1' },
          Timestamp: { S: '2026-11-20T12:34:56.000Z' },
          Type: { S: 'tweet' },
        },
      },
    } satisfies DynamoDBRecord,
  ],
};

/** Loads and invokes functions by turns, each time in a fresh Node. @returns their figures in the order of the functions */
const startAll = (functions: readonly Deployed[], rounds: number, folder: string): Promise<ColdStart[]> =>
  withNullServer({}, async ({ endpoint, counters }) => {
    const fileOf = async (name: string, event: unknown): Promise<string> => {
      const file = join(folder, name);
      await writeFile(file, JSON.stringify(event));
      return file;
    };
    const records = await fileOf('records.json', invocationsOf(eventsOf('tweet', 1), 1)[0]);
    const changes = await fileOf('changes.json', CHANGES);
    const medians = await byTurns(functions, { rounds }, async ({ bundle, logicalName }): Promise<ColdStart> => {
      const invocation = logicalName === ROLLUPS.function ? changes : records;
      const times = await runNode<Omit<ColdStart, 'bytes'>>(
        [...lambdaFlagsOf(logicalName), PROCESS, bundle, invocation],
        { env: { ...process.env, ...environmentOf(logicalName, endpoint) } },
      );
      return { bytes: (await stat(bundle)).size, ...times };
    });
    expectArrived((await counters()).items, rounds * functions.length * 2, 'items');
    return medians;
  });

/** The functions as they are deployed, next to the DynamoDB client that they need anyway. All start with the variables of the template. */
export const coldStart: Section<ColdStartExtent, ColdStartResult> = {
  title: 'Cold start',
  full: { rounds: 11 },
  quick: { rounds: 1 },
  measure: async ({ rounds }) => {
    const functions = [
      { logicalName: EVENT_PROCESSOR.function, bundle: await bundleOfPeer() },
      { logicalName: EVENT_PROCESSOR.function, bundle: await bundleOf() },
      { logicalName: ROLLUPS.function, bundle: await bundleOf(ROLLUPS.function) },
    ];
    const [alone, ours, rollups] = await withFolder((folder) => startAll(functions, rounds, folder));
    return { rounds, alone: alone!, ours: ours!, rollups: rollups! };
  },
  tables: ({ rounds, alone, ours, rollups }) => {
    const row = (name: string, { bytes, init, first, second }: ColdStart): Row => [
      name,
      cell(bytes / 1024, count),
      ...[init, first, second].map((milliseconds) => cell(milliseconds)),
    ];
    return [
      {
        name: 'cold-start',
        title: `A fresh process, median of ${rounds}`,
        headings: ['', 'bundle, KB', 'loaded in, ms', 'first invocation, ms', 'second, ms'],
        rows: [row('the bare DynamoDB client', alone), row('ours', ours), row('ours, of the rollups', rollups)],
      },
    ];
  },
  aims: ({ alone, ours, rollups }) => [
    { name: 'cold start: the bundle without its source map, KB', found: ours.bytes / 1024, atMost: 300 },
    { name: 'cold start: loading it, to the bare DynamoDB client', found: ours.init / alone.init, atMost: 1 },
    { name: 'cold start: the same of the rollups', found: rollups.init / alone.init, atMost: 1 },
  ],
};

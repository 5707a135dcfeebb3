import { systemClock } from '../../aws/system-clock.ts';
import { openSource } from '../../client/sources/open.ts';
import type { SourceName } from '../../client/sources/source-settings.ts';
import { defined } from '../../core/defined.ts';
import { eachOf } from './batches.ts';

/** Prints the events of a source, one a line: `print-events.ts SOURCE [TYPE [ordered]]`. */
const [name, wrap, ordered] = process.argv.slice(2);

const source = await openSource(
  {
    source: name as SourceName,
    track: [],
    ...defined({ wrap }),
    ordered: ordered === 'ordered',
  },
  {
    signal: new AbortController().signal,
    clock: systemClock,
    note: ({ message }) => process.stderr.write(`${message}\n`),
  },
);
for await (const { data } of eachOf(source)) process.stdout.write(`${Buffer.from(data).toString()}\n`);

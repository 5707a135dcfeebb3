import { LOCAL_PORTS } from '../aws/local-stack.ts';
import { EXIT } from '../cli/exit-code.ts';

/** What each exit code of the client means, for the help and the docs, in their order. */
export const MEANINGS: { readonly [name in keyof typeof EXIT]: string } = {
  ok: 'every event that was read arrived, after Ctrl-C too',
  error: 'an error of anything but the delivery, such as a stack not found or a checkpoint not written',
  usage: 'called wrongly; nothing was read',
  kept: 'some events did not arrive; the spool has all of them',
  lost: 'some events did not arrive and could not be kept',
  source: 'the source failed, held no events or lines that are too long; what it yielded arrived',
};

const EXIT_CODES = Object.entries(MEANINGS)
  .map(([name, meaning]) => `  ${EXIT[name as keyof typeof EXIT]}  ${meaning}`)
  .join('\n');

/** At most 100 columns. Every option begins a line after two spaces: a test compares them with the docs. */
export const HELP = `Sends events to a Kinesis stream: posts as they are written, edits as they are made, lines of files.

  npm run client -- [options]           sends, until the source ends, --max, or Ctrl-C
  npm run client -- doctor [options]    checks everything that they need, and sends nothing

Source
  --source NAME       twitter    posts on X with the words of --track; X charges for each post
                      bluesky    posts on Bluesky, all or those with the words of --track; free
                      wikimedia  edits of Wikipedia and its sisters; free
                      file       the lines of --file
                      stdin      the lines of standard input
                      synthetic  made-up events, as fast as --rate says
                      [default file with --file, else twitter]
  --file PATH         a file with one JSON event a line, or such in gzip; - is standard input
  --follow            file: waits for more lines at its end, and reads on through rotations
  --wrap TYPE         file, stdin: makes a CloudEvent of this type of each line, whatever it holds
  --key FIELD         file, stdin: takes the partition key from this field, such as user.id
                      [default: as its shape says, else a hash of the event]
  --id FIELD          file, stdin: takes the id of plain JSON from this field          [default id]
  --time FIELD        file, stdin: takes its time from this field: RFC 3339, or a number since 1970
  --type FIELD        file, stdin: takes its type from this field                     [default json]
  --track WORDS       twitter, bluesky: posts with at least one of these words, with commas between
                      [twitter: TRACK, default yolo; bluesky: default all posts]
  --sample P          twitter: about P percent of what matches, from 1 to 100
  --url URL           bluesky, wikimedia: a server other than the public one
  --contact ADDRESS   wikimedia: whom its operators may write to              [WIKIMEDIA_CONTACT]
  --max N             stop after N events

Source synthetic
  --rate N            events a second; 0 is as fast as the stream takes them         [default 100]
  --size BYTES        bytes of an event                                              [default 1000]
  --keys N            different partition keys                                       [default 1000]
  --skew S            how uneven the keys are: 0 is even, 1 is Zipf's law            [default 0]
  --seed N            the same seed makes the same events                            [default 1]

Stream
  --stack NAME        read stream, region and the client user's keys from this stack's outputs
  --local             the stream of npm run local, on its usual port
  --stream NAME       the stream                                          [KINESIS_STREAM]
  --region NAME       its region                                          [AWS_REGION]
  --endpoint URL      another Kinesis, such as http://127.0.0.1:${LOCAL_PORTS.kinesis} of npm run local
                      [AWS_ENDPOINT_URL_KINESIS, AWS_ENDPOINT_URL]

Delivery
  --ordered           keep the events of a partition key in order; without it some may be overtaken
  --aggregate         let small events share records, in the format of the KPL
  --record-limit KIB  largest record that the stream takes, up to 10240              [default 1024]
  --patience S        seconds for which Kinesis may accept nothing before giving up  [default 300]
  --spool PATH        a file for the events that could not be delivered; it is appended to
                      [default a new spool-*.ndjson]
  --checkpoint PATH   file, bluesky, wikimedia: remembers there how far the source was delivered;
                      the next run continues there

Output
  --json              the last line of standard output is one JSON object;
                      everything else goes to standard error
  -h, --help          this text

Settings come from the options, then the environment, then .env, then the stack's outputs.
Secrets have no options:
  TWITTER_BEARER_TOKEN, or TWITTER_CONSUMER_KEY and TWITTER_CONSUMER_SECRET
  AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; without them the AWS credential chain decides
HTTPS_PROXY names a proxy, NO_PROXY the hosts that are reached without it.
.env.example names them all. NO_COLOR=1 leaves out the colours, FORCE_COLOR=1 has them everywhere.

Ctrl-C stops reading and delivers what was read; a second one spools what is not delivered yet and
ends. A spool is a file of events: --file PATH delivers it.

Exit code
${EXIT_CODES}

Examples
  npm run client -- --stack stream-processor --file events/tweets.ndjson
  npm run client -- --stack stream-processor --source twitter --track yolo --max 100
  npm run client -- --stack stream-processor --source bluesky
  npm run client -- --stack stream-processor --source synthetic --rate 5000 --max 100000 --aggregate
  npm run client -- --stack stream-processor --file app.log --wrap app --follow --checkpoint app.cp
  npm run client -- doctor --stack stream-processor --source twitter
`;

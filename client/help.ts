export const HELP = `Sends events to a Kinesis stream: tweets as they are written, or the lines of a file.

  npm run client -- [options]

Source
  --source NAME     twitter (the default), file or stdin
  --file PATH       a file with one JSON event a line; - is standard input
  --track WORDS     tweets with at least one of these words, with commas between them   [TRACK, default yolo]
  --max N           stop after N events. X charges for every tweet read.

Stream
  --stack NAME      read stream, region and the client user's keys from the outputs of this stack
  --stream NAME     the stream                                                          [KINESIS_STREAM]
  --region NAME     its region                                                          [AWS_REGION]
  --endpoint URL    a Kinesis other than AWS's, as npm run local prints it              [AWS_ENDPOINT_URL_KINESIS]
  --patience S      seconds for which Kinesis may take nothing before giving up         [default 300]

Nothing lost
  --spool PATH      a file for the events that could not be delivered; it is appended to  [default a new spool-*.ndjson]
  --checkpoint PATH for a file: remembers there how far it was delivered; the next run goes on from there

Output
  --json            the last line of standard output is one JSON object with the counts
  -h, --help        this text

Settings come from the options, then the environment, then .env, then the stack's outputs. Secrets have no options:
  TWITTER_BEARER_TOKEN, or TWITTER_CONSUMER_KEY and TWITTER_CONSUMER_SECRET
  AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; without them the AWS credential chain decides
.env.example names them all.

Ctrl-C stops reading and delivers what was read; a second one spools what is not delivered yet and ends at once.
A spool is a file of events like any other: --file PATH delivers it.
The exit code is 0 if every event arrived, 1 if not, 2 if the command was called wrongly.
`;

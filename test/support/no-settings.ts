import { fileURLToPath } from 'node:url';

/** Variables of this machine that would be settings of what is tested. */
const SETTINGS =
  /^(AWS_(?!SDK_)|TWITTER_|TRACK$|KINESIS_STREAM$|NODE_OPTIONS$|NO_COLOR$|FORCE_COLOR$|HTTPS_PROXY$|NO_PROXY$)/i;

for (const name of Object.keys(process.env)) if (SETTINGS.test(name)) delete process.env[name];

// ~/.aws is as much a setting as a variable.
process.env.HOME = fileURLToPath(new URL('../../', import.meta.url));
process.env.AWS_EC2_METADATA_DISABLED = 'true';

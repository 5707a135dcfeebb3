import type { StackOutputs } from '../aws/stack-outputs.ts';
import type { Setting } from '../cli/setting.ts';
import type { Settings, Signer } from './settings.ts';
import { isLive } from './sources/source-name.ts';

/** What a person should know before the first event is read, a line each: what it costs, and how it ends. */
export const warningsFor = ({
  source,
  max,
  sample,
  follow = false,
}: Pick<Settings, 'source' | 'max' | 'sample' | 'follow'>): string[] => {
  if (max !== undefined || !isLive({ source, follow })) return [];
  if (source !== 'twitter') return ['No end is set: Ctrl-C stops, and so does --max N after N events.'];
  // https://docs.x.com/x-api/getting-started/pricing
  const how = sample === undefined ? ', --sample P takes about P percent of what matches' : '';
  return [
    `X charges for every post that is read, about $0.005 each in 2026. --max N stops after N posts${how}; Ctrl-C stops at once.`,
  ];
};

/** Whose credentials sign the requests to the stream of a stack, without a secret. */
export const accessTo = (stack: string, outputs: StackOutputs, signer: Setting<Signer>): string => {
  const own = signer.origin === 'environment' || signer.origin === '.env' ? ownCredentials(signer) : undefined;
  if (outputs.clientCredentials === 'None')
    return `Access: ${own ?? 'the AWS credential chain'}, since the stack "${stack}" keeps no keys. The identity that signs needs its policy ${outputs.clientPolicyArn}.`;
  if (own !== undefined) return `Access: ${own}, not the keys of the stack "${stack}".`;
  const place = outputs.clientCredentials === 'SecretsManager' ? 'secret' : 'outputs';
  return `Access: the client user's keys, from the ${place} of the stack "${stack}".`;
};

const ownCredentials = ({ value: { keys, profile }, origin, name }: Setting<Signer>): string => {
  if (keys) return `the keys of ${name}${origin === '.env' ? ' in .env' : ''}`;
  return profile === undefined ? 'the role of this environment' : `the AWS profile "${profile}"`;
};

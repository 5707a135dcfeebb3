import type { StreamingV2Rule, TwitterApi } from 'twitter-api-v2';
import { UsageError } from '../../../cli/usage-error.ts';
import { isObject, type JsonObject, shown } from '../../../core/json.ts';
import { X_RULES } from '../../../core/limits.ts';
import { explanationIn } from '../disconnected.ts';
import { unexpectedAnswer, XApiError } from './failure.ts';

/** Marks the rules that this client made, and so may delete. */
export const TAG = 'twitter2kinesis';

/** Percent. */
const ALL = 100;

/**
 * One rule for each tracked word, without retweets. A word stands for its hashtag too. Anything else (a phrase,
 * `node.js`, an emoji) is quoted, since X might read operators in it.
 * https://docs.x.com/x-api/posts/filtered-stream/integrate/build-a-rule
 *
 * @param sample percent of all tweets that the rules look at, a whole number from 1 to 100
 * @throws {UsageError} with a problem for each word no rule can track
 */
export const rulesFor = (track: readonly string[], sample: number = ALL): string[] => {
  const words = [...new Set(track.map((word) => word.trim()))];
  const rules = [...new Set(words.map((word) => ruleFor(word, sample)))];
  const problems = words.flatMap((word) => problemOf(word, sample) ?? []);
  if (rules.length === 0) problems.push('there is no word to track; expected at least one');
  if (rules.length > X_RULES.maxRules)
    problems.push(`there are ${rules.length} words to track; expected at most ${X_RULES.maxRules}`);
  if (problems.length > 0) throw new UsageError(problems);
  return rules;
};

/** The operator `sample:` applies to the whole rule, since the alternatives in it are in parentheses. */
const ruleFor = (word: string, sample: number): string =>
  `${matching(word)} -is:retweet${sample === ALL ? '' : ` sample:${sample}`}`;

const matching = (word: string): string => {
  if (TAGGED.test(word)) return word;
  return HASHTAGGABLE.test(word) && !OPERATOR.test(word) ? `(${word} OR #${word})` : `"${word}"`;
};

/** A hashtag, a mention or a cashtag: X matches the whole of it. */
const TAGGED = /^[#@$][\p{L}\p{M}\p{N}_]+$/u;
/** A hashtag has no punctuation, and more than digits. */
const HASHTAGGABLE = /^(?!\p{N}+$)[\p{L}\p{M}\p{N}_]+$/u;
const OPERATOR = /^(?:OR|AND)$/;

const problemOf = (word: string, sample: number): string | undefined => {
  if (word === '') return 'a word to track is empty; expected a word or a phrase';
  const found = `the word to track ${shown(word)}`;
  if (/["\\\p{Cc}]/u.test(word))
    return `${found} has a quote, backslash or control character; expected a word without them`;
  if (!/[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}]/u.test(word))
    return `${found} has no letter, digit or emoji; expected one`;
  const { length } = [...ruleFor(word, sample)];
  if (length > X_RULES.maxCharacters)
    return `${found} makes a rule of ${length} characters; expected at most ${X_RULES.maxCharacters}`;
  return undefined;
};

/** What to change so that X has every wanted rule, and of this client no other one. Rules of others stay. */
export const planRules = (
  existing: readonly StreamingV2Rule[],
  wanted: readonly string[],
): { remove: StreamingV2Rule[]; add: string[]; foreign: StreamingV2Rule[] } => {
  const others = existing.filter(({ value }) => !wanted.includes(value));
  return {
    remove: others.filter(({ tag }) => tag === TAG),
    add: wanted.filter((rule) => !existing.some(({ value }) => value === rule)),
    foreign: others.filter(({ tag }) => tag !== TAG),
  };
};

/** The library's calls that `applyRules` makes. */
export type RulesApi = Pick<TwitterApi['v2'], 'streamRules' | 'updateStreamRules'>;

/**
 * The rules that the app has.
 *
 * @throws {RefusedError} where X answers with something else, and the errors of the library
 */
export const existingRules = async (api: Pick<RulesApi, 'streamRules'>): Promise<StreamingV2Rule[]> => {
  const { data }: { data?: unknown } = await api.streamRules();
  return listOf(data, 'a list of rules') as JsonObject[] & StreamingV2Rule[];
};

/** A list in an answer. X leaves out an empty one, whatever the library's types say. */
const listOf = (found: unknown, expected: string): JsonObject[] => {
  const list = found ?? [];
  if (Array.isArray(list) && list.every(isObject)) return list;
  throw unexpectedAnswer(list, expected);
};

/**
 * Gives the stream the wanted rules. May be called again after a failure at any point.
 *
 * @returns the rules of others, whose tweets the stream delivers too
 * @throws {XApiError} for a rule that X refuses, and as {@link existingRules}
 */
export const applyRules = async (api: RulesApi, wanted: readonly string[]): Promise<StreamingV2Rule[]> => {
  const { remove, add, foreign } = planRules(await existingRules(api), wanted);
  // First, since the number of rules is limited.
  if (remove.length > 0) {
    const answer: { meta?: unknown } = await api.updateStreamRules({ delete: { ids: remove.map(({ id }) => id) } });
    // With a rule of the words of before, the stream would bring their tweets too.
    if (!isObject(answer.meta)) throw unexpectedAnswer(answer, 'the rules that were deleted');
  }
  if (add.length > 0) {
    const answer: { data?: unknown; errors?: unknown } = await api.updateStreamRules({
      add: add.map((value) => ({ value, tag: TAG })),
    });
    const { data, errors } = answer;
    // Without a rule the stream would bring nothing, for ever.
    if (data === undefined && errors === undefined) throw unexpectedAnswer(answer, 'the rules that were made');
    const refused = listOf(errors, 'a list of errors').filter(({ title }) => title !== 'DuplicateRule');
    if (refused.length > 0) throw new XApiError(refusal(refused), { cause: refused });
  }
  return foreign;
};

const refusal = (errors: readonly JsonObject[]): string => {
  const each = errors.map((error) => `${shown(error.value)} (${explanationIn(error)})`);
  return `X refused ${each.join(', ')}; expected a rule it understands: correct the words to track`;
};

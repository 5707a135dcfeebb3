import { fieldOf, isObject, isText, type JsonObject, type JsonValue } from '../json.ts';

/** What calls of Segment and of RudderStack say besides what was done, and what apps of one's own say in fewer words. */

/** The name of the app in which it was done. */
export const appIn = ({ app, context }: JsonObject): string =>
  [app, fieldOf(fieldOf(context, 'app'), 'name')].find(isText) ?? 'unknown';

/**
 * Whether the person consented: to all that they were asked, since what a category is called is up to each company.
 * https://www.twilio.com/docs/segment/privacy/consent-management/consent-in-segment-connections
 * https://www.rudderstack.com/docs/data-governance/consent-management/passing-consent/
 */
export const isConsented = ({ consent, context }: JsonObject): boolean => {
  if (consent !== undefined) return consent === true;
  const ofSegment = fieldOf(fieldOf(context, 'consent'), 'categoryPreferences');
  if (isObject(ofSegment)) return isAll(Object.values(ofSegment));
  const ofRudderStack = fieldOf(context, 'consentManagement');
  const [allowed, denied] = ['allowedConsentIds', 'deniedConsentIds'].map((name) => fieldOf(ofRudderStack, name));
  return isFilled(allowed) && !isFilled(denied);
};

const isAll = (answers: readonly JsonValue[]): boolean =>
  answers.length > 0 && answers.every((answer) => answer === true);
const isFilled = (list: JsonValue | undefined): boolean => Array.isArray(list) && list.length > 0;

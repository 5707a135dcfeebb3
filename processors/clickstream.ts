/**
 * Follows visits through web pages: one Query for a session finds its pages and clicks in order, without bots and without query
 * strings, which tell what people search for. The rollups count the views of each page, and where visits come from.
 */
import { defined } from '../core/defined.ts';
import { hitIn, linkAt, pageAt } from '../core/extractors/web-page.ts';
import { isText, isTrue, scalarText } from '../core/json.ts';
import { idText, keyOfId } from '../core/key-text.ts';
import type { Processor } from '../core/processor.ts';
import { invalid } from '../core/refuse.ts';
import { segmentCall } from '../core/shapes/segment-call.ts';
import type { Shape } from '../core/shapes/shape.ts';
import { fromTime } from '../core/timestamp.ts';

/**
 * What programs call themselves: many by a name and a version alone, where a browser has its system in brackets, or with the address of a
 * page about them or of those who run them. CUBOT makes phones, and those with buttons name a profile of Java.
 */
const BOT =
  /^(?!mozilla|.*midp)[^(/]*\/[^(]*$|(?<!cu)bot|crawl|spider|slurp|scraper|externalhit|headless|phantomjs|synthetic|lighthouse|preview|inspection|googleother|archiver|mediapartners|monitor|checker|fetch|^(?:curl|wget|python|java\/|ruby|axios|okhttp|undici)|http-?client|https?:|@[\w.-]{1,60}\.[a-z]{2}/i;

const webHit: Shape = {
  name: 'a hit of a web page (url)',
  matches: (json) => 'url' in hitIn(json),
  partitionKey: ({ session, visitor }) => [session, visitor].map(idText).find(isText),
  toRow: (json, { hash }) => {
    const { hit, event = 'view', ts, session, visitor, url, referrer, ua, webdriver, target, ms } = hitIn(json);
    const time = fromTime('ts', ts);
    const page = pageAt(url) || invalid('url', url, 'the address of a web page');
    const from = pageAt(referrer)?.split('/')[0] || 'direct';
    const load = Number(scalarText(ms));
    return {
      Username: keyOfId('visitor', session, visitor),
      Id: `${time} ${idText(hit) ?? hash()}`, // A Query sorts by it.
      Timestamp: time,
      // What bots do is neither a view nor a click.
      Type: !isText(event) || isTrue(webdriver) || !isText(ua) || BOT.test(ua) ? 'other' : event,
      Message: isText(target) ? `${page} → ${linkAt(target, url)}` : page,
      Data: { page, from, ...(load > 0 && load < 600_000 && { ms: load }) }, // Laptops sleep while pages load.
    };
  },
};

type Hit = { page: string; from: string; ms?: number };
const viewOf = ({ page, ms }: Hit) => ({ group: page, values: defined({ ms }) });
const sourceOf = ({ page, from }: Hit) => (from === page.split('/')[0] ? undefined : { group: from });

export default {
  shapes: [webHit, segmentCall], // What else Segment calls is neither a view nor a click.
  process: (row) => (/^(?:view|click)$/.test(row.Type) ? row : undefined),
  rollups: [
    { name: 'views', every: 'minute', of: ({ Type, Data }) => (Type === 'view' ? viewOf(Data as Hit) : undefined) },
    { name: 'sources', every: 'hour', of: ({ Type, Data }) => (Type === 'view' ? sourceOf(Data as Hit) : undefined) },
  ],
} satisfies Processor;

/**
 * Keeps one row for each order, with its newest state, so that one Query for a customer finds where all of the orders are. The
 * rollups tell how many orders are in each state now, and what the paid ones are worth.
 */
import { fieldOf, isNumber, isTrue, type JsonObject, type JsonValue, objectsIn, scalarText } from '../core/json.ts';
import { idText, keyOfId } from '../core/key-text.ts';
import { lowerCase } from '../core/lower-case.ts';
import type { Processor } from '../core/processor.ts';
import { invalid } from '../core/refuse.ts';
import type { Shape } from '../core/shapes/shape.ts';
import { fromTime } from '../core/timestamp.ts';

const STATE = /^(?:created|paid|packed|shipped|delivered|cancell?ed|refunded)$/;
const IS_PAID = /\.(?:paid|packed|shipped|delivered)$/;

/** A change of an order's state. It tells the whole order, since its row takes the place of the one before. */
const orderChange: Shape = {
  name: 'a change of an order (order, state)',
  matches: (json) => 'order' in json && 'state' in json,
  partitionKey: ({ order }) => idText(order),
  toRow: (json) => {
    const order = keyOfId('order', json.order);
    const customer = idText(json.customer || 0) ?? invalid('customer', json.customer, 'an id, or nothing for a guest');
    const state = matching(STATE, 'state', json.state, 'a state from created to refunded').replace('celed', 'celled');
    // A sum of 0.1 and 0.2 is 0.30000000000000004 in most languages, and some write 49.8 as 49.799999999999997.
    const amount = isNumber(json.total) ? Number(Number(json.total).toFixed(9)) : json.total;
    const total = matching(/^\d{1,12}(?:\.\d{1,3}0{0,6})?$/, 'total', amount, 'an amount like 49.80');
    const currency = matching(/^[a-z]{3}$/, 'currency', json.currency, 'a code like EUR').toUpperCase();
    const bought = objectsIn(json.items).map(shownItem).join(', ');
    return {
      // Guests have no customer number, or 0. Each of their orders is found by its own.
      Username: customer === '0' ? order : customer,
      Id: order,
      Timestamp: fromTime('at', json.at),
      Type: `order.${state}`,
      Message: `${state}: ${currency} ${total}${bought && ` for ${bought}`}`,
      Data: { ...json, state, currency, total: Number(total) },
    };
  },
};

/** Some shops send numbers where others send text, some send capitals (SHİPPED in Turkey), and in America one l of cancelled is enough. */
const matching = (pattern: RegExp, field: string, found: JsonValue | undefined, expected: string): string => {
  const text = lowerCase(scalarText(found)?.trim().toUpperCase() ?? '');
  return pattern.test(text) ? text : invalid(field, found, expected);
};

const shownItem = ({ name, quantity: n }: JsonObject) => `${scalarText(n) ?? 1} × ${scalarText(name) ?? 'something'}`;
const revenueOf = (type: string, { currency, total }: JsonObject) =>
  IS_PAID.test(type) ? { group: String(currency), values: { total: String(total) } } : undefined;

export default {
  shapes: [orderChange],
  process: (row) => (isTrue(fieldOf(row.Data, 'test')) ? undefined : row),
  newest: true,
  rollups: [
    { name: 'states', every: 'ever', of: ({ Type }) => ({ group: Type }) },
    { name: 'revenue', every: 'ever', of: ({ Type, Data }) => revenueOf(Type, Data as JsonObject) },
  ],
} satisfies Processor;

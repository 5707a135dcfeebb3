// Foreign text reaches the page only as text: nothing here parses HTML.

const SVG = 'http://www.w3.org/2000/svg';

/** Puts attributes on an element, and texts and elements into it. */
const filled = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

export const el = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);

export const svg = (tag, attributes = {}, ...children) =>
  filled(document.createElementNS(SVG, tag), attributes, children);

export const byId = (id) => document.getElementById(id);

/** A name for a person: in quotes where nothing of it would be seen. */
export const visible = (name) => (/^[\s\p{Default_Ignorable_Code_Point}]+$/u.test(name) ? `"${name}"` : name);

/** Sets a text where it differs, so that a selection in it stays. */
export const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** `1,234`; from a million on `1.2M`; a dash where it is not known. */
export const number = (value) => {
  if (value === undefined) return '–';
  return Math.abs(value) < 1e6 ? whole.format(value) : compact.format(value);
};

/** `event` after a 1, and `events` after any other number. */
export const named = (value, one) => (value === 1 ? one : `${one}s`);

/** `1 event`, `1,234 events`. */
export const count = (value, one) => `${number(value)} ${named(value, one)}`;

/** Of something a second: `0.4`, `12`. */
export const perSecond = (value) => (value > 0 && value < 9.95 && value % 1 !== 0 ? value.toFixed(1) : number(value));

/** `12 ms`, `1.2 s`, `3 min`, `5 h`. */
export const duration = (ms) => {
  if (ms < 999.5) return `${Math.max(0, Math.round(ms))} ms`;
  const [seconds, minutes] = [ms / 1_000, ms / 60_000];
  if (seconds < 119.5) return `${seconds.toFixed(seconds < 9.95 ? 1 : 0)} s`;
  return minutes < 119.5 ? `${whole.format(minutes)} min` : `${whole.format(minutes / 60)} h`;
};

/** `12:34:56` in UTC, of seconds since 1970. */
export const clockTime = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 19);

/**
 * Makes the children of a list those of the items. An item that was there keeps its element, and with it the focus. What is gone is
 * removed, so a page does not grow; the focus goes to what stands in its place, so that the keyboard goes on from there.
 */
export const keyed = (list, items, keyOf, make, update) => {
  list.known ??= new Map();
  const { activeElement } = document;
  const place = [...list.children].findIndex((child) => child.contains(activeElement));
  const next = new Map();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item);
    if (next.has(key)) continue;
    const element = list.known.get(key) ?? make(item);
    update(element, item, index);
    if (list.children[next.size] !== element) list.insertBefore(element, list.children[next.size] ?? null);
    next.set(key, element);
  }
  for (const [key, element] of list.known) if (!next.has(key)) element.remove();
  list.known = next;
  if (place < 0) return;
  // An element that is moved loses the focus too.
  const there = list.children[place] ?? list.lastElementChild;
  const focused = list.contains(activeElement) ? activeElement : there?.querySelector('button');
  focused?.focus({ preventScroll: true });
};

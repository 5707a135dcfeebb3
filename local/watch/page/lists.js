import { byId, el, keyed, number, setText, visible } from './dom.js';

/** `20 Nov 12:34:56`, in UTC, with its year where that is not the one of now. */
const shownTime = (timestamp) => {
  const time = new Date(timestamp);
  if (Number.isNaN(time.getTime())) return timestamp.slice(0, 24);
  const year = time.getUTCFullYear() === new Date().getUTCFullYear() ? undefined : 'numeric';
  const day = time.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year, timeZone: 'UTC' });
  return `${day} ${time.toISOString().slice(11, 19)}`;
};

const rowOf =
  (onKey) =>
  ({ username, id, timestamp, type, text }) => {
    const who = el(
      'button',
      { type: 'button', class: 'who', dir: 'auto', title: username, 'aria-label': `Rows of ${visible(username)}` },
      visible(username),
    );
    who.addEventListener('click', () => onKey(username));
    return el(
      'li',
      {},
      el('time', { class: 'time', datetime: timestamp, title: `${timestamp}, Id ${id}` }, shownTime(timestamp)),
      who,
      el('span', { class: 'text', dir: 'auto' }, text),
      el('span', { class: 'type', dir: 'auto' }, type),
    );
  };

/** Rows: the newest, or those of a key or a group until the newest are asked for. */
export const rowsIn = () => {
  const [list, title, note, back, key] = ['rows', 'rows-title', 'rows-note', 'newest', 'key'].map(byId);
  let newest;
  /** The question whose answer is shown; an older one that comes late is not. */
  let asked;
  const show = (heading, rows) => {
    setText(title, heading);
    setText(note, rows.note);
    keyed(
      list,
      rows.rows,
      (row) => JSON.stringify(row),
      rowOf(search),
      () => {},
    );
  };
  const ask = async (heading, query) => {
    asked = query;
    back.hidden = false;
    setText(title, heading);
    setText(note, 'searching …');
    title.focus({ preventScroll: true });
    title.scrollIntoView({ block: 'nearest' });
    const answer = await fetch(`rows?${new URLSearchParams(query)}`).catch(() => undefined);
    const found = await answer?.json().catch(() => undefined);
    if (asked !== query) return;
    if (answer?.ok) show(heading, found);
    else show(heading, { rows: [], note: found?.message ?? 'no answer' });
  };
  const search = (username) => {
    key.value = username;
    void ask(`Rows of ${visible(username)}`, { key: username });
  };
  const showNewest = () => {
    asked = undefined;
    key.value = '';
    back.hidden = true;
    show('Newest rows', newest ?? { rows: [], note: '' });
  };
  byId('search').addEventListener('submit', (event) => {
    event.preventDefault();
    if (key.value === '') showNewest();
    else search(key.value);
  });
  back.addEventListener('click', () => {
    showNewest();
    // The button is gone, and the focus would be too.
    title.focus({ preventScroll: true });
  });
  return {
    newest: (rows) => {
      newest = rows;
      if (asked === undefined) show('Newest rows', rows);
    },
    ofGroup: (rollup, group) => ask(`Rows that ${rollup} counts for ${visible(group)}`, { rollup, group }),
  };
};

const rejectedOf =
  (canPutBack) =>
  ({ id, reason, detail, rejectedAt, bytes }) => {
    const what = el(
      'span',
      { class: 'text detail', dir: 'auto' },
      detail,
      el('span', { class: 'id', dir: 'ltr' }, `${id} · ${number(bytes)} bytes`),
    );
    const button = el('button', { type: 'button', class: 'put-back', 'aria-label': `Put back ${id}` }, 'Put back');
    button.addEventListener('click', async () => {
      // Not `disabled`, which would take the focus from it.
      if (button.ariaDisabled === 'true') return;
      button.ariaDisabled = 'true';
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch('put-back', { method: 'POST', headers, body: JSON.stringify({ id }) }).catch(
        () => undefined,
      );
      // The row goes when the table is read again.
      if (answer?.ok) return setText(button, 'On the stream');
      button.ariaDisabled = 'false';
      setText(byId('rejected-note'), (await answer?.json().catch(() => undefined))?.message ?? 'no answer');
    });
    const time = el('time', { class: 'time', datetime: rejectedAt }, shownTime(rejectedAt));
    return el(
      'li',
      {},
      time,
      el('span', { class: 'reason', dir: 'auto' }, reason),
      what,
      ...(canPutBack ? [button] : []),
    );
  };

/** Rejected events. @returns shows them */
export const rejectedIn = (canPutBack) => {
  const make = rejectedOf(canPutBack);
  return ({ events, reasons, note }) => {
    setText(byId('rejected-note'), events.length === 0 ? 'none' : note);
    keyed(
      byId('reasons'),
      reasons,
      ([reason]) => reason,
      () => el('li', { dir: 'auto' }),
      (item, [reason, count]) => setText(item, `${reason} ${number(count)}`),
    );
    keyed(
      byId('rejected'),
      events,
      ({ id, rejectedAt }) => `${id} ${rejectedAt}`,
      make,
      () => {},
    );
  };
};

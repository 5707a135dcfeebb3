import { byId, count, el, keyed, number, setText, visible } from './dom.js';

const NO_ANSWER = 'no answer; the command that serves this page may have ended';

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

/** Rows: the newest, or those of a key or a group. The URL names which, so that a reload and the browser's buttons lead there too. */
export const rowsIn = () => {
  const [list, title, note, back, key] = ['rows', 'rows-title', 'rows-note', 'newest', 'key'].map(byId);
  let newest = { rows: [], note: '' };
  /** The question whose answer is shown; an older one that comes late is not. */
  let asked;
  const show = (heading, rows) => {
    setText(title, heading);
    setText(note, rows.note);
    keyed(
      list,
      rows.rows,
      (row) => JSON.stringify(row),
      rowOf((username) => ask({ key: username })),
      () => {},
    );
  };
  const answerOfUrl = async () => {
    const query = new URLSearchParams(location.hash.slice(1));
    const [username, rollup, group] = ['key', 'rollup', 'group'].map((name) => query.get(name));
    asked = username || group ? query : undefined;
    key.value = username ?? '';
    back.hidden = asked === undefined;
    if (asked === undefined) return show('Newest rows', newest);
    const heading = username ? `Rows of ${visible(username)}` : `Rows that ${rollup} counts for ${visible(group)}`;
    setText(title, heading);
    setText(note, 'searching …');
    const answer = await fetch(`rows?${query}`).catch(() => undefined);
    const found = await answer?.json().catch(() => undefined);
    if (asked !== query) return;
    if (answer?.ok) show(heading, found);
    else show(heading, { rows: [], note: found?.message ?? NO_ANSWER });
  };
  const ask = (query) => {
    const hash = query ? `#${new URLSearchParams(query)}` : '';
    if (location.hash !== hash) history.pushState(null, '', hash || location.pathname);
    void answerOfUrl();
    // The button that asked may be gone, and the focus with it.
    title.focus({ preventScroll: true });
    title.scrollIntoView({ block: 'nearest' });
  };
  byId('search').addEventListener('submit', (event) => {
    event.preventDefault();
    ask(key.value === '' ? undefined : { key: key.value });
  });
  back.addEventListener('click', () => ask());
  addEventListener('popstate', answerOfUrl);
  void answerOfUrl();
  return {
    newest: (rows) => {
      newest = rows.rows.length === 0 ? { rows: [], note: 'none yet' } : rows;
      if (asked === undefined) show('Newest rows', newest);
    },
    ofGroup: (rollup, group) => ask({ rollup, group }),
  };
};

const rejectedOf =
  (canPutBack) =>
  ({ id, reason, detail, rejectedAt, bytes }) => {
    const what = el(
      'span',
      { class: 'text detail', dir: 'auto' },
      detail,
      el('span', { class: 'id', dir: 'ltr' }, `${id} · ${count(bytes, 'byte')}`),
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
      if (answer?.ok) {
        button.ariaLabel = `On the stream: ${id}`;
        return setText(button, 'On the stream');
      }
      button.ariaDisabled = 'false';
      setText(byId('rejected-note'), (await answer?.json().catch(() => undefined))?.message ?? NO_ANSWER);
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

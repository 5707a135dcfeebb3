import { rateIn, rollupsIn } from './charts.js';
import { byId, setText } from './dom.js';
import { rejectedIn, rowsIn } from './lists.js';
import { wayIn } from './way.js';

const about = await (await fetch('about')).json();
document.title = `${about.name} · stream`;
setText(byId('name'), about.name);
setText(byId('where'), about.where);
setText(byId('cost'), about.cost ?? '');

const showWay = wayIn(byId('way'));
const showRate = rateIn();
const rows = rowsIn();
const showRollups = rollupsIn(rows.ofGroup);
const showRejected = rejectedIn(about.canPutBack);

const problem = (text) => {
  byId('problem').hidden = text === '';
  setText(byId('problem'), text);
};

const PARTS = {
  flow: ({ figures, rate, period, problems }) => {
    showWay(figures);
    showRate(rate);
    setText(byId('period'), `, ${period}`);
    problem(problems.join(' '));
  },
  rollups: showRollups,
  newest: rows.newest,
  rejected: showRejected,
  problem,
};

const state = (name, text) => {
  byId('state').className = `state ${name}`;
  setText(byId('state'), text);
};
/** How long a page that nobody sees still looks. Milliseconds. */
const HIDDEN_MS = 60_000;

let events;
let leaving;
const open = () => {
  // The browser opens it again by itself, until a server refuses: one that was started again has another token, or enough pages.
  events = new EventSource('events');
  for (const [name, show] of Object.entries(PARTS)) events.addEventListener(name, ({ data }) => show(JSON.parse(data)));
  events.addEventListener('open', () => state('live', 'live'));
  events.addEventListener('error', () =>
    state(
      'lost',
      events.readyState === EventSource.CLOSED
        ? 'connection refused: open the URL that the command printed last'
        : 'connection lost, trying again',
    ),
  );
};
// Each look costs reads of the tables, and a browser has six connections to a server: a seventh page would stay empty.
document.addEventListener('visibilitychange', () => {
  clearTimeout(leaving);
  if (document.hidden) leaving = setTimeout(() => events.close(), HIDDEN_MS);
  else if (events.readyState === EventSource.CLOSED) open();
});
open();

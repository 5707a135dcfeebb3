import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { extname } from 'node:path';
import { expect } from 'chai';
import { UserError } from '../../../cli/user-error.ts';
import { startWatchServer, type WatchServer } from '../../../local/watch/watch-server.ts';
import type { Watched } from '../../../local/watch/watched.ts';
import { EventStream } from '../../support/event-stream.ts';
import { gate } from '../../support/gate.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

const PAGE = new URL('../../../local/watch/page/', import.meta.url);

/** A stack that says another thing each time. */
class FakeWatched implements Watched {
  readonly about = { name: 'fake', where: 'nowhere' };
  looks = 0;
  padding = '';
  error: Error | undefined;

  readonly look = async () => {
    this.looks += 1;
    if (this.error) throw this.error;
    const flow = { at: this.looks, period: this.padding, figures: {}, rate: { times: [], stored: [], rejected: [] } };
    return { flow: { ...flow, problems: [] }, rollups: [] };
  };

  rowsOfKey: Watched['rowsOfKey'] = async () => ({ rows: [], note: '' });
  readonly rowsOfGroup = async () => ({ rows: [], note: '' });
}

const TYPES: Record<string, string> = {
  html: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  svg: 'image/svg+xml',
};

/** With the body read, since a connection stays open until it is. */
const statusOf = async (url: string, init?: RequestInit): Promise<number> => {
  const answer = await fetch(url, init);
  await answer.arrayBuffer();
  return answer.status;
};

describe('the server of the live page', () => {
  const pages: EventStream[] = [];
  let clock: ManualClock;
  let watched: FakeWatched;
  let server: WatchServer;
  beforeEach(() => {
    clock = new ManualClock();
    watched = new FakeWatched();
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
    await server?.close();
  });

  const start = async (host?: string): Promise<string> => {
    server = await startWatchServer({ watched, port: 0, clock, ...(host && { host }) });
    return server.url;
  };
  const open = async (url: string): Promise<EventStream> => {
    const page = await new EventStream().open(`${url}events`);
    pages.push(page);
    return page;
  };

  it('looks at the stack once for fifty pages, and not at all for none', async () => {
    const url = await start();
    expect(watched.looks).to.equal(0);
    for (let page = 0; page < 50; page += 1) await open(url);
    await Promise.all(pages.map((page) => page.until('flow', () => true)));
    expect(watched.looks).to.equal(1);
    for (let second = 2; second <= 5; second += 1) {
      await until(() => clock.sleepers === 1);
      clock.advance(1_000);
      await Promise.all(pages.map((page) => page.until<{ at: number }>('flow', ({ at }) => at === second)));
    }
    expect(watched.looks).to.equal(5);
    // The rollups did not change, so they came once.
    expect(pages.map(({ messages }) => messages)).to.deep.equal(Array(50).fill(6));
    for (const page of pages.splice(0)) await page.close();
    await until(() => clock.sleepers === 0, 'that nobody looks any more');
    clock.advance(10_000);
    expect(watched.looks).to.equal(5);
    // A page that comes later has everything at once.
    const page = await open(url);
    await page.until('rollups', () => true);
    expect(page.latest.has('flow')).to.equal(true);
  });

  it('refuses one page more than it serves, says so, and takes it once another is closed', async () => {
    const url = await start();
    await Promise.all(Array.from({ length: 200 }, () => open(url)));
    const refused = await fetch(`${url}events`);
    expect([refused.status, await refused.json()]).to.deep.equal([503, { message: '200 pages are open already' }]);
    expect(await statusOf(url), 'the page itself').to.equal(200);
    await pages.pop()!.close();
    const isTaken = (): Promise<boolean> =>
      open(url).then(
        () => true,
        () => false,
      );
    await until(isTaken, 'that a page is taken');
  });

  it('looks again soon at first, since the first look finds little, and then once a second', async () => {
    await open(await start());
    const at: number[] = [];
    for (let look = 1; look <= 8; look += 1) {
      await until(() => watched.looks === look && clock.sleepers === 1);
      at.push(clock.now());
      clock.advanceToNext();
    }
    expect(at).to.deep.equal([0, 50, 150, 350, 750, 1_550, 2_550, 3_550]);
  });

  it('says what went wrong, and goes on', async () => {
    watched.error = new Error('no table');
    const page = await open(await start());
    expect(await page.until('problem', () => true)).to.equal('Error: no table');
    watched.error = undefined;
    await until(() => clock.sleepers === 1);
    clock.advance(1_000);
    await page.until('flow', () => true);
    // A page that comes later is told what is, and not what was wrong.
    const later = await open(server.url);
    await later.until('rollups', () => true);
    expect([...later.latest.keys()]).to.have.members(['flow', 'rollups']);
  });

  it('cuts off a page that takes nothing, so that nothing piles up', async () => {
    const { hostname, port } = new URL(await start());
    watched.padding = 'x'.repeat(600_000);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.pause();
    socket.write(`GET /events HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
    // Without a page nobody looks, and nobody waits for the next second.
    await until(() => {
      if (watched.looks > 0 && clock.sleepers === 0) return true;
      clock.advance(1_000);
      return false;
    }, 'that the page is cut off');
    // What the sockets themselves hold is a few messages more.
    expect(watched.looks).to.be.within(2, 60);
    socket.destroy();
  });

  it('lets no page run or load what is not its own', async () => {
    const url = await start();
    const answer = await fetch(url);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).to.contain("default-src 'none'").and.to.contain("script-src 'self'");
    expect(policy).not.to.match(/unsafe|\*|https?:/);
    expect(answer.headers.get('referrer-policy')).to.equal('no-referrer');
    const html = await answer.text();
    expect(html).not.to.match(/\son\w+=|\sstyle=|<style|<script(?![^>]*\ssrc=)|https?:/);
    for (const [, path] of html.matchAll(/(?:src|href)="([^"]+)"/g))
      expect(await statusOf(url + path), path).to.equal(200);
    for (const name of readdirSync(PAGE)) {
      const file = await fetch(url + (name === 'index.html' ? '' : name));
      expect(file.status, name).to.equal(200);
      // So a browser takes a file for what its type says, and for nothing without one.
      expect(file.headers.get('x-content-type-options')).to.equal('nosniff');
      expect(file.headers.get('content-type')).to.equal(`${TYPES[extname(name).slice(1)]}; charset=utf-8`);
      await file.arrayBuffer();
      if (name.endsWith('.js'))
        expect(readFileSync(new URL(name, PAGE), 'utf8'), name).not.to.match(
          /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|setAttribute\('style'/,
        );
    }
  });

  it('answers a program that only asks whether it is up', async () => {
    const url = await start();
    const answer = await fetch(url, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-type')]).to.deep.equal([200, 'text/html; charset=utf-8']);
    expect(await answer.text()).to.equal('');
    expect(watched.looks).to.equal(0);
  });

  it('refuses what it does not have', async () => {
    const url = await start();
    for (const path of ['nope', '/', '../package.json', '%2e%2e/package.json', 'page/index.html', '__proto__'])
      expect(await statusOf(url + path), path).to.equal(404);
    // This one only reads.
    const headers = { 'content-type': 'application/json' };
    expect(await statusOf(`${url}put-back`, { method: 'POST', headers, body: '{"id":"x"}' })).to.equal(404);
    expect(await (await fetch(`${url}about`)).json()).to.deep.equal({ ...watched.about, canPutBack: false });
    expect(await (await fetch(`${url}rows`)).json()).to.have.property('message');
  });

  it('searches for many at once without a word', async () => {
    const url = await start();
    const { open: answer, opened } = gate();
    let searches = 0;
    watched.rowsOfKey = async (_, signal) => {
      searches += 1;
      signal.addEventListener('abort', () => {});
      await opened;
      return { rows: [], note: '' };
    };
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const statuses = Array.from({ length: 11 }, (_, key) => statusOf(`${url}rows?key=${key + 1}`));
    await until(() => searches === 11);
    answer();
    expect(new Set(await Promise.all(statuses))).to.deep.equal(new Set([200]));
    process.off('warning', onWarning);
    expect(warnings).to.deep.equal([]);
  });

  it('is open to those who know its token, where others can reach it', async () => {
    const { port, pathname } = new URL(await start('0.0.0.0'));
    expect(pathname).to.match(/^\/[\w-]{32}\/$/);
    const base = `http://127.0.0.1:${port}`;
    for (const path of ['/', '/about', '/events', '/page.css', `/${'x'.repeat(32)}/about`, pathname.slice(0, -1)])
      expect(await statusOf(base + path), path).to.equal(404);
    for (const path of ['', 'about', 'page.js', 'uPlot.iife.min.js'])
      expect(await statusOf(base + pathname + path), path).to.equal(200);
  });

  it('says which port is in use where it may be no other, and which address is not one of this machine', async () => {
    const { port } = new URL(await start());
    const error = await startWatchServer({ watched, port: Number(port), clock }).catch((thrown: Error) => thrown);
    expect(error).to.include({ name: 'PortInUseError' });
    const other = await startWatchServer({ watched, port: Number(port), orAnyPort: true, clock });
    expect(new URL(other.url).port).not.to.equal(port);
    await other.close();
    const elsewhere = startWatchServer({ watched, port: 0, host: '192.0.2.1', clock });
    expect(await elsewhere.catch((thrown: Error) => thrown))
      .to.be.instanceOf(UserError)
      .with.property('message', 'this machine has no address 192.0.2.1; expected one of its own, such as 127.0.0.1');
  });
});

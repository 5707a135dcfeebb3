import { expect } from 'chai';
import { findProxy, isProxied } from '../../aws/proxy.ts';
import { UserError } from '../../cli/user-error.ts';

const HOST = 'kinesis.eu-west-1.amazonaws.com';

describe('the proxy of the environment', () => {
  it('is that of HTTPS_PROXY in capital or small letters, with or without its scheme', () => {
    const urlOf = (env: Record<string, string>) => findProxy(env)?.url.href;
    expect(urlOf({ HTTPS_PROXY: 'http://p:3128', https_proxy: 'http://q:1' })).to.equal('http://p:3128/');
    expect(urlOf({ HTTPS_PROXY: '', https_proxy: 'q:3128' })).to.equal('http://q:3128/');
    expect(urlOf({ HTTPS_PROXY: 'https://p.example.com' })).to.equal('https://p.example.com/');
    expect(urlOf({ HTTP_PROXY: 'http://p:3128' })).to.equal(undefined);
  });

  it('has the exceptions of NO_PROXY in capital or small letters', () => {
    const exceptOf = (env: Record<string, string>) => findProxy({ HTTPS_PROXY: 'p:3128', ...env })?.except;
    expect(exceptOf({ NO_PROXY: 'a.example', no_proxy: 'b.example' })).to.equal('a.example');
    expect(exceptOf({ NO_PROXY: '', no_proxy: 'b.example' })).to.equal('b.example');
    expect(exceptOf({})).to.equal('');
  });

  it('has the login of its URL', () => {
    const loginOf = (HTTPS_PROXY: string) => findProxy({ HTTPS_PROXY })?.login;
    expect(loginOf('http://p:3128')).to.equal(undefined);
    expect(loginOf('us%40er:100%25@p:3128')).to.equal('us@er:100%');
    expect(loginOf('http://user@p:3128')).to.equal('user:');
  });

  it('is refused where its user and password cannot be told, and then too its password is not shown', () => {
    for (const login of [
      'me:hunter2%ss',
      'me:hunter2%E9',
      'hunter2%:',
      'me:hunter2#ss',
      'me:99#hunter2',
      'me:99/hunter2',
      'me:99?hunter2',
    ])
      for (const scheme of ['http://', ''])
        expect(() => findProxy({ HTTPS_PROXY: `${scheme}${login}@p:3128` }), login).to.throw(
          UserError,
          `HTTPS_PROXY is "${scheme}…@p:3128"; expected a URL like http://proxy.example.com:3128; in its user and password write # as %23`,
        );
  });

  it('is refused where it is not one of HTTP, without its password', () => {
    for (const value of ['socks5://user:hunter2@p:1080', 'http://user:hunter2@'])
      expect(() => findProxy({ HTTPS_PROXY: value }))
        .to.throw('expected a URL like http://proxy.example.com:3128')
        .with.property('message')
        .that.does.not.contain('hunter2');
  });

  const through: [except: string, host: string, port: number, isThrough: boolean][] = [
    ['', HOST, 443, true],
    ['*', HOST, 443, false],
    ['amazonaws.com', HOST, 443, false],
    ['.amazonaws.com', HOST, 443, false],
    ['*.AMAZONAWS.com', HOST, 443, false],
    ['azonaws.com', HOST, 443, true],
    [HOST, HOST, 443, false],
    ['a.example, amazonaws.com:443', HOST, 443, false],
    ['a.example amazonaws.com:8443', HOST, 443, true],
    ['10.0.0.1', '10.0.0.1', 443, false],
    ['', 'localhost', 8443, false],
    ['', '127.0.0.1', 8443, false],
    ['', '::1', 8443, false],
  ];
  for (const [except, host, port, isThrough] of through)
    it(`is ${isThrough ? '' : 'not '}used for ${host}:${port} where NO_PROXY is "${except}"`, () => {
      expect(isProxied({ url: new URL('http://p:3128'), except }, host, port)).to.equal(isThrough);
    });
});

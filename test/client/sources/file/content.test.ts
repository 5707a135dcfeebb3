import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { contentOf, HEAD_BYTES } from '../../../../client/sources/file/content.ts';

const problemOf = (head: Buffer | string, { isWrapped = false, isPiped = false } = {}): string => {
  const content = contentOf(Buffer.from(head as string), isPiped ? undefined : '/a b/x', isWrapped);
  return content.kind === 'other' ? content.problem : content.kind;
};

const EVENT = '{"specversion":"1.0","id":"1"}';
const ZIP = Buffer.from('504b03041400000000000000', 'hex');
const utf16 = (text: string, mark = ''): Buffer => Buffer.from(mark + text, 'utf16le');

describe('the first bytes of a file', () => {
  for (const [name, head] of [
    ['JSON lines', `${EVENT}\n${EVENT}\n`],
    ['JSON lines after a byte order mark', `\ufeff${EVENT}\n${EVENT}\n`],
    ['a line that is a whole array', `[${EVENT},${EVENT}]\n[${EVENT}]\n`],
    ['a line that is cut off', '{"a":"'],
    ['a broken line before others', `{"a":1,\n${EVENT}\n`],
    ['what is no JSON', 'hello\n{\n'],
    ['nothing', ''],
  ] as const)
    it(`are lines where they are ${name}`, () => {
      expect(problemOf(head)).to.equal('lines');
    });

  for (const [name, head, hasHint] of [
    ['text', 'id,name\n1,a\n', true],
    ['JSON that is not an object', '1\n"two"\n', true],
    ['text that was cut off', 'hello', true],
    ['a log whose lines begin with their time', '[Fri Nov 20 12:00:00 2026] [error] {\n', true],
    ['arrays of events', `[ ${EVENT}]\n`, false],
    ['a header above events', `a header\n${EVENT}\n`, false],
    ['an event after spaces', `\n  ${EVENT}`, false],
    ['blank', '\n \n', false],
  ] as const)
    it(`${hasHint ? 'give a hint' : 'give no hint'} where they are ${name}`, () => {
      const content = contentOf(Buffer.from(head), 'x', false);
      expect(content.kind === 'lines' && content.hint !== undefined).to.equal(hasHint);
      expect(contentOf(Buffer.from(head), 'x', true)).to.deep.equal({ kind: 'lines' });
    });

  it('give a hint where they are several events on one line that goes on: it is one record, and may be too large for one', () => {
    const events = (bytes: number, between: string): string =>
      Array(Math.ceil(bytes / EVENT.length))
        .fill(EVENT)
        .join(between);
    const array = (bytes: number): string => `[${events(bytes, ',')}`;
    const hintOf = (head: Buffer | string, path?: string): string => {
      const content = contentOf(Buffer.from(head as string), path, false);
      return content.kind === 'other' ? 'refused' : (content.hint ?? 'none');
    };
    expect(hintOf(array(HEAD_BYTES), '/a b/x')).to.contain("jq -c '.[]' '/a b/x' | the same command with --file -");
    expect(hintOf(`\ufeff${array(HEAD_BYTES)}`)).to.contain("jq -c '.[]' | the same");
    expect(hintOf(gzipSync(array(HEAD_BYTES)), 'x.gz')).to.contain("gzip -dc x.gz | jq -c '.[]' | the same");
    expect(hintOf(events(HEAD_BYTES, ''), 'x'))
      .to.contain('begins with many objects on one line')
      .and.to.contain('with jq -c . x | the same');
    expect(hintOf(`{"a":"}{${'x'.repeat(HEAD_BYTES)}`)).to.equal('none');
    expect(hintOf(events(1_000, ''))).to.equal('none');
    expect(hintOf(array(1_000))).to.equal('none');
    expect(hintOf(`${array(1_000)}]\n${array(HEAD_BYTES)}`)).to.equal('none');
  });

  it('are refused with the command that helps, whatever the name of the file is', () => {
    const content = contentOf(Buffer.from('[\n'.repeat(2)), "-it's $& $1", false);
    expect(content).to.have.property('problem').which.contains("jq -c '.[]' './-it'\\''s $& $1' |");
  });

  it('name no command of the project, since several read files', () => {
    expect(problemOf(ZIP)).to.match(/ \| the same command with --file -$/);
  });

  it('are gzip by its magic bytes', () => {
    expect(problemOf(gzipSync(EVENT))).to.equal('gzip');
  });

  for (const [name, head, command] of [
    ['UTF-16 with a mark', utf16(EVENT, '\ufeff'), "iconv -f UTF-16 -t UTF-8 '/a b/x' |"],
    ['UTF-16 with a mark, big-endian', utf16(EVENT, '\ufeff').swap16(), "iconv -f UTF-16 -t UTF-8 '/a b/x' |"],
    ['UTF-16 without a mark', utf16(EVENT), "iconv -f UTF-16LE -t UTF-8 '/a b/x' |"],
    ['UTF-16 without a mark, big-endian', utf16(EVENT).swap16(), "iconv -f UTF-16BE -t UTF-8 '/a b/x' |"],
    ['UTF-32', Buffer.from('fffe00007b00000022000000', 'hex'), "iconv -f UTF-32 -t UTF-8 '/a b/x' |"],
    ['UTF-32, big-endian', Buffer.from('0000feff0000007b00000022', 'hex'), "iconv -f UTF-32 -t UTF-8 '/a b/x' |"],
    ['zstd', Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 1), "packed with zstd; expected lines, or gzip: zstd -dc '/a b/x' |"],
    [
      'xz',
      Buffer.from('fd377a585a000004e6d6b446', 'hex'),
      "packed with xz; expected lines, or gzip: xz -dc '/a b/x' |",
    ],
    [
      'bzip2',
      Buffer.from('425a6831314159265359bac6', 'hex'),
      "packed with bzip2; expected lines, or gzip: bzip2 -dc '/a b/x' |",
    ],
    ['zip', ZIP, "packed with zip; expected lines, or gzip: unzip -p '/a b/x' |"],
    ['an indented array', '[\n  {\n    "a": 1\n  }\n]\n', "jq -c '.[]' '/a b/x' |"],
    ['an array with an event a line', `[\n${EVENT},\n${EVENT}\n]\n`, "jq -c '.[]' '/a b/x' |"],
    ['an array that begins with an event', `[${EVENT},\n${EVENT}]\n`, "jq -c '.[]' '/a b/x' |"],
    ['the first line of an indented object, which a pipe may bring alone', '{\n', "jq -c . '/a b/x' |"],
    ['an indented object', '{\r\n  "a": 1\r\n}\r\n', "jq -c . '/a b/x' |"],
    ['an object that begins with a field', '{ "a": 1,\n "b": 2 }\n', "jq -c . '/a b/x' |"],
    ['binary data', Buffer.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0), 'od -c'],
  ] as const)
    it(`are refused with the command that helps where they are ${name}`, () => {
      expect(problemOf(Buffer.from(head as string))).to.contain(command);
    });

  const tar = (...members: string[]): Buffer =>
    Buffer.concat(
      members.flatMap((text) => {
        const header = Buffer.alloc(512);
        header.write('events.ndjson');
        header.write('ustar', 257);
        return [header, Buffer.from(text), Buffer.alloc(512 - text.length)];
      }),
    );

  it('are refused with a command that reads a pipe where standard input is zip', () => {
    expect(problemOf(ZIP, { isPiped: true })).to.contain('gzip: funzip | the same');
  });

  for (const [name, packed, command] of [
    ['a packed zip archive', gzipSync(ZIP), "gzip -dc '/a b/x' | funzip | the same command"],
    ['a tar archive', tar(`${EVENT}\n${EVENT}\n`), "tar -xOf '/a b/x' |"],
    ['a packed tar archive', gzipSync(tar(`${EVENT}\n${EVENT}\n`)), "gzip -dc '/a b/x' | tar -xOf - |"],
    [
      'packed twice',
      gzipSync(gzipSync(EVENT)),
      "packed with gzip twice; expected lines, or gzip: gzip -dc '/a b/x' | gzip -dc |",
    ],
    ['packed UTF-16', gzipSync(utf16(EVENT, '\ufeff')), "gzip -dc '/a b/x' | iconv -f UTF-16 -t UTF-8 |"],
    ['a packed array over several lines', gzipSync('[\n  {\n "a": 1 }\n]\n'), "gzip -dc '/a b/x' | jq -c '.[]' |"],
    [
      'packed binary data',
      gzipSync(Buffer.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0)),
      "gzip -dc '/a b/x' | head -c 64 | od -c",
    ],
  ] as const)
    it(`are refused with the commands that help where they are ${name}`, () => {
      expect(problemOf(packed)).to.contain(command);
    });

  it('are gzip where its end is missing, it is damaged, or it holds much', () => {
    const packed = gzipSync(Buffer.alloc(1 << 20, `${EVENT}\n`));
    for (const head of [packed, packed.subarray(0, 100), gzipSync(EVENT).fill(0xff, 12)])
      expect(problemOf(head)).to.equal('gzip');
  });

  it('give the same hint where they are packed', () => {
    const text = Buffer.from('id,name\n1,a\n');
    const plain = contentOf(text, 'x', false);
    expect(contentOf(gzipSync(text), 'x', false)).to.deep.equal({ ...plain, kind: 'gzip' });
  });

  it('may be anything that has lines where lines are wrapped', () => {
    expect(problemOf('[\n  1\n]\n', { isWrapped: true })).to.equal('lines');
    expect(problemOf('a\0b\n', { isWrapped: true })).to.equal('lines');
    expect(problemOf(utf16('one', '\ufeff'), { isWrapped: true })).to.contain('iconv');
  });

  it('of standard input are refused without a path', () => {
    const problem = problemOf(utf16(EVENT, '\ufeff'), { isPiped: true });
    expect(problem).to.contain('standard input is text in UTF-16').and.to.contain('iconv -f UTF-16 -t UTF-8 |');
  });
});

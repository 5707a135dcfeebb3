import { expect } from 'chai';
import { exactNumber } from '../../../core/exact-number.ts';
import { emailIn, masked, maskedCard, phoneIn, plainText } from '../../../core/extractors/contact-data.ts';
import type { JsonValue } from '../../../core/json.ts';

describe('contact data', () => {
  const PLAIN: [typed: JsonValue | undefined, text: string][] = [
    ['  two\t words\u3000\n', 'two words'],
    ['ｆｕｌｌ　１２', 'full 12'],
    ['٠١٢ ۳۴۵ ६७८', '012 345 678'],
    [17, '17'],
    [exactNumber('6304000000000000017'), '6304000000000000017'],
    [false, 'false'],
    [null, ''],
    [undefined, ''],
    [['a'], ''],
    [{ a: 1 }, ''],
  ];
  for (const [typed, text] of PLAIN)
    it(`makes ${JSON.stringify(typed)} the text ${JSON.stringify(text)}`, () => {
      expect(plainText(typed)).to.equal(text);
    });

  it('makes the ten digits of any script ordinary', () => {
    for (const zero of ['٠', '۰', '०', '০', '੦', '૦', '௦', '๐', '༠', '၀', '០', '𑛚', '𞥐'])
      expect(
        plainText(Array.from({ length: 10 }, (_, at) => String.fromCodePoint(zero.codePointAt(0)! + at)).join('')),
      ).to.equal('0123456789');
  });

  const EMAILS: [text: string, email: string | undefined][] = [
    ['Ada <ADA@Example.org>', 'ada@example.org'],
    ['mailto:ada+post@mail.example.org?subject=hi', 'ada+post@mail.example.org'],
    ['нюта@пошта.test.', 'нюта@пошта.test'],
    ['\u202aada\u00ad@example.org\u202c', 'ada@example.org'],
    ["o'hara@example.ie", "o'hara@example.ie"],
    ["'ada@example.org'", 'ada@example.org'],
    ['“ada@example.org”', 'ada@example.org'],
    ['[ada@example.org]', 'ada@example.org'],
    ['ALİ@EXAMPLE.ORG', 'ali@example.org'],
    ['📧ada@example.org', 'ada@example.org'],
    ['✉️ada@example.org', 'ada@example.org'],
    ['•ada@example.org|bob@example.org', 'ada@example.org'],
    ['ada@localhost', undefined],
    ['@example.org', undefined],
    [`${'a'.repeat(65)}@example.org`, undefined],
    ['', undefined],
  ];
  for (const [text, email] of EMAILS)
    it(`finds ${email} in ${text.slice(0, 50)}`, () => {
      expect(emailIn(text)).to.equal(email);
    });

  const PHONES: [text: string, calling: string | undefined, phone: string | undefined][] = [
    ['+44 (0)20 7946 0123', undefined, '+442079460123'],
    ['0044 20 7946 0123', '33', '+442079460123'],
    ['020 7946 0123', '44', '+442079460123'],
    ['(212) 555-0142 ext. 7', '1', '+12125550142'],
    ['1 (212) 555-0142', '1', '+12125550142'],
    ['1-800-555-0142', '1', '+18005550142'],
    ['011 44 20 7946 0123', '1', '+442079460123'],
    ['0011 44 20 7946 0123', '61', '+442079460123'],
    ['010 44 20 7946 0123', '81', '+442079460123'],
    ['(011) 91234-5678', '55', '+5511912345678'],
    ['020 7946 0123', undefined, undefined],
    ['44 20 7946 0123', '44', '+442079460123'],
    ['380501234567', '380', '+380501234567'],
    ['91234 56789', '91', '+919123456789'],
    ['1 212 555 0142 99', '1', '+1212555014299'],
    ['380501234567', undefined, undefined],
    ['33 6 39 98 01 23', '33', '+33639980123'],
    ['46 8 465 004 12', '46', '+46846500412'],
    ['55 99123-4567', '55', '+5555991234567'],
    ['49 151 23456789', '49', '+4915123456789'],
    ['+44 020 7946 0123', '44', '+442079460123'],
    ['0049 030 23125 017', '49', '+493023125017'],
    ['+39 06 6982 0123', '44', '+390669820123'],
    ['06 6982 0123', '39', '+390669820123'],
    ['050 123 45 67 доб. 7', '380', '+380501234567'],
    ['03-1234-5678 内線7', '81', '+81312345678'],
    ['212-555-0142 #7', '1', '+12125550142'],
    ['+1 212 555 0142,,7#', undefined, '+12125550142'],
    ['Тел.: 050 123 45 67', '380', '+380501234567'],
    ['電話03-1234-5678', '81', '+81312345678'],
    ['फ़ोन 98765 43210', '91', '+919876543210'],
    ['Nọ́mbà: 0803 123 4567', '234', '+2348031234567'],
    ['8 050 123 45 67', '380', '+380501234567'],
    ['80501234567', '380', '+380501234567'],
    ['800 123 456', '380', '+380800123456'],
    ['0 15 11 91234-5678', '55', '+5511912345678'],
    ['0 15 11 3214-5678', '55', '+551132145678'],
    ['011 91234-5678', '55', '+5511912345678'],
    ['DE123456789', '49', undefined],
    ['12345', '234', undefined],
    ['+0 20 7946 0123', '44', undefined],
    [`+44${'1'.repeat(14)}`, undefined, undefined],
    [`+44${'1'.repeat(13)}`, undefined, `+44${'1'.repeat(13)}`],
    ['tel:+44-20-7946-0123', undefined, '+442079460123'],
    ['Tel.: 020 7946 0123', '44', '+442079460123'],
    ['Phone (020) 7946 0123', '44', '+442079460123'],
    ['call me', '44', undefined],
    ['call me on 020 7946 0123', '44', undefined],
  ];
  for (const [text, calling, phone] of PHONES)
    it(`reads ${text} as ${phone} where the calling code is ${calling}`, () => {
      expect(phoneIn(text, calling)).to.equal(phone);
    });

  it('reads a number as one, however the people of a country write it', () => {
    const numbers = [
      ...[
        '1 2125550142',
        '44 2079460123',
        '49 15123456789',
        '49 3023125017',
        '33 639980123',
        '46 701740605',
        '46 84650041',
      ],
      ...[
        '353 851234567',
        '353 12345678',
        '61 491570156',
        '91 9198765432',
        '81 9012345678',
        '81 312345678',
        '20 1012345678',
      ],
      ...['20 641234567', '55 55991234567', '55 1132145678', '234 8012345678', '234 12345678', '380 501234567'],
    ];
    for (const [calling = '', number = ''] of numbers.map((one) => one.split(' '))) {
      const [trunk, abroad] = calling === '1' ? ['1', '011'] : ['0', '00'];
      const own = `${number.slice(0, 3)}-${number.slice(3, 6)} ${number.slice(6)}`;
      for (const typed of [
        ...[own, `${trunk}${own}`, `(${trunk}${number.slice(0, 2)}) ${number.slice(2)}`, `tel:${own}`, `${own} ext. 7`],
        ...[
          `+${calling} ${own}`,
          `+${calling} (0) ${own}`,
          `+${calling} ${trunk}${own}`,
          `${abroad} ${calling} ${own}`,
        ],
        ...[`${calling}${number}`, `${calling} ${own}`, `+${calling} ${own} #7`, `${own} 内線7`, `Тел.: ${own}`],
      ])
        expect(phoneIn(typed, calling), typed).to.equal(`+${calling}${number}`);
    }
  });

  it('masks what may be a card, and no shorter number', () => {
    expect(masked('4111-1111 1111.1111 and 123456789012')).to.equal('**** 1111 and **** 9012');
    expect(masked('order 12345678901 of 2026-11-20')).to.equal('order 12345678901 of 2026-11-20');
    expect(masked('4111–1111–1111–1111 and 4111‐1111‐1111‐1112')).to.equal('**** 1111 and **** 1112');
    expect(masked('from ada@example.org, thanks')).to.equal('from ***, thanks');
  });

  for (const between of [
    ' - ',
    '/',
    ' / ',
    '_',
    '−',
    'ー',
    '・',
    '•',
    '*',
    '|',
    '\\',
    '\u200b',
    '\u00ad',
    '-\u200b ',
    '\u2060',
    '\u0000',
    '\u3164',
    '+',
  ])
    it(`masks a card with ${JSON.stringify(between)} between its digits`, () => {
      expect(masked(['with', Array(4).fill('4111').join(between), 'please'].join(' '))).to.equal(
        'with **** 4111 please',
      );
    });

  it('keeps no digit of the last of many cards', () => {
    for (const cards of [2, 5, 60]) expect(masked(`${'378282246310005 '.repeat(cards)}.`)).to.equal('*** .');
  });

  it('masks a card whose digits are emojis', () => {
    expect(masked(`${'4\ufe0f\u20e3'.repeat(16)}!`)).to.equal('**** 4444\ufe0f\u20e3!');
  });

  it('keeps days and UUIDs, next to a card as well', () => {
    for (const kept of [
      '2026-11-20 - 2026-11-24',
      '20/11/2026 - 24/11/2026',
      '20.11.2026/24.11.2026',
      '24.12.1985 - 1990.01.31',
      '550e8400-e29b-41d4-a716-446655440000',
    ])
      expect(masked(`${kept} 4111 1111 1111 1111`)).to.equal(`${kept} **** 1111`);
    for (const card of ['2011-1111-1111-1111', '4111-11-11-1111-1111', '11.11.20111111.1111'])
      expect(masked(card)).to.equal('**** 1111');
  });

  it('keeps what is said next to an address in Chinese and Japanese, which have no spaces', () => {
    expect(masked('メールはada@example.orgへ。玄関に置いてください')).to.equal('***。玄関に置いてください');
    expect(masked('请放门口,邮件ada@example.org,谢谢')).to.equal('请放门口,***,谢谢');
  });

  it('masks an e-mail address in an address of the web, where its @ is written as %40', () => {
    expect(masked('see https://example.com/?for=ada%40example.org please')).to.equal('see *** please');
    expect(masked('ada%2540example.org')).to.equal('***');
  });

  it('masks an e-mail address that has spaces around its @', () => {
    for (const typed of ['ada @ example.org', 'ada@ example.org', 'ada @example.org'])
      expect(masked(`write to ${typed} please`)).to.equal('write to *** please');
    expect(masked('two @ 4 each')).to.equal('two *** 4 each');
    expect(masked('two @ 4.50 each')).to.equal('two *** 4.50 each');
  });

  it('keeps no digit of what may stand behind the number of a card: a date, a security code', () => {
    for (const typed of [
      '4111 1111 1111 1111 12/27 123',
      '4111111111111111 12/27',
      '4111 1111 1111 1111 123',
      '378282246310005 1234',
    ])
      expect(maskedCard(typed), typed).to.equal('***');
    expect(masked('4111 1111 1111 1111 123 please')).to.equal('*** please');
    expect(maskedCard('6304 0500 0000 0000 017')).to.equal('**** 0017');
  });

  it('keeps four digits of a card, and nothing of anything else', () => {
    expect(maskedCard('VISA 4111 1111 1111 1111')).to.equal('**** 1111');
    expect(maskedCard('6304 0000 0000 5 678')).to.equal('**** 5678');
    expect(maskedCard('123456789012')).to.equal('**** 9012');
    expect(maskedCard('12345678901')).to.equal('***');
    expect(maskedCard('cash')).to.equal('***');
  });
});

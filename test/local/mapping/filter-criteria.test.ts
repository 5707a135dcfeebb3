import { expect } from 'chai';
import fc from 'fast-check';
import { compileFilters } from '../../../local/mapping/filter-criteria.ts';
import { TemplateError } from '../../../local/template/template.ts';
import { anyText } from '../../support/any-text.ts';

const matches = (data: unknown, ...patterns: unknown[]): boolean =>
  compileFilters(patterns.map((pattern) => JSON.stringify({ data: pattern })))(Buffer.from(JSON.stringify(data)));

describe('compileFilters', () => {
  const cases: [name: string, pattern: object, matching: unknown[], others: unknown[]][] = [
    ['equals', { a: ['x'] }, [{ a: 'x' }, { a: 'x', b: 1 }], [{ a: 'X' }, { a: '' }, {}, { b: 'x' }, 'x', 7, null]],
    ['equals a number', { a: [1] }, [{ a: 1 }, { a: 1.0 }], [{ a: '1' }, { a: true }]],
    ['equals a truth', { a: [true] }, [{ a: true }], [{ a: 'true' }, { a: false }]],
    ['text beyond ASCII', { 名: ['東京 🦊'] }, [{ 名: '東京 🦊' }], [{ 名: '東京' }]],
    ['null', { a: [null] }, [{ a: null }], [{ a: '' }, { a: 0 }, {}]],
    ['empty', { a: [''] }, [{ a: '' }], [{ a: null }, { a: ' ' }, {}]],
    ['or', { a: ['x', 1, null] }, [{ a: 'x' }, { a: 1 }, { a: null }], [{ a: 'y' }, {}]],
    ['and', { a: ['x'], b: { c: [1] } }, [{ a: 'x', b: { c: 1 } }], [{ a: 'x' }, { b: { c: 1 } }, { a: 'x', b: 1 }]],
    ['$or', { $or: [{ a: ['x'] }, { b: { c: [1] } }] }, [{ a: 'x' }, { b: { c: 1 } }], [{ a: 'y' }, { c: 1 }, {}]],
    [
      '$or beside a field',
      { d: [1], $or: [{ a: ['x'] }, { b: ['x'] }] },
      [{ d: 1, b: 'x' }],
      [{ b: 'x' }, { d: 1 }, { d: 1, b: 'y' }],
    ],
    ['$or within a field', { o: { $or: [{ a: [1] }, { b: [1] }] } }, [{ o: { b: 1 } }], [{ b: 1 }, { o: {} }]],
    ['anything-but texts', { a: [{ 'anything-but': ['x', 'y'] }] }, [{ a: 'z' }, { a: 2 }], [{ a: 'x' }, {}]],
    ['anything-but numbers', { a: [{ 'anything-but': [1, 2] }] }, [{ a: 'x' }, { a: 3 }], [{ a: 1 }, {}]],
    ['anything-but one', { a: [{ 'anything-but': 'x' }] }, [{ a: 'y' }], [{ a: 'x' }, {}]],
    ['prefix', { a: [{ prefix: 'us-' }] }, [{ a: 'us-east' }], [{ a: 'eu-us-' }, { a: 7 }, {}]],
    ['suffix', { a: [{ suffix: '.png' }] }, [{ a: 'x.png' }], [{ a: 'x.png.gz' }, { a: null }]],
    ['equals-ignore-case', { a: [{ 'equals-ignore-case': 'Zoë' }] }, [{ a: 'ZOË' }], [{ a: 'zoe' }, { a: 1 }]],
    ['numeric =', { a: [{ numeric: ['=', 100] }] }, [{ a: 100 }, { a: 1e2 }], [{ a: '100' }, { a: 99 }]],
    ['numeric <', { a: [{ numeric: ['<', 5] }] }, [{ a: 4.9 }], [{ a: 5 }]],
    ['numeric <=', { a: [{ numeric: ['<=', 5] }] }, [{ a: 5 }], [{ a: 5.1 }]],
    ['numeric >', { a: [{ numeric: ['>', -5] }] }, [{ a: -4 }], [{ a: -5 }, { a: null }]],
    ['numeric >=', { a: [{ numeric: ['>=', 5] }] }, [{ a: 5 }], [{ a: 4 }, {}]],
    ['numeric range', { a: [{ numeric: ['>', 0, '<=', 5] }] }, [{ a: 5 }, { a: 0.1 }], [{ a: 0 }, { a: 6 }]],
    ['exists', { a: [{ exists: true }] }, [{ a: null }, { a: '' }, { a: 0 }], [{}, { a: { b: 1 } }]],
    ['does not exist', { a: [{ exists: false }] }, [{}, { b: 1 }], [{ a: null }, { a: 1 }]],
    ['does not exist below what is not there', { a: { b: [{ exists: false }] } }, [{}, { a: 1 }], [{ a: { b: 1 } }]],
    ['an array by any of its elements', { a: ['x', 'y'] }, [{ a: ['z', 'y'] }], [{ a: ['z'] }, { a: [] }]],
    ['operators within an array', { a: [{ prefix: 'x' }] }, [{ a: [1, 'xy'] }], [{ a: ['yx'] }]],
    [
      'an array of objects, one of which matches as a whole',
      { a: { b: [1], c: [2] } },
      [{ a: [{ b: 0 }, { b: 1, c: 2 }] }, { a: [[{ b: 1, c: 2 }]] }],
      [{ a: [{ b: 1 }, { c: 2 }] }, { a: [] }, { a: [[{ b: 1 }], [{ c: 2 }]] }, { a: [[{ b: 1 }, { c: 2 }]] }],
    ],
    [
      'elements of two arrays, each on its own',
      { a: { x: [1] }, b: { y: [2] } },
      [{ a: [{ x: 0 }, { x: 1 }], b: [{ y: 2 }] }],
      [{ a: [{ x: 1 }], b: [{ y: 1 }] }],
    ],
    [
      'an absent field below an array',
      { b: { a: [{ exists: false }] } },
      [{ b: [] }, { b: [{}] }, { b: [{ e: 1 }] }, { b: 1 }],
      [{ b: [{ a: 'x' }, { e: 1 }] }, { b: [{ e: 1 }, { a: null }] }],
    ],
    [
      'an absent field in the element that a field before it has matched',
      { b: { e: [1], f: [{ exists: false }] } },
      [{ b: [{ e: 1 }, { f: 1 }] }, { b: [{ e: 1, f: 1 }, { e: 1 }] }],
      [{ b: [{ e: 1, f: 1 }] }, { b: [{ f: 1 }] }],
    ],
    [
      'an absent field in any element, where its name comes first',
      { b: { a: [{ exists: false }], e: [1] } },
      [{ b: [{ e: 1 }, { f: 1 }] }],
      [{ b: [{ a: 'x' }, { e: 1 }] }],
    ],
    [
      'the order of the names, whatever the order in which a pattern has them',
      { b: { f: [{ exists: false }], e: [1] }, a: [1] },
      [
        { a: 1, b: [{ e: 1 }, { f: 1 }] },
        { a: 1, b: [{ e: 1, f: 1 }, { e: 1 }] },
      ],
      [
        { a: 1, b: [{ e: 1, f: 1 }] },
        { a: 1, b: [{ f: 1 }] },
      ],
    ],
    [
      'an absent field and another field',
      { a: [{ exists: false }], b: ['x'] },
      [{ b: 'x' }],
      [{ b: 'y' }, {}, { a: 1, b: 'x' }],
    ],
    ['an absent field or a value', { a: [{ exists: false }, 1] }, [{}, { a: 1 }], [{ a: 2 }]],
    ['a name with dots as nested fields', { a: { b: [1] } }, [{ 'a.b': 1 }, { a: { b: 1 } }], [{ 'a.b': 2 }]],
    ['nested fields as a name with dots', { 'a.b': [1] }, [{ a: { b: 1 } }, { a: [{ b: 1 }] }], [{ b: 1 }]],
    [
      'an absent field, by a name with dots too',
      { a: { b: [{ exists: false }] } },
      [{ a: { c: 1 } }],
      [{ 'a.b': 1 }, { a: { b: 1 } }],
    ],
    [
      'the later rules of a field that stands both outside and inside of $or',
      { a: ['x'], $or: [{ a: ['y'] }, { b: [1] }] },
      [{ a: 'y' }, { a: 'x', b: 1 }],
      [{ a: 'x' }, { a: 'z', b: 1 }],
    ],
    [
      'the later rules of a field that stands inside of $or first',
      { $or: [{ a: ['y'] }, { b: [1] }], a: ['x'] },
      [{ a: 'x' }, { a: 'x', b: 1 }],
      [{ a: 'y' }, { b: 1 }],
    ],
    [
      '$or within $or',
      { $or: [{ a: [1], $or: [{ b: [1] }, { c: [1] }] }, { d: [1] }] },
      [{ a: 1, c: 1 }, { d: 1 }],
      [{ a: 1 }, { b: 1 }],
    ],
    ['fields named like operators outside of $or', { numeric: { prefix: [1] } }, [{ numeric: { prefix: 1 } }], [{}]],
    ['fields named like those of every object', { toString: [{ exists: true }] }, [{ toString: 1 }], [{}]],
  ];
  for (const [name, pattern, matching, others] of cases)
    it(`knows ${name}`, () => {
      for (const data of matching) expect(matches(data, pattern), JSON.stringify(data)).to.equal(true);
      for (const data of others) expect(matches(data, pattern), JSON.stringify(data)).to.equal(false);
    });

  it('does not try each element of an array with each of the others', () => {
    const of = (name: string, last: number) => Array.from({ length: 1_000 }, (_, index) => ({ [name]: index - last }));
    const pattern = {
      a: { x: [{ exists: true }] },
      b: { x: [{ exists: true }], y: [{ exists: false }] },
      c: { x: [1] },
    };
    expect(matches({ a: of('x', 0), b: of('x', 0), c: of('x', 999) }, pattern)).to.equal(false);
    expect(matches({ a: of('x', 0), b: of('x', 0), c: of('x', 998) }, pattern)).to.equal(true);
  });

  it('lets through what one of the patterns matches', () => {
    expect(matches({ b: 1 }, { a: [1] }, { b: [1] })).to.equal(true);
    expect(matches({ c: 1 }, { a: [1] }, { b: [1] })).to.equal(false);
  });

  it('matches no data that is not JSON in UTF-8', () => {
    const filter = compileFilters(['{"data":{"a":[{"exists":false}]}}']);
    for (const data of [Buffer.from('plain'), Buffer.from(''), Buffer.from([0x22, 0xff, 0x22]), Buffer.from('{"a":')])
      expect(filter(data)).to.equal(false);
    expect(filter(Buffer.from('{}'))).to.equal(true);
  });

  it('lets a leaf through by its value or by the opposite, never by both', () => {
    const leaf = fc.oneof(anyText(), fc.integer());
    fc.assert(
      fc.property(leaf, leaf, (value, other) => {
        expect(matches({ a: value }, { a: [other] })).to.equal(value === other);
        expect(matches({ a: value }, { a: [{ 'anything-but': [other] }] })).to.equal(value !== other);
        expect(matches({ a: [other, value] }, { a: [value] })).to.equal(true);
      }),
    );
  });

  it('never fails on what data may hold', () => {
    const filter = compileFilters([
      '{"data":{"a":{"b":["x",{"numeric":[">",0]}]},"$or":[{"c":[{"prefix":"p"}]},{"d":[null]}]}}',
    ]);
    fc.assert(fc.property(fc.json(), (text) => typeof filter(Buffer.from(text)) === 'boolean'));
    const levels = 20_000;
    const deep = `{"a":${'['.repeat(levels)}{"b":"x"}${']'.repeat(levels)},"d":null}`;
    expect(filter(Buffer.from(deep))).to.be.a('boolean');
  });

  const wrong: [pattern: string, message: RegExp][] = [
    ['no JSON', /filter 1: the pattern no JSON is not JSON/],
    ['[]', /expected an object with the field data/],
    ['{"partitionKey":["x"]}', /names partitionKey; of a Kinesis record only data can be filtered/],
    ['{"data":{}}', /data is empty; expected a field and its rules/],
    ['{"data":{"a":"x"}}', /data\.a is "x"; expected a list of rules, or an object/],
    ['{"data":{"a":[]}}', /data\.a is \[\]/],
    ['{"data":{"a":[["x"]]}}', /the rule \["x"\]; expected a value or an operator/],
    [
      '{"data":{"a":[{"like":"x"}]}}',
      /expected one of prefix, suffix, equals-ignore-case, exists, anything-but, numeric/,
    ],
    ['{"data":{"a":[{"prefix":1}]}}', /\{"prefix":1\}; expected a text/],
    ['{"data":{"a":[{"exists":"yes"}]}}', /expected true or false/],
    ['{"data":{"a":[{"anything-but":[]}]}}', /expected a text, a number, or a list of only texts or only numbers/],
    ['{"data":{"a":[{"anything-but":["x",1]}]}}', /a list of only texts or only numbers/],
    ['{"data":{"$or":{"a":[1]}}}', /expected a list of at least two objects/],
    ['{"data":{"$or":[{"prefix":[1]},{"b":[1]}]}}', /data\.prefix is the name of an operator; expected a field/],
    ['{"data":{"$or":[{"a":{"exists":[1]}},{"b":[1]}]}}', /data\.a\.exists is the name of an operator/],
    [
      `{"data":{${Array.from({ length: 10 }, (_, n) => `"f${n}":{"$or":[{"a":[1]},{"b":[1]}]}`)}}}`,
      /makes more than 1000 combinations/,
    ],
    ['{"data":{"a":[{"prefix":"x","suffix":"y"}]}}', /expected one of prefix, suffix/],
    ['{"data":{"a":[{"toString":"x"}]}}', /expected one of prefix, suffix/],
    ['{"data":{"a":[{"anything-but":[true]}]}}', /a list of only texts or only numbers/],
    ...[
      ...[
        '5',
        '[]',
        '["=","1"]',
        '["!=",1]',
        '[1,">"]',
        '[">",5,"<",1]',
        '[">",5,"<",5]',
        '[">",0,"<","5"]',
        '[">",0,"<"]',
      ],
      ...['["<",5,">",0]', '["=",1,"<",5]', '[">",0,">",1]', '[">",0,5,"<"]', '[">",0,"<",5,"<",4]'],
    ].map((operand): [string, RegExp] => [`{"data":{"a":[{"numeric":${operand}}]}}`, /expected a list such as/]),
    ['{"data":{"$or":[{"a":[1]}]}}', /expected a list of at least two objects/],
    ['{"data":{"$or":[{"a":[1]},["b"]]}}', /\$or holds \["b"\]; expected objects/],
    [`{"data":{"a":["${'x'.repeat(4_096)}"]}}`, /expected at most 4096/],
  ];
  for (const [pattern, message] of wrong)
    it(`refuses ${pattern.slice(0, 60)}`, () => {
      expect(() => compileFilters([pattern])).to.throw(TemplateError, message);
    });

  it('takes as much as Lambda takes: five patterns, 4,096 characters, 1,000 combinations', () => {
    const long = `{"data":{"a":["${'x'.repeat(4_096 - 19)}"]}}`;
    expect(long).to.have.length(4_096);
    const ten = (field: string) => `"${field}":{"$or":[${Array.from({ length: 10 }, (_, n) => `{"a":[${n}]}`)}]}`;
    const combined = `{"data":{${['e', 'f', 'g'].map(ten)}}}`;
    const filter = compileFilters([long, combined, '{"data":{"b":[1]}}', '{"data":{"c":[1]}}', '{"data":{"d":[1]}}']);
    for (const data of ['{"d":1}', '{"e":{"a":9},"f":{"a":0},"g":{"a":5}}'])
      expect(filter(Buffer.from(data)), data).to.equal(true);
    expect(filter(Buffer.from('{"e":{"a":9},"f":{"a":0},"g":{"a":10}}'))).to.equal(false);
  });

  it('matches changes of a table by their fields, and not by data', () => {
    const change = { eventName: 'MODIFY', dynamodb: { Keys: { Id: { S: '7' } }, NewImage: { Type: { S: 'tweet' } } } };
    const isLet = (pattern: object): boolean =>
      compileFilters([JSON.stringify(pattern)], 'DynamoDB')(Buffer.from(JSON.stringify(change)));
    expect(isLet({ eventName: ['INSERT', 'MODIFY'] })).to.equal(true);
    expect(isLet({ eventName: ['REMOVE'] })).to.equal(false);
    expect(isLet({ dynamodb: { NewImage: { Type: { S: ['tweet'] } } } })).to.equal(true);
    expect(isLet({ dynamodb: { OldImage: { Type: { S: [{ exists: false }] } } } })).to.equal(true);
    expect(isLet({ userIdentity: { type: [{ exists: false }] } })).to.equal(true);
    for (const field of ['eventID', 'eventVersion', 'eventSource', 'eventSourceARN', 'awsRegion'])
      expect(isLet({ [field]: [{ exists: false }] }), field).to.equal(true);
    expect(() => isLet({ data: { a: [1] } })).to.throw(TemplateError, 'of a DynamoDB record only dynamodb, eventName');
  });

  it('refuses more than five patterns, and names every problem at once', () => {
    const patterns = Array.from({ length: 6 }, () => '{}');
    expect(() => compileFilters(patterns)).to.throw(TemplateError, /has 6 filters.*filter 1: .*filter 6: /);
  });
});

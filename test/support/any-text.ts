import fc from 'fast-check';

const sign = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 0xff }) },
  { weight: 1, arbitrary: fc.integer({ min: 0x100, max: 0xd7ff }) },
  { weight: 1, arbitrary: fc.integer({ min: 0xe000, max: 0x10ffff }) },
);

/**
 * A text of any characters, control characters and those outside the basic plane too, but for halves of a surrogate pair. It is
 * `fc.string({ unit: 'binary' })`, which takes more than a second to prepare in each process.
 */
export const anyText = (lengths: { minLength?: number; maxLength?: number } = {}): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 9, arbitrary: fc.array(sign, lengths).map((signs) => String.fromCodePoint(...signs)) },
    { weight: 1, arbitrary: fc.string(lengths) },
  );

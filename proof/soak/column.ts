type Numbers = Float64Array | Int32Array | Uint32Array;

/** How many numbers it has room for at first. */
const FIRST = 1_024;

/** Numbers in a typed array that grows: the few bytes that each needs, and nothing around them, however many there are. */
export class Column<Kind extends Numbers> {
  readonly #make: (length: number) => Kind;
  #numbers: Kind;
  #length = 0;

  /** @param make makes an array of so many zeros */
  constructor(make: (length: number) => Kind) {
    this.#make = make;
    this.#numbers = make(FIRST);
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes that it takes. */
  get bytes(): number {
    return this.#numbers.byteLength;
  }

  at(index: number): number {
    return this.#numbers[index]!;
  }

  /** Replaces a number that is there. */
  set(index: number, number: number): void {
    this.#numbers[index] = number;
  }

  push(number: number): void {
    if (this.#length === this.#numbers.length) {
      const larger = this.#make(2 * this.#length);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#length] = number;
    this.#length += 1;
  }
}

/** What a check needs cannot be had on this machine. The message is one line that says what. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

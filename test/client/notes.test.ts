import { expect } from 'chai';
import { tellNotes } from '../../client/notes.ts';

describe('what a source notes', () => {
  let now: number;
  let lines: string[];
  const tell = () => tellNotes((line) => lines.push(line), { now: () => now });
  beforeEach(() => {
    now = 1_000;
    lines = [];
  });

  it('is told, but for what needs no line', () => {
    const { note, end } = tell();
    for (const kind of ['notice', 'repeat', 'retry', 'connected', 'problem'] as const) note({ kind, message: kind });
    end();
    expect(lines).to.deep.equal(['retry', 'connected', 'problem']);
  });

  it('is one line in ten seconds, with a count, where it may come for each message', () => {
    const { note, end } = tell();
    for (let i = 1; i <= 2_000; i += 1) {
      note({ kind: 'unusable', message: `message ${i}` });
      now += 10;
    }
    note({ kind: 'skipped', message: 'a line' });
    end();
    expect(lines).to.deep.equal([
      'message 1',
      'message 1001 (the last of 1,000 such since the line before)',
      'a line',
      'message 2000 (the last of 999 such since the line before)',
    ]);
  });
});

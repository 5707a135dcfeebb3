const isLetter = (character: string | undefined): boolean =>
  character !== undefined && /[\p{L}\p{M}\p{N}_\u200c]/u.test(character);

/** The vowel signs of Arabic and Hebrew, and the line that makes Arabic words longer: the same hashtag has them or not. */
const isLeftOut = (character: string): boolean => /[\u0640\u064b-\u0652\u0670]|[\u05b0-\u05bc]/.test(character);

/** Between the syllables of Tibetan. */
const TSHEG = '\u0f0b';

/** The hashtags of a text, found by walking through its characters. @param most so many of them at most */
export const hashtagsIn = (text: string, most: number): string[] => {
  const characters = [...text.normalize('NFC'), ' '].filter((character) => !isLeftOut(character));
  const found: string[] = [];
  let tag: string | undefined;
  for (const [index, character] of characters.entries()) {
    const isJoint = character === TSHEG && isLetter(characters[index + 1]);
    if (tag !== undefined && (isLetter(character) || isJoint)) tag += character;
    else {
      if (tag !== undefined && /\p{L}/u.test(tag)) found.push(`#${tag.toLowerCase().split('i\u0307').join('i')}`);
      const before = characters[index - 1];
      tag = '#＃'.includes(character) && !isLetter(before) && before !== '&' && before !== '/' ? '' : undefined;
    }
  }
  return [...new Set(found)].slice(0, most);
};

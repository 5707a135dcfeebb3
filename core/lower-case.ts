/** The text in small letters. That of the Turkish İ is i here: JavaScript makes two characters of it, which look like one. */
export const lowerCase = (text: string): string => text.toLowerCase().replaceAll('i\u0307', 'i');

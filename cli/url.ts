/** A URL for a message: whoever puts a user and a password into one has not meant them for a log. */
export const withoutUser = (url: string): string => url.replace(/\/\/.*@/, '//…@');

/**
 * Where nothing listens: a port below all that a server without a wish of its own gets. A port that was free a moment ago may be
 * that of another test.
 */
export const REFUSED = 'http://127.0.0.1:9';

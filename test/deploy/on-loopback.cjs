/**
 * Required before a server that listens on every interface: it listens on 127.0.0.1, on any free port. The one that was to have
 * port 0 writes its URL.
 */
const { Server } = require('node:net');

const { listen } = Server.prototype;
Server.prototype.listen = function (where, ...others) {
  const port = typeof where === 'object' ? where.port : where;
  this.once('listening', () => {
    if (port === 0) process.stdout.write(`http://127.0.0.1:${this.address().port}\n`);
  });
  const callbacks = others.filter((other) => typeof other === 'function');
  return listen.call(this, { port: 0, host: '127.0.0.1' }, ...callbacks);
};

import { expect } from 'chai';
import { problemOfListening } from '../../../local/emulators/ports.ts';

describe('why a server cannot listen', () => {
  const at = { address: '127.0.0.1', port: 80, message: 'listen E: 127.0.0.1:80' };

  it('is said with what to do, where it is the port or the address', () => {
    for (const [code, message] of [
      ['EADDRINUSE', 'port 80 of 127.0.0.1 is in use; choose another one, or 0 for any free port'],
      ['EACCES', 'port 80 of 127.0.0.1 is not for this user; choose one from 1024 on, or 0'],
      ['EADDRNOTAVAIL', 'this machine has no address mine; expected one of its own, such as 127.0.0.1'],
      ['ENOTFOUND', 'this machine has no address mine; expected one of its own, such as 127.0.0.1'],
    ])
      expect(problemOfListening({ ...at, code }, 'mine'), code).to.have.property('message', message);
    expect(problemOfListening({ ...at, code: 'EADDRNOTAVAIL' })!.message).to.contain('no address 127.0.0.1;');
    expect(problemOfListening({ ...at, code: 'EMFILE' }, 'mine')).to.equal(undefined);
  });
});

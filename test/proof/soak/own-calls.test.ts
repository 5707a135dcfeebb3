import { ListStreamsCommand } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { provisionServices } from '../../../local/services.ts';
import { localStack } from '../../../local/stack.ts';
import { startFaultProxy } from '../../../proof/fault-proxy.ts';
import { forOwnCalls } from '../../../proof/soak/own-calls.ts';
import { TestServices } from '../../support/emulators.ts';

describe('a call of a soak itself', () => {
  const emulators = new TestServices();
  before(() => emulators.start());
  after(() => emulators.stop());

  it('is made again after a broken connection, and says which it was where it fails for good', async () => {
    const services = await provisionServices(emulators.endpoints, localStack({}, 'own-calls'));
    let broken = 1;
    const proxy = await startFaultProxy(services.endpoints.kinesis, () =>
      broken-- > 0 ? { kind: 'reset', when: 'before' } : undefined,
    );
    const own = forOwnCalls({ ...services, endpoints: { ...services.endpoints, kinesis: proxy.endpoint } });
    try {
      const { StreamNames } = await own.kinesis.send(new ListStreamsCommand());
      expect(StreamNames).to.include(services.names.stream);
      broken = Number.POSITIVE_INFINITY;
      const failure = await own.kinesis.send(new ListStreamsCommand()).catch((error: Error) => error);
      expect(failure).to.have.property('message').that.equals('ListStreamsCommand of the soak failed: socket hang up');
    } finally {
      await proxy.close();
      await own.close();
    }
  });
});

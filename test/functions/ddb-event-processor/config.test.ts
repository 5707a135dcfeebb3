import { expect } from 'chai';
import { readConfig } from '../../../functions/ddb-event-processor/config.ts';
import { ConfigError } from '../../../functions/settings.ts';
import { PROCESSORS } from '../../../processors/index.ts';

const tables = { EVENT_DATA_TABLE: 'events', REJECTED_EVENTS_TABLE: 'rejected' };

describe('readConfig', () => {
  it('reads the tables, and takes INFO and the default processor where none is set', () => {
    expect(readConfig(tables)).to.deep.equal({
      eventDataTable: 'events',
      rejectedEventsTable: 'rejected',
      logLevel: 'INFO',
      processor: PROCESSORS.default,
    });
  });

  it('refuses a processor that is not there, with the list of those that are', () => {
    expect(() => readConfig({ ...tables, PROCESSOR: 'orders' })).to.throw(
      ConfigError,
      /PROCESSOR cannot be used: there is no processor "orders"; expected one of default/,
    );
  });

  it('reads the level', () => {
    expect(readConfig({ ...tables, LOG_LEVEL: 'ERROR' }).logLevel).to.equal('ERROR');
  });

  it('reads for how many days rows are kept, and keeps them where none are set', () => {
    for (const days of [30, 0.5])
      expect(readConfig({ ...tables, RETENTION_DAYS: `${days}` }).retentionDays).to.equal(days);
    for (const RETENTION_DAYS of ['0', ''])
      expect(readConfig({ ...tables, RETENTION_DAYS })).to.deep.equal(readConfig(tables));
  });

  for (const RETENTION_DAYS of ['-1', 'a week', '99999'])
    it(`refuses RETENTION_DAYS ${RETENTION_DAYS}`, () => {
      expect(() => readConfig({ ...tables, RETENTION_DAYS })).to.throw(
        ConfigError,
        `RETENTION_DAYS is "${RETENTION_DAYS}"; expected a number of days, or 0 to keep all rows`,
      );
    });

  it('reads the namespace of the metrics, and does without', () => {
    expect(readConfig({ ...tables, METRICS_NAMESPACE: 'my-stack' }).metricsNamespace).to.equal('my-stack');
    expect(readConfig({ ...tables, METRICS_NAMESPACE: '' })).to.not.have.property('metricsNamespace');
  });

  for (const METRICS_NAMESPACE of ['AWS/Lambda', 'two words', 'x'.repeat(256)])
    it(`refuses the namespace ${METRICS_NAMESPACE.slice(0, 10)}`, () => {
      expect(() => readConfig({ ...tables, METRICS_NAMESPACE })).to.throw(
        ConfigError,
        `METRICS_NAMESPACE is "${METRICS_NAMESPACE}"; expected up to 255 letters`,
      );
    });

  it('names every problem at once, with what was found and what was expected', () => {
    expect(() => readConfig({ EVENT_DATA_TABLE: '', LOG_LEVEL: 'verbose' })).to.throw(
      ConfigError,
      /EVENT_DATA_TABLE is not set.*REJECTED_EVENTS_TABLE is not set.*LOG_LEVEL is "verbose"; expected one of DEBUG, INFO, WARN, ERROR/,
    );
  });
});

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readMappingSettings } from '../../../local/template/mapping-settings.ts';
import { readTemplate } from '../../../local/template/template.ts';
import { ASSUMPTIONS } from '../../../ops/plan/assumptions.ts';
import { type Deployed, readDeployed } from '../../../ops/plan/deployed.ts';
import { estimate, type Workload } from '../../../ops/plan/estimate.ts';
import { type AlarmProperties, watchedBy } from '../../support/alarm.ts';
import { workload } from './workload.ts';

const FILE = new URL('../../../template.yaml', import.meta.url);
const TEXT = readFileSync(FILE, 'utf8');

const LOAD = { rollups: 1, groups: 1, windows: 1 };

describe('readDeployed', () => {
  it('finds in template.yaml what the pipeline on one machine finds there', () => {
    const template = readTemplate(FILE, { name: 's', region: 'us-east-1', accountId: '000000000000' });
    const resource = template.resource('DDBEventProcessor', 'AWS::Serverless::Function');
    const { batchSize, maximumBatchingWindowInSeconds, parallelizationFactor } = readMappingSettings(resource);
    const ofRollups = readMappingSettings(template.resource('EventRollups', 'AWS::Serverless::Function'));
    const { RetentionPeriodHours } = template.resource('EventStream', 'AWS::Kinesis::Stream').properties;
    const alarms = template.ofType('AWS::CloudWatch::Alarm').map(([name]) => name);
    const ofTheRollups = alarms.filter((name) => name.startsWith('Rollups'));
    // By a default of Parameters alone: the table has no property for it.
    const expected: Omit<Deployed, 'retentionDays' | 'metrics' | 'rollupsMetrics'> = {
      batchSize,
      maximumBatchingWindowInSeconds,
      parallelizationFactor,
      memorySize: Number(resource.properties.MemorySize),
      architecture: 'arm64',
      pointInTimeRecovery: true,
      retentionPeriodHours: Number(RetentionPeriodHours),
      typeIndex: false,
      rollups: true,
      rollupsBatchSize: ofRollups.batchSize,
      rollupsBatchingWindowInSeconds: ofRollups.maximumBatchingWindowInSeconds,
      // By metric: one alarm of each function compares two.
      alarms: alarms.length - ofTheRollups.length + 1,
      rollupsAlarms: ofTheRollups.length + 1,
      secrets: template.ofType('AWS::SecretsManager::Secret').length,
    };
    expect(readDeployed(TEXT)).to.include(expected);
  });

  it('counts what an index by Type adds to the alarms', () => {
    const withIndex = { name: 's', region: 'us-east-1', accountId: '000000000000', parameters: { TypeIndex: 'true' } };
    const alarms = readTemplate(FILE, withIndex).ofType('AWS::CloudWatch::Alarm');
    const watched = alarms.flatMap(([, { properties }]) => watchedBy(properties as unknown as AlarmProperties));
    const of = (typeIndex: boolean) => {
      const deployed = { ...readDeployed(TEXT), typeIndex };
      const { tableLines } = estimate(workload(1, 1, { rollups: LOAD }), deployed, ASSUMPTIONS);
      return tableLines.find(({ name }) => name === 'Alarms')?.dollars;
    };
    expect(of(true)).to.equal(watched.length / 10);
    expect(of(false)).to.equal((watched.length - 1) / 10);
    const byDefault = TEXT.replace(/(TypeIndex:\n.*\n.*Default: )"false"/, '$1"true"');
    expect(readDeployed(byDefault)).to.deep.equal({ ...readDeployed(TEXT), typeIndex: true });
  });

  it('counts what the rollups add to the alarms and to the metrics of the functions, as their parameter does', () => {
    const of = (others: Partial<Workload>) =>
      estimate(workload(1, 1, others), readDeployed(TEXT), ASSUMPTIONS)
        .tableLines.filter(({ name }) => /^(Alarms|Metrics)$/.test(name))
        .map(({ arithmetic }) => arithmetic.split(' ')[0]);
    expect(of({ rollups: LOAD })).to.deep.equal(['18', '10']);
    expect(of({})).to.deep.equal(['12', '6']);
  });

  it('follows a default that somebody changed', () => {
    const withDefault = (text: string, name: string, value: string) =>
      text.replace(new RegExp(`(\\n  ${name}:\\n(?: {4}.*\\n)*? {4}Default: ).*`), `$1${value}`);
    const changes: [parameter: string, value: string, found: Partial<Deployed>, before: Partial<Deployed>][] = [
      ['Architecture', 'x86_64', { architecture: 'x86_64' }, { architecture: 'arm64' }],
      ['MemorySize', '1024', { memorySize: 1_024 }, { memorySize: 512 }],
      ['PointInTimeRecovery', '"false"', { pointInTimeRecovery: false }, { pointInTimeRecovery: true }],
      ['RetentionDays', '30', { retentionDays: 30 }, { retentionDays: 0 }],
      ['ClientCredentials', 'SecretsManager', { secrets: 1 }, { secrets: 0 }],
      ['Rollups', '"false"', { rollups: false, alarms: 12, metrics: 6 }, { rollups: true, alarms: 12, metrics: 6 }],
    ];
    for (const [parameter, value, found, before] of changes) {
      expect(readDeployed(TEXT), parameter).to.include(before);
      expect(readDeployed(withDefault(TEXT, parameter, value)), parameter).to.include(found);
    }
  });

  it('names the parameter that is missing or is not a number', () => {
    expect(() => readDeployed(TEXT.replace('  BatchSize:', '  SizeOfBatches:'))).to.throw(/no parameter BatchSize/);
    expect(() => readDeployed(TEXT.replace('Default: 512', 'Default: much'))).to.throw(
      'the default of MemorySize in template.yaml is "much"; expected a number',
    );
  });
});

import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { expect } from 'chai';
import { type Output, readOutputs } from '../../aws/stack-outputs.ts';
import { queryOutputs, redriveOutputs, rollupsOutputs, watchOutputs } from '../../ops/outputs.ts';

describe('the outputs of a stack that an operator needs', () => {
  const ALL = {
    Region: 'eu-west-1',
    KinesisStream: 'the-stream',
    EventDataTable: 'rows',
    RejectedEventsTable: 'rejected',
    FailedBatches: 'bucket',
    RollupsTable: 'parts',
    DDBEventProcessor: 'events',
    EventRollups: 'rollups',
    AccessKeyId: 'AK',
    SecretAccessKey: 'hunter2',
  };
  const PARAMETERS = {
    Processor: 'metrics',
    RetentionDays: '30',
    RollupsRetentionDays: '90',
    RollupsBatchingWindowInSeconds: '5',
  };
  const outputOf = (
    outputs: Record<string, string> = ALL,
    parameters: Record<string, string> = PARAMETERS,
    StackStatus = 'CREATE_COMPLETE',
  ): Promise<Output> => {
    const Outputs = Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
    const Parameters = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    }));
    const stack = { StackName: 'mine', StackStatus, Outputs, Parameters };
    return readOutputs('mine', { send: async () => ({ Stacks: [stack] }) } as unknown as CloudFormationClient);
  };

  it('are for a redrive where to read and where to put back, and no keys of the client', async () => {
    expect(redriveOutputs(await outputOf())).to.deep.equal({
      stream: 'the-stream',
      region: 'eu-west-1',
      rejectedEventsTable: 'rejected',
      failedBatches: 'bucket',
    });
  });

  it('are how large a record may be, where the stack says so', async () => {
    expect(redriveOutputs(await outputOf({ ...ALL, MaxRecordSizeInKiB: '2048' })).maxRecordSizeInKiB).to.equal(2_048);
  });

  it('are for a query the table and its region', async () => {
    expect(queryOutputs(await outputOf())).to.deep.equal({ region: 'eu-west-1', eventDataTable: 'rows' });
  });

  it('are for the rollups their processor, and how long both tables keep what they hold', async () => {
    expect(rollupsOutputs(await outputOf())).to.deep.equal({
      region: 'eu-west-1',
      eventDataTable: 'rows',
      rollupsTable: 'parts',
      processor: 'metrics',
      retentionDays: 30,
      rollupsRetentionDays: 90,
      batchingWindowInSeconds: 5,
    });
  });

  it('are for the live page its tables and functions, those of the rollups only where there are any', async () => {
    const shared = {
      name: 'mine',
      region: 'eu-west-1',
      stream: 'the-stream',
      eventDataTable: 'rows',
      rejectedEventsTable: 'rejected',
      processor: 'metrics',
    };
    const functions = { events: 'events', rollups: 'rollups' };
    expect(watchOutputs(await outputOf())).to.deep.equal({ ...shared, rollupsTable: 'parts', functions });
    const { RollupsTable: _, EventRollups: __, ...without } = ALL;
    expect(watchOutputs(await outputOf(without))).to.deep.equal({ ...shared, functions: { events: 'events' } });
  });

  it('are named where the stack does not have them', async () => {
    const { FailedBatches: _, EventDataTable: __, RollupsTable: ___, ...older } = ALL;
    const output = await outputOf(older);
    expect(() => redriveOutputs(output)).to.throw(
      'the stack "mine" has no output FailedBatches; expected a stack deployed from this template',
    );
    expect(() => queryOutputs(output)).to.throw('has no output EventDataTable');
    const without = await outputOf({ ...older, EventDataTable: 'rows' });
    expect(() => rollupsOutputs(without)).to.throw(
      'the stack "mine" has no rollups; deploy it with the parameter Rollups=true',
    );
    const { RollupsRetentionDays: ____, ...parameters } = PARAMETERS;
    const ofOlder = await outputOf(ALL, parameters);
    expect(() => rollupsOutputs(ofOlder)).to.throw('has no parameter RollupsRetentionDays');
    const unfinished = await outputOf({}, {}, 'CREATE_IN_PROGRESS');
    expect(() => rollupsOutputs(unfinished)).to.throw('is CREATE_IN_PROGRESS and has no output Region');
  });
});

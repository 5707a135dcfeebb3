import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import * as sdk from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { CREDENTIALS } from '../support/emulators.ts';
import { CloudFormationAndS3 } from './cloudformation-and-s3.ts';
import { stackWith } from './stack.ts';

const BUCKET = 'demo-failed-batches';
const { Code } = stackWith().resource('FailedBatchesCleaner', 'AWS::Lambda::Function').properties as {
  Code: { ZipFile: string };
};

describe("the failed batches' cleaner, as it stands in template.yaml", () => {
  const services = new CloudFormationAndS3(BUCKET);
  let clients: sdk.S3Client[];

  before(() => services.start());
  after(() => services.stop());
  beforeEach(() => {
    services.reset();
    clients = [];
  });
  afterEach(() => {
    for (const client of clients) client.destroy();
  });

  /** The code as Lambda loads it: a CommonJS module next to the SDK, which has its settings from Lambda. */
  const load = () => {
    class S3Client extends sdk.S3Client {
      constructor() {
        super({ region: 'us-east-1', endpoint: services.endpoint, credentials: CREDENTIALS, maxAttempts: 1 });
        clients.push(this);
      }
    }
    const require = (name: string) =>
      name === '@aws-sdk/client-s3' ? { ...sdk, S3Client } : createRequire(import.meta.url)(name);
    const exports: { handler?: Handler } = {};
    compileFunction(Code.ZipFile, ['require', 'exports', 'console'])(require, exports, { error: () => {} });
    return exports.handler!;
  };

  const request = (RequestType: string, more: object = {}) => ({
    RequestType,
    ResponseURL: services.responseUrl,
    StackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/demo/1',
    RequestId: 'request',
    LogicalResourceId: 'FailedBatchesContents',
    ResourceProperties: { ServiceToken: 'arn', Bucket: BUCKET },
    ...more,
  });
  const handle = (event: object, remaining = 60_000) => load()(event, { getRemainingTimeInMillis: () => remaining });
  const onDelete = (remaining?: number) =>
    handle(request('Delete', { PhysicalResourceId: 'FailedBatchesContents' }), remaining);
  const SUCCESS = {
    Status: 'SUCCESS',
    StackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/demo/1',
    RequestId: 'request',
    LogicalResourceId: 'FailedBatchesContents',
    PhysicalResourceId: 'FailedBatchesContents',
  };
  const reasonOfFailure = (): string => {
    const [{ Reason, ...answer }] = services.answers as [{ Reason: string }];
    expect(services.answers).to.have.length(1);
    expect(answer).to.deep.equal({ ...SUCCESS, Status: 'FAILED' });
    return Reason;
  };

  for (const type of ['Create', 'Update'])
    it(`touches nothing on ${type}, and says so once`, async () => {
      services.put(3);
      await handle(request(type));
      expect(services.requests).to.deep.equal([]);
      expect(services.versions.size).to.equal(3);
      expect(services.answers).to.deep.equal([SUCCESS]);
    });

  it('deletes all objects, however many pages they fill, and then answers once', async () => {
    services.put(2_500);
    await onDelete();
    expect(services.requests).to.deep.equal([
      'list 1000',
      'delete 1000',
      'list 1000',
      'delete 1000',
      'list 500',
      'delete 500',
      'list 0',
    ]);
    expect(services.versions.size).to.equal(0);
    expect(services.answers).to.deep.equal([SUCCESS]);
  });

  it('deletes every version and every mark of a deletion where somebody made the bucket keep them', async () => {
    services.put(5, ['2', '1', 'marker']);
    await onDelete();
    expect(services.versions.size).to.equal(0);
    expect(services.answers).to.deep.equal([SUCCESS]);
  });

  it('keeps the name that CloudFormation knows it by', async () => {
    await handle(request('Delete', { PhysicalResourceId: 'what-a-failed-creation-left' }));
    expect(services.answers).to.deep.equal([{ ...SUCCESS, PhysicalResourceId: 'what-a-failed-creation-left' }]);
  });

  it('finds a bucket empty that somebody deleted', async () => {
    services.fail = { status: 404, code: 'NoSuchBucket' };
    await onDelete();
    expect(services.answers).to.deep.equal([SUCCESS]);
  });

  it('reports an error of S3 as the reason of its failure', async () => {
    services.put(3);
    services.fail = { status: 403, code: 'AccessDenied' };
    await onDelete();
    expect(reasonOfFailure()).to.match(/^The bucket demo-failed-batches is not empty yet: AccessDenied: /);
    expect(services.versions.size).to.equal(3);
  });

  it('deletes an object again with which S3 fails twice in a row, also the only one', async () => {
    services.put(3);
    services.undeletable = 'aws/lambda/0000001';
    services.failures = 3;
    await onDelete();
    const again = ['list 1', 'delete 1'];
    expect(services.requests).to.deep.equal(['list 3', 'delete 3', ...again, ...again, ...again, 'list 0']);
    expect(services.answers).to.deep.equal([SUCCESS]);
  });

  it('reports an object that S3 does not delete, and deletes the others', async () => {
    services.put(1_500);
    services.undeletable = 'aws/lambda/0000001';
    await onDelete();
    expect([...services.versions.keys()]).to.deep.equal(['aws/lambda/0000001 null']);
    expect(reasonOfFailure()).to.contain('aws/lambda/0000001 stays: Access Denied');
  });

  it('answers in time where S3 does not', async () => {
    services.hangs = true;
    await onDelete(10_050);
    expect(reasonOfFailure()).to.contain('out of time; delete the stack again');
  });

  it('keeps its answer within what CloudFormation takes', async () => {
    services.fail = { status: 500, code: 'X'.repeat(10_000) };
    await onDelete();
    expect(JSON.stringify(services.answers[0]).length).to.be.below(4_096);
    expect(reasonOfFailure()).to.have.length(1_000);
  });

  it('fails where its answer is not taken, so that Lambda calls it again', async () => {
    services.takesAnswers = false;
    const error = await handle(request('Create')).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.message).to.equal('CloudFormation did not take the answer: 503');
  });

  it('sends no content type, for which the URL is not signed', async () => {
    await handle(request('Create'));
    expect(services.contentTypes).to.deep.equal([undefined]);
  });
});

type Handler = (event: object, context: { getRemainingTimeInMillis: () => number }) => Promise<void>;

import { once } from 'node:events';
import { get, validateHeaderValue } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { expect } from 'chai';
import { REFUSED_KEYS } from '../../aws/explain.ts';
import { ProxyError } from '../../aws/proxy.ts';
import { explainStore, type Store } from '../../ops/explain-store.ts';
import { failedBatches } from '../../ops/redrive/failed-batches.ts';
import { failedBatchesBucket } from '../../ops/redrive/failed-batches-bucket.ts';
import { rejectedEvents } from '../../ops/redrive/rejected-events.ts';

describe('explainStore', () => {
  const table = { name: 'the table "t"', permissions: 'dynamodb:Scan', where: 'eu-west-1' };
  const cases: [name: string, message: string, line: string][] = [
    ['AccessDeniedException', '', 'these credentials may not use the table "t"; they need dynamodb:Scan'],
    [
      'AccessDeniedException',
      'User: arn:aws:iam::1:user/o is not authorized to perform: dynamodb:Scan on resource: arn:aws:dynamodb:eu-west-1:1:table/t with an explicit deny in a service control policy',
      'these credentials may not use the table "t"; they need dynamodb:Scan (AWS: explicit deny in a service control policy)',
    ],
    [
      'AccessDenied',
      'User: arn:aws:iam::1:user/o is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:1:key/k because no identity-based policy allows the kms:Decrypt action',
      'these credentials may not use the table "t"; they need kms:Decrypt on the key that encrypts it (AWS: no identity-based policy allows the kms:Decrypt action)',
    ],
    [
      'AccessDeniedException',
      'KMS key access denied error: com.amazonaws.services.kms.model.AWSKMSException: User: arn:aws:iam::1:user/o is not authorized to perform: kms:Decrypt on this resource because no identity-based policy allows the kms:Decrypt action',
      'these credentials may not use the table "t"; they need kms:Decrypt on the key that encrypts it (AWS: no identity-based policy allows the kms:Decrypt action)',
    ],
    [
      'AccessDeniedException',
      'KMS key access denied error: com.amazonaws.services.kms.model.AWSKMSException: no such key here, or not for you. (Service: AWSKMS; Status Code: 400)',
      'the key that encrypts the table "t" cannot be used (KMS key access denied error: no such key here, or not for you); enable it in KMS, or let these credentials use it: they need kms:Decrypt',
    ],
    [
      'ValidationException',
      'KMS key disabled error: com.amazonaws.services.kms.model.DisabledException: arn:aws:kms:eu-west-1:1:key/k is disabled. (Service: AWSKMS; Status Code: 400)',
      'the key that encrypts the table "t" cannot be used (KMS key disabled error: arn:aws:kms:eu-west-1:1:key/k is disabled); enable it in KMS, or let these credentials use it: they need kms:Decrypt',
    ],
    ['ValidationException', 'no KMS key error: here', 'ValidationException: no KMS key error: here'],
    [
      'ResourceNotFoundException',
      '',
      'there is no table "t" at eu-west-1; check its name and --region, or use --stack NAME',
    ],
    ['PermanentRedirect', '', 'the table "t" is in another region than eu-west-1; check --region'],
    ['ExpiredTokenException', '', 'the AWS session has expired; sign in again'],
    ...[...REFUSED_KEYS].map((name): (typeof cases)[number] => [
      name,
      'no such key',
      `AWS does not accept these credentials (${name}); sign in with the AWS CLI, or set AWS_PROFILE, and check that the account has enabled the region`,
    ]),
    [
      'InvalidSignatureException',
      'Signature expired: 20261121T115000Z is now earlier than 20261121T120000Z',
      'AWS refuses the time of the signature; set the clock of this machine, which may differ by five minutes at most',
    ],
    [
      'KMSDisabledException',
      '',
      'the key that encrypts the table "t" cannot be used (KMSDisabledException); enable it in KMS',
    ],
    [
      'Error',
      'connect ECONNREFUSED 127.0.0.1:1',
      'eu-west-1 cannot be reached (ECONNREFUSED); check the network, --region and --endpoint',
    ],
    [
      'Error',
      'self-signed certificate in certificate chain',
      'the certificate of eu-west-1 is not accepted (self-signed certificate in certificate chain); where a proxy opens TLS, name its certificate in NODE_EXTRA_CA_CERTS, in the environment and not in .env',
    ],
    [
      'ThrottlingException',
      'Rate exceeded',
      'eu-west-1 cannot serve the table "t" at the moment (ThrottlingException: Rate exceeded); try again later',
    ],
    ['InternalServerError', 'oh', 'InternalServerError: oh'],
  ];
  for (const [name, message, line] of cases)
    it(`says what to do about ${name} ${message.slice(-30)}`, () => {
      expect(explainStore(Object.assign(new Error(message), { name }), table)).to.equal(line);
    });

  for (const code of ['EACCES', 'EPERM', 'EROFS', 'ELOOP', 'ETIMEDOUT'])
    it(`says what a folder has to be where the file system answers ${code}`, () => {
      const folder = { name: 'the folder "f"', permissions: 'to read it', where: 'this machine' };
      const error = Object.assign(new Error(`${code}: what it says, unlink 'f/a'`), { code, path: 'f/a' });
      expect(explainStore(error, folder)).to.equal(
        `the folder "f" cannot be used (${code}); expected a folder that you may read and delete from`,
      );
    });

  it('names the option that the endpoint of the store has', () => {
    const { client, retry } = { client: { send: async () => ({}) } as never, retry: async () => ({}) as never };
    const where = 'http://127.0.0.1:1';
    const bucket = failedBatchesBucket({ client, bucket: 'b', where, retry });
    const stores: [store: Store, option: string][] = [
      [table, '--endpoint'],
      [rejectedEvents({ client, table: 't', where, readPayload: async () => undefined, retry }), '--dynamodb-endpoint'],
      [failedBatches(bucket), '--s3-endpoint'],
    ];
    for (const [store, option] of stores) {
      expect(explainStore(new Error('connect ECONNREFUSED'), store)).to.match(new RegExp(`\\s${option}(,|$)`));
      expect(explainStore(new Error('write EPROTO'), store)).to.include(`whether ${option} begins`);
    }
  });

  it('says so where what answers is another kind of server, or closes the connection', async () => {
    const told: string[] = [];
    for (const answer of ['SSH-2.0-OpenSSH_9.9\r\n', '']) {
      const server = createServer((socket) => socket.resume().end(answer));
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as AddressInfo;
      const request = get({ host: '127.0.0.1', port, agent: false });
      const [error] = (await once(request, 'error')) as [Error];
      request.socket?.destroy();
      told.push(explainStore(error, { ...table, where: 'http://127.0.0.1:1' }));
      server.close();
    }
    expect(told).to.deep.equal([
      'http://127.0.0.1:1 does not answer in HTTP; check --endpoint',
      'http://127.0.0.1:1 cannot be reached (ECONNRESET); check --endpoint, and whether npm run local is up',
    ]);
  });

  it('leaves a message for a person as it is, also where it is about a connection', () => {
    const message = 'the proxy p:3128 cannot be reached (ECONNRESET); check HTTPS_PROXY and NO_PROXY';
    expect(explainStore(new ProxyError(message, true), table)).to.equal(message);
  });

  it('says so where a key holds what no header can, and shows none of it', () => {
    let thrown: Error | undefined;
    try {
      validateHeaderValue('x-amz-security-token', 'hunter2\n');
    } catch (error) {
      thrown = error as Error;
    }
    expect(explainStore(thrown!, table)).to.equal(
      'the AWS keys or their session token hold a line end or another character that they cannot have; copy them again',
    );
  });

  it('shows nothing of the request that AWS repeats where a signature is wrong: the session token is in it', () => {
    const repeated = `The Canonical String for this request should have been\n'POST\n/\n\nx-amz-security-token:hunter2\n'`;
    const error = new Error(`The request signature does not match.\n\n${repeated}`);
    expect(explainStore(Object.assign(error, { name: 'InvalidSignatureException' }), table)).to.not.include('hunter2');
    expect(explainStore(Object.assign(error, { name: 'SomethingNew' }), table)).to.equal(
      'SomethingNew: The request signature does not match.',
    );
  });
});

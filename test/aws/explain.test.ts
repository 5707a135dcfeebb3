import { expect } from 'chai';
import { explain, explainStack, REFUSED_KEYS, reasonOf } from '../../aws/explain.ts';
import { OutOfPatienceError } from '../../client/producer/patience.ts';
import { EventTooLargeError } from '../../client/producer/producer.ts';
import { SourceError } from '../../client/sources/source.ts';

const target = { stream: 'events', region: 'eu-west-1' };
const named = (name: string, message = 'said AWS') => Object.assign(new Error(message), { name });

/** A connection that broke, by the name that the SDK gives it. */
const lost = (message: string, code: string): Error => Object.assign(named('TimeoutError', message), { code });

describe('explain', () => {
  const cases: [error: Error, line: string][] = [
    [
      named('ResourceNotFoundException'),
      'there is no stream "events" at Kinesis in eu-west-1; check --stream and --region, or use --stack NAME',
    ],
    [
      named('AccessDeniedException'),
      'these credentials may not put records on "events"; they need kinesis:PutRecord and kinesis:PutRecords',
    ],
    [
      named(
        'AccessDeniedException',
        'User: arn:aws:iam::1:user/c is not authorized to perform: kinesis:PutRecords on resource: arn:aws:kinesis:eu-west-1:1:stream/events because no permissions boundary allows the kinesis:PutRecords action',
      ),
      'these credentials may not put records on "events"; they need kinesis:PutRecord and kinesis:PutRecords (AWS: no permissions boundary allows the kinesis:PutRecords action)',
    ],
    ...[...REFUSED_KEYS].map((name): (typeof cases)[number] => [
      named(name),
      `AWS does not accept the access key (${name}); check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
    ]),
    [
      Object.assign(new TypeError('Invalid character in header content'), { code: 'ERR_INVALID_CHAR' }),
      'the AWS keys or their session token hold a line end or another character that they cannot have; copy them again',
    ],
    [named('ExpiredTokenException'), 'the AWS session has expired; sign in again, or use the keys of the client user'],
    [
      named(
        'CredentialsProviderError',
        'The SSO session associated with this profile has expired. To refresh this SSO session run aws sso login.',
      ),
      'no AWS credentials (The SSO session associated with this profile has expired. To refresh this SSO session run aws sso login); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in .env, or sign in with the AWS CLI',
    ],
    [
      named('CredentialsProviderError', 'Could not load credentials from any providers'),
      'no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in .env, or sign in with the AWS CLI',
    ],
    [
      new OutOfPatienceError('Error: write EPROTO 80:error:0A00010B:SSL routines:wrong version number:'),
      'Kinesis in eu-west-1 does not speak TLS as AWS does; check whether --endpoint begins with http: or https:',
    ],
    [new OutOfPatienceError('Error: odd\n'), 'Kinesis in eu-west-1 takes no events (odd); try again later'],
    [
      new OutOfPatienceError('ForeignAnswerError: http://127.0.0.1:80 answers (HTTP 502); check it'),
      'http://127.0.0.1:80 answers (HTTP 502); check it',
    ],
    [
      new OutOfPatienceError('TimeoutError: http://127.0.0.1:80 cannot be reached; check it'),
      'http://127.0.0.1:80 cannot be reached; check it',
    ],
    [
      new OutOfPatienceError('Error: Parse Error: Expected HTTP/', {
        cause: lost('Parse Error: Expected HTTP/', 'HPE_INVALID_CONSTANT'),
      }),
      'Kinesis in eu-west-1 does not answer in HTTP; check --endpoint',
    ],
    [
      lost('socket hang up', 'ECONNRESET'),
      'Kinesis in eu-west-1 cannot be reached (ECONNRESET); check the network, --region and --endpoint',
    ],
    [
      new OutOfPatienceError('TimeoutError: write EPIPE', { cause: lost('write EPIPE', 'EPIPE') }),
      'Kinesis in eu-west-1 cannot be reached (EPIPE); check the network, --region and --endpoint',
    ],
    [named('UnknownOperationException'), 'Kinesis in eu-west-1 answers, but it is not Kinesis; check --endpoint'],
    [
      new OutOfPatienceError('Error: self-signed certificate in certificate chain'),
      'the certificate of Kinesis in eu-west-1 is not accepted (self-signed certificate in certificate chain); where a proxy opens TLS, name its certificate in NODE_EXTRA_CA_CERTS, in the environment and not in .env',
    ],
    [
      new OutOfPatienceError('Error: connect ECONNREFUSED 127.0.0.1:1'),
      'Kinesis in eu-west-1 cannot be reached (ECONNREFUSED); check the network, --region and --endpoint',
    ],
    [
      new OutOfPatienceError('ProvisionedThroughputExceededException: Rate exceeded'),
      'Kinesis takes no more events (ProvisionedThroughputExceededException: Rate exceeded); try again later, or add shards',
    ],
    [new OutOfPatienceError('no answer'), 'Kinesis takes no more events (no answer); try again later, or add shards'],
    [
      named('InvalidSignatureException', 'Signature expired: 20261121T115000Z is now earlier than 20261121T120000Z'),
      'AWS refuses the time of the signature; set the clock of this machine, which may differ by five minutes at most',
    ],
    [
      named('KMSAccessDeniedException'),
      'these credentials may not use the key that encrypts "events"; they need kms:GenerateDataKey on it',
    ],
    [
      named('KMSDisabledException'),
      'the key that encrypts "events" cannot be used (KMSDisabledException); enable it in KMS, or encrypt with another',
    ],
    [
      new SourceError('X could not be reached (getaddrinfo ENOTFOUND api.x.com); check the network'),
      'X could not be reached (getaddrinfo ENOTFOUND api.x.com); check the network',
    ],
    [new EventTooLargeError('an event of 2 MB'), 'an event of 2 MB'],
    [named('SomethingNew', 'what now'), 'SomethingNew: what now'],
  ];
  for (const [error, line] of cases)
    it(`says what to do about ${error.name}: ${error.message}`, () => {
      expect(explain(error, target)).to.equal(line);
    });

  it('quotes nothing of a damaged file of credentials', () => {
    const message = `Failed to load token from login.json: SyntaxError: Unexpected token 'h', ..."eyId":hunter2"}}" is not valid JSON`;
    expect(explain(named('CredentialsProviderError', message), target)).to.equal(
      'no AWS credentials (Failed to load token from login.json: what was found is not JSON); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in .env, or sign in with the AWS CLI',
    );
  });

  it('says of a silence that it may be that of what gives the credentials, unless the keys are known', () => {
    const silent = named('NoAnswerError');
    expect(explain(silent, target)).to.equal(
      'Kinesis in eu-west-1 does not answer, or what gives the AWS credentials does not; see whether that waits for you, check the network and --endpoint, or try again later',
    );
    expect(explain(silent, { ...target, credentials: {} })).to.equal(
      'Kinesis in eu-west-1 takes requests but does not answer; check the network and --endpoint, or try again later',
    );
  });

  it('names the endpoint where there is one', () => {
    expect(explain(named('UnknownOperationException'), { ...target, endpoint: 'http://127.0.0.1:80' })).to.equal(
      'http://127.0.0.1:80 answers, but it is not Kinesis; check --endpoint',
    );
  });
});

describe('reasonOf', () => {
  it('is what Kinesis said last, of a producer that gave up', () => {
    const error = new OutOfPatienceError('ProvisionedThroughputExceededException: Rate exceeded');
    expect(reasonOf(error)).to.equal('ProvisionedThroughputExceededException');
  });

  it('is the code of a lost connection, and the name of any other error', () => {
    expect(reasonOf(new OutOfPatienceError('Error: connect ECONNREFUSED 127.0.0.1:1'))).to.equal('ECONNREFUSED');
    const cause = Object.assign(new Error('no'), { code: 'ETIMEDOUT' });
    for (const error of [cause, new OutOfPatienceError('Error: no', { cause })])
      expect(reasonOf(error)).to.equal('ETIMEDOUT');
    expect(reasonOf(named('AccessDeniedException'))).to.equal('AccessDeniedException');
  });
});

describe('explainStack', () => {
  it('says that there is no such stack', () => {
    const error = named('ValidationError', 'Stack with id mine does not exist');
    expect(explainStack(error, 'mine', 'eu-west-1')).to.equal(
      'there is no stack "mine" in eu-west-1; check --stack and --region',
    );
  });

  it('says which permissions are missing', () => {
    expect(explainStack(named('AccessDenied'), 'mine', undefined)).to.contain('cloudformation:DescribeStacks');
  });

  it('says that the region is missing', () => {
    expect(explainStack(new Error('Region is missing'), 'mine', undefined)).to.equal(
      'no region; give --region NAME or AWS_REGION',
    );
  });

  it('does not advise to use the stack that cannot be read for want of credentials', () => {
    const none = named('CredentialsProviderError', 'Could not load credentials from any providers');
    expect(explainStack(none, 'mine', 'eu-west-1')).to.equal(
      'no AWS credentials; sign in with the AWS CLI, or set AWS_PROFILE',
    );
  });

  it('says what any other call of AWS would meet, of AWS where no region is known', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const unreached = (where: string) =>
      `${where} cannot be reached (ECONNREFUSED); check the network, --region and --endpoint`;
    expect(explainStack(refused, 'mine', 'eu-west-1')).to.equal(unreached('AWS in eu-west-1'));
    expect(explainStack(refused, 'mine', undefined)).to.equal(unreached('AWS'));
  });

  it('says that AWS throttles, or fails itself', () => {
    for (const error of [named('Throttling'), Object.assign(named('InternalFailure'), { $fault: 'server' })])
      expect(explainStack(error, 'mine', 'eu-west-1')).to.equal(
        `AWS in eu-west-1 cannot serve the stack "mine" at the moment (${error.name}: said AWS); try again later`,
      );
  });

  it('adds nothing to what the stack itself lacks', () => {
    expect(explainStack(named('StackError', 'the stack "mine" has no rollups'), 'mine', 'eu-west-1')).to.equal(
      'the stack "mine" has no rollups',
    );
  });
});

/** What one unit of something costs. */
export interface Price {
  dollars: number;
  /** How many units these dollars buy. */
  per: number;
  /** How the unit is written behind the dollars, such as `/M WU`. */
  unit: string;
  /** Where the price was found. AWS's own pages name most prices only to a browser that runs their scripts. */
  source: string;
}

/** When the prices were last looked up, one by one. */
export const PRICES_AS_OF = '2026-11-21';

/** Where they hold. Other regions are dearer, most of them by up to a third. */
export const PRICES_REGION = 'us-east-1';

const million = 1_000_000;

// Pages of AWS and of X are primary sources. All others are secondary: somebody copied AWS's price list.
const trek10 =
  'https://www.trek10.com/blog/amazon-kinesis-data-streams-on-demand-vs.-provisioned-billing-mode-cost-comparison';
const airbyte = 'https://airbyte.com/data-engineering-resources/dynamodb-pricing';
const cloudchipr = 'https://cloudchipr.com/blog/aws-lambda-pricing';
const zeonedge = 'https://zeonedge.com/en/blog/dynamodb-cost-optimization-on-demand-provisioned-dax-single-table';
const signoz = 'https://signoz.io/guides/cloudwatch-pricing';
const factualMinds = 'https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/';
const hivebook = 'https://hivebook.wiki/wiki/aws-secrets-manager-rotated-secrets-dynamic-db-credentials-kms';

/** Every price that the plan knows. A GB has 1,024³ bytes, and a month 30 days. Taxes and free tiers are left out. */
export const PRICES = {
  /** https://aws.amazon.com/kinesis/data-streams/pricing/ */
  shardHour: { dollars: 0.015, per: 1, unit: '/shard-hour', source: trek10 },
  putPayloadUnits: { dollars: 0.014, per: million, unit: '/M units', source: trek10 },
  streamHour: { dollars: 0.04, per: 1, unit: '/stream-hour', source: trek10 },
  streamGbIn: { dollars: 0.08, per: 1, unit: '/GB', source: trek10 },
  streamGbOut: { dollars: 0.04, per: 1, unit: '/GB', source: trek10 },

  /** https://aws.amazon.com/lambda/pricing/. From 7.5 billion GB-seconds a month on AWS takes 10 % off, which is left out. */
  lambdaRequests: { dollars: 0.2, per: million, unit: '/M calls', source: cloudchipr },
  lambdaArm64: { dollars: 0.0000133334, per: 1, unit: '/GB-s', source: cloudchipr },
  lambdaX86: { dollars: 0.0000166667, per: 1, unit: '/GB-s', source: cloudchipr },

  /** https://aws.amazon.com/dynamodb/pricing/ */
  writeUnits: { dollars: 0.625, per: million, unit: '/M WU', source: airbyte },
  /** A fifth of a write; general knowledge, no source that names it was found. */
  readUnits: { dollars: 0.125, per: million, unit: '/M RU', source: 'https://aws.amazon.com/dynamodb/pricing/' },
  provisionedWriteUnitHour: { dollars: 0.00065, per: 1, unit: '/WCU-hour', source: zeonedge },
  tableGbMonth: { dollars: 0.25, per: 1, unit: '/GB-month', source: zeonedge },
  /** General knowledge; no source that names it was found. */
  recoveryGbMonth: { dollars: 0.2, per: 1, unit: '/GB-month', source: 'https://aws.amazon.com/dynamodb/pricing/' },

  /** https://aws.amazon.com/cloudwatch/pricing/ */
  logGb: { dollars: 0.5, per: 1, unit: '/GB', source: factualMinds },
  alarmMonth: { dollars: 0.1, per: 1, unit: '/month', source: signoz },
  metricMonth: { dollars: 0.3, per: 1, unit: '/month', source: signoz },

  /** https://aws.amazon.com/secrets-manager/pricing/ */
  secretMonth: { dollars: 0.4, per: 1, unit: '/month', source: hivebook },

  /** What X charges for a post that is read, and for a user that comes with one, where X is the source. */
  xPost: { dollars: 0.005, per: 1, unit: '/post', source: 'https://docs.x.com/x-api/getting-started/pricing' },
  xUser: { dollars: 0.01, per: 1, unit: '/user', source: 'https://docs.x.com/x-api/getting-started/pricing' },
} as const satisfies Record<string, Price>;

import { z } from 'zod';

/** Who is told what: one SNS subscription with a filter policy over the message attributes of a warning. */
const subscription = z.strictObject({
  /** Unique in its environment; part of the construct's id. */
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  severities: z.array(z.enum(['approaching', 'warning', 'critical'])).min(1),
  /** Attribute → values that are let through; all attributes must match. Absent: everything of these severities. */
  filter: z
    .partialRecord(z.enum(['severity', 'state', 'kpi', 'channel', 'rule']), z.array(z.string()).min(1))
    .optional(),
  to: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('email'), address: z.email() }),
    z.strictObject({ kind: z.literal('https'), url: z.url({ protocol: /^https$/ }) }),
    /** A queue of the environment's own, for programs. */
    z.strictObject({ kind: z.literal('queue') }),
    /** Group robots (Slack, DingTalk, WeCom, Feishu); their addresses stand in a secret, never here. */
    z.strictObject({ kind: z.literal('robots') }),
  ]),
});

const functionSize = z.strictObject({
  memoryMb: z.int().min(512).max(10_240),
  diskMb: z.int().min(512).max(10_240),
  timeoutMinutes: z.int().min(1).max(15),
});

/** A domain of one's own; its certificate lies in IAM, as CloudFront in China asks for it. */
const reportSite = z.strictObject({ domain: z.hostname(), iamCertificateId: z.string() });

/** How readers of the report prove who they are. Without `reportAccess` there is no report on the web at all. */
const reportAccess = z.discriminatedUnion('kind', [
  /** Sign-in page by Cognito, which hands out CloudFront's signed cookies. */
  z.strictObject({
    kind: z.literal('cognito'),
    signInPrefix: z.string(),
    publicKey: z.string(),
    site: reportSite.optional(),
  }),
  /** Signed cookies only, handed out by the company's own portal; for partitions without Cognito. */
  z.strictObject({ kind: z.literal('signed-cookies'), publicKey: z.string(), site: reportSite.optional() }),
]);

export const environmentSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9]{0,9}$/),
  /** Absent: whatever account and region the deploying credentials name. */
  account: z.string().optional(),
  region: z.string().optional(),
  architecture: z.enum(['arm64', 'x86_64']),
  /** What `cdk destroy` does with buckets and keys, and whether storage is guarded against it. */
  onDestroy: z.enum(['keep', 'delete']),
  language: z.enum(['zh', 'en']),
  /** ISO 4217 code into which money KPIs are converted. */
  reportingCurrency: z.string().regex(/^[A-Z]{3}$/),
  retention: z.strictObject({
    landingDays: z.int().positive(),
    rawToColdStorageDays: z.int().positive(),
    /** Absent: raw exports are kept until somebody is erased. */
    rawDays: z.int().positive().optional(),
    quarantineDays: z.int().positive(),
    oldVersionsDays: z.int().positive(),
    queryResultsDays: z.int().positive(),
    logDays: z.union([z.literal(7), z.literal(30), z.literal(90), z.literal(365)]),
  }),
  ingest: functionSize.extend({ filesAtOnce: z.int().min(1).max(40), backfillFilesAtOnce: z.int().min(1).max(1000) }),
  build: functionSize,
  /** Keeps builds and evaluations to one at a time; needs an account whose Lambda quota leaves room for it. */
  reserveConcurrency: z.boolean(),
  /** A run without new files: late verdicts, and the heartbeat. EventBridge Scheduler's syntax. */
  schedule: z.string(),
  scheduleTimeZone: z.string(),
  /** Who builds: DuckDB inside the function, Athena, or whichever fits what is staged. */
  engine: z.enum(['duckdb', 'athena', 'auto']),
  athena: z.strictObject({
    /** What one query of a person may scan, and what one statement of a build may. */
    bytesScannedPerQuery: z.int().min(10_000_000),
    bytesScannedPerBuildStatement: z.int().min(10_000_000),
    /** Staged bytes from which on the engine `auto` is Athena. */
    buildsFromStagedBytes: z.int().positive(),
    /** A statement that runs longer is cancelled; less than the function has. */
    statementMinutes: z.int().min(1).max(14),
    usdPerTerabyte: z.number().positive(),
  }),
  subscriptions: z.array(subscription),
  reportAccess: reportAccess.optional(),
  operators: z.array(z.email()),
  /** In the currency that the account is billed in: CNY in China, USD elsewhere. */
  budgetPerMonth: z.strictObject({ amount: z.number().positive(), currency: z.enum(['USD', 'CNY']) }),
});

export type Environment = z.infer<typeof environmentSchema>;
export type Subscription = z.infer<typeof subscription>;
export type ReportAccess = z.infer<typeof reportAccess>;

const dev: Environment = {
  name: 'dev',
  architecture: 'arm64',
  onDestroy: 'delete',
  language: 'zh',
  reportingCurrency: 'CNY',
  retention: {
    landingDays: 7,
    rawToColdStorageDays: 30,
    quarantineDays: 30,
    oldVersionsDays: 7,
    queryResultsDays: 3,
    logDays: 30,
  },
  ingest: { memoryMb: 1769, diskMb: 2048, timeoutMinutes: 15, filesAtOnce: 10, backfillFilesAtOnce: 50 },
  build: { memoryMb: 3538, diskMb: 10_240, timeoutMinutes: 15 },
  reserveConcurrency: true,
  schedule: 'rate(6 hours)',
  scheduleTimeZone: 'Asia/Shanghai',
  engine: 'auto',
  athena: {
    bytesScannedPerQuery: 10_000_000_000,
    bytesScannedPerBuildStatement: 100_000_000_000,
    buildsFromStagedBytes: 2_000_000_000,
    statementMinutes: 10,
    usdPerTerabyte: 5,
  },
  subscriptions: [{ name: 'programs', severities: ['approaching', 'warning', 'critical'], to: { kind: 'queue' } }],
  operators: [],
  budgetPerMonth: { amount: 50, currency: 'USD' },
};

/** Every place that the product is deployed to. A new one is a new entry; no stack knows a name. */
export const environments: readonly Environment[] = [
  dev,
  {
    ...dev,
    name: 'prod',
    onDestroy: 'keep',
    retention: { ...dev.retention, landingDays: 30, quarantineDays: 180, oldVersionsDays: 30, logDays: 365 },
    ingest: { ...dev.ingest, backfillFilesAtOnce: 200 },
    schedule: 'rate(1 hour)',
    athena: {
      ...dev.athena,
      bytesScannedPerQuery: 200_000_000_000,
      bytesScannedPerBuildStatement: 2_000_000_000_000,
    },
    subscriptions: [
      ...dev.subscriptions,
      { name: 'robots', severities: ['warning', 'critical'], to: { kind: 'robots' } },
    ],
    budgetPerMonth: { amount: 300, currency: 'USD' },
  },
  /** What the tests deploy into an emulator on their own machine. */
  {
    ...dev,
    name: 'emulator',
    architecture: 'x86_64',
    ingest: { ...dev.ingest, filesAtOnce: 2 },
    subscriptions: [
      ...dev.subscriptions,
      {
        name: 'sales-desk',
        severities: ['warning', 'critical'],
        filter: { state: ['breached', 'recovered'] },
        to: { kind: 'queue' },
      },
      { name: 'robots', severities: ['critical'], to: { kind: 'robots' } },
    ],
  },
];

/** @throws Error that names the known environments, or the faulty field. */
export function findEnvironment(name: string, known: readonly Environment[] = environments): Environment {
  const found = known.find((environment) => environment.name === name);
  if (found) return checkRegion(environmentSchema.parse(found));
  const names = known.map((environment) => environment.name).join(', ');
  throw new Error(`There is no environment "${name}" in infra/environments.ts. Choose one of: ${names}.`);
}

/** AWS China is a partition of its own, with fewer services. */
export function isInChina({ region }: Pick<Environment, 'region'>): boolean {
  return region?.startsWith('cn-') ?? false;
}

function checkRegion(environment: Environment): Environment {
  const { name, reportAccess: access } = environment;
  if (!isInChina(environment) || access === undefined) return environment;
  if (access.kind === 'cognito' || access.site === undefined) {
    throw new Error(
      `Environment "${name}" lies in China, which has no Cognito sign-in and no CloudFront domain: give reportAccess the kind "signed-cookies" and a site of your own.`,
    );
  }
  return environment;
}

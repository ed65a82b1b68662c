import { z } from 'zod';

const price = z.strictObject({
  usd: z.number().positive(),
  per: z.number().positive(),
  /** Month in which the source said so. */
  as_of: z.string().regex(/^\d{4}-\d{2}$/),
  source: z.string().startsWith('https://'),
});

const priceNames = [
  'lambda_gb_second',
  'lambda_request',
  'lambda_disk_gb_second',
  's3_write',
  's3_read',
  's3_gb_month',
  's3_cold_gb_month',
  'step_transition',
  'event',
  'queue_request',
  'publish',
  'kms_request',
  'kms_key_month',
  'secret_month',
  'alarm_month',
  'dashboard_month',
  'log_gb',
  'athena_tb_scanned',
  'cloudfront_gb',
  'cloudfront_request',
] as const;

export type PriceName = (typeof priceNames)[number];
export const priceList = z.strictObject({ prices: z.record(z.enum(priceNames), price) });
export type Prices = z.infer<typeof priceList>['prices'];

/** What one call of a step costs: a part that is always there, and one that grows with the rows of the export. */
const step = z.strictObject({
  seconds: z.number().nonnegative(),
  seconds_per_million_rows: z.number().nonnegative(),
  s3_reads: z.number().nonnegative(),
  s3_writes: z.number().nonnegative(),
  memory_gb: z.number().positive(),
  disk_gb: z.number().nonnegative(),
});

export const assumptions = z.strictObject({
  measured: z.strictObject({
    /** Command, machine and day. */
    by: z.string().min(20),
    ingest: step,
    build: step,
    evaluate: step,
    deliver: step,
    refresh: step,
    full_build_seconds_per_million_lines: z.number().positive(),
    raw_bytes_per_row: z.number().positive(),
    staged_bytes_per_row: z.number().positive(),
    mart_bytes_per_line: z.number().positive(),
    report_megabytes: z.number().positive(),
  }),
  assumed: z.strictObject({
    /** How much longer Lambda takes than the machine of the measurement. */
    lambda_slowdown: z.number().positive(),
    days_per_month: z.number().positive(),
    /** Rows of other exports (refunds, traffic, reviews) for each order line. */
    rows_per_line: z.number().positive(),
    years_kept: z.number().positive(),
    raw_days_in_standard_storage: z.number().positive(),
    exports_per_run: z.number().min(1),
    scheduled_runs_per_day: z.number().nonnegative(),
    transitions_per_run: z.number().positive(),
    transitions_per_export: z.number().positive(),
    queue_requests_per_export: z.number().positive(),
    /** Bucket keys spare the others. */
    kms_requests_per_s3_request: z.number().positive(),
    log_kilobytes_per_call: z.number().positive(),
    warnings_per_day: z.number().nonnegative(),
    page_views_per_day: z.number().nonnegative(),
    /** Share of the report's data that a view fetches; the rest is in the browser's cache. */
    report_share_per_view: z.number().positive(),
    requests_per_view: z.number().positive(),
    queries_per_day: z.number().nonnegative(),
    /** Share of the marts that a query reads: a few columns of some months. */
    mart_share_per_query: z.number().positive(),
    athena_builds_per_day: z.number().positive(),
    /** How often a build reads each byte of the months that it touches. */
    athena_reads_per_staged_byte: z.number().positive(),
    months_touched_per_build: z.number().positive(),
    fixed: z.strictObject({ keys: z.number(), secrets: z.number(), alarms: z.number(), dashboards: z.number() }),
  }),
  limits: z.strictObject({
    lambda_seconds: z.number().positive(),
    lambda_disk_gb: z.number().positive(),
    /** Share of the disk for copies of staged files. */
    disk_share: z.number().positive(),
  }),
  workloads: z
    .array(z.strictObject({ lines_per_year: z.number().positive(), exports_per_day: z.number().positive() }))
    .min(1),
});

export type Assumptions = z.infer<typeof assumptions>;
export type Workload = Assumptions['workloads'][number];
export type Step = z.infer<typeof step>;

export interface Handover {
  /** Lines in the lake beyond which a full build no longer fits into one function. */
  readonly lines: number;
  readonly because: 'time' | 'disk';
}

/** Up to how many lines one function can build everything anew: within its time, and with the staged files on its disk. */
export function handover({ measured, assumed, limits }: Assumptions): Handover {
  const perMillion = measured.full_build_seconds_per_million_lines * assumed.lambda_slowdown;
  const byTime = (limits.lambda_seconds / perMillion) * 1e6;
  const byDisk =
    (limits.lambda_disk_gb * 1e9 * limits.disk_share) / (measured.staged_bytes_per_row * assumed.rows_per_line);
  return byTime <= byDisk ? { lines: byTime, because: 'time' } : { lines: byDisk, because: 'disk' };
}

/** Rows of the largest export that one function reads within its time. */
export function largestExport({ measured: { ingest }, assumed, limits }: Assumptions): number {
  return ((limits.lambda_seconds / assumed.lambda_slowdown - ingest.seconds) / ingest.seconds_per_million_rows) * 1e6;
}

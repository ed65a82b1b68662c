import { type Assumptions, handover, type PriceName, type Prices, type Step, type Workload } from './cost-model.ts';

export interface CostLine {
  readonly item: string;
  readonly price: PriceName;
  /** In the price's own unit, a month. */
  readonly quantity: number;
  readonly usd: number;
}

export interface MonthlyCost {
  readonly engine: 'lambda' | 'athena';
  readonly rowsPerExport: number;
  readonly lambdaSeconds: number;
  readonly lines: readonly CostLine[];
  readonly usd: number;
}

/** What a workload costs a month, item by item. Everything that it rests on is an argument. */
export function monthlyCost(workload: Workload, given: Assumptions, prices: Prices): MonthlyCost {
  const volumes = volumesOf(workload, given);
  const quantities = [
    ...functionQuantities(volumes, given),
    ...storageQuantities(workload, given),
    ...eventQuantities(volumes, given),
    ...queryQuantities(workload, volumes, given),
    ...fixedQuantities(given),
  ];
  const lines = quantities.map(([item, price, quantity]) => {
    const { usd, per } = prices[price];
    return { item, price, quantity, usd: (quantity / per) * usd };
  });
  const { engine, rowsPerExport, calls } = volumes;
  const lambdaSeconds = calls.reduce((sum, { count, seconds }) => sum + count * seconds, 0);
  return { engine, rowsPerExport, lambdaSeconds, lines, usd: lines.reduce((sum, line) => sum + line.usd, 0) };
}

type Quantity = readonly [item: string, price: PriceName, quantity: number];

interface Call {
  readonly step: Step;
  readonly count: number;
  readonly seconds: number;
}

interface Volumes {
  readonly engine: MonthlyCost['engine'];
  readonly exports: number;
  readonly runs: number;
  readonly rowsPerExport: number;
  readonly calls: readonly Call[];
}

function volumesOf({ lines_per_year, exports_per_day }: Workload, given: Assumptions): Volumes {
  const { assumed, measured } = given;
  const exports = exports_per_day * assumed.days_per_month;
  const filled = exports / assumed.exports_per_run;
  const runs = filled + assumed.scheduled_runs_per_day * assumed.days_per_month;
  const rowsPerExport = (lines_per_year * assumed.rows_per_line) / 365 / exports_per_day;
  const engine = lines_per_year * assumed.years_kept > handover(given).lines ? 'athena' : 'lambda';
  const call = (step: Step, count: number, rows: number): Call => ({
    step,
    count,
    seconds: (step.seconds + (step.seconds_per_million_rows * rows) / 1e6) * assumed.lambda_slowdown,
  });
  // Where Athena builds, the function waits for it, and needs neither rows nor time for them.
  const rowsPerBuild = engine === 'lambda' ? (rowsPerExport * exports) / runs : 0;
  const calls = [
    call(measured.ingest, exports, rowsPerExport),
    call(measured.build, runs, rowsPerBuild),
    call(measured.evaluate, runs, 0),
    call(measured.deliver, runs, 0),
    call(measured.refresh, runs, 0),
  ];
  return { engine, exports, runs, rowsPerExport, calls };
}

function functionQuantities({ calls }: Volumes, { assumed }: Assumptions): Quantity[] {
  const sum = (of: (call: Call) => number) => calls.reduce((total, call) => total + of(call), 0);
  const reads = sum(({ count, step }) => count * step.s3_reads);
  const writes = sum(({ count, step }) => count * step.s3_writes);
  const count = sum((call) => call.count);
  return [
    ['Lambda compute', 'lambda_gb_second', sum(({ count, seconds, step }) => count * seconds * step.memory_gb)],
    ['Lambda disk', 'lambda_disk_gb_second', sum(({ count, seconds, step }) => count * seconds * step.disk_gb)],
    ['Lambda calls', 'lambda_request', count],
    ['S3 writes and lists', 's3_write', writes],
    ['S3 reads', 's3_read', reads],
    ['KMS', 'kms_request', (reads + writes) * assumed.kms_requests_per_s3_request],
    ['Logs', 'log_gb', (count * assumed.log_kilobytes_per_call) / 1e6],
  ];
}

function storageQuantities({ lines_per_year }: Workload, { assumed, measured }: Assumptions): Quantity[] {
  const kept = lines_per_year * assumed.rows_per_line * assumed.years_kept;
  const warm = Math.min(1, assumed.raw_days_in_standard_storage / 365 / assumed.years_kept);
  const raw = (kept * measured.raw_bytes_per_row) / 1e9;
  const marts = lines_per_year * assumed.years_kept * measured.mart_bytes_per_line;
  const tables = (kept * measured.staged_bytes_per_row + marts) / 1e9;
  return [
    ['S3 storage', 's3_gb_month', tables + raw * warm],
    ['S3 storage of old raw files', 's3_cold_gb_month', raw * (1 - warm)],
  ];
}

function eventQuantities({ exports, runs }: Volumes, { assumed }: Assumptions): Quantity[] {
  return [
    ['State machine', 'step_transition', runs * assumed.transitions_per_run + exports * assumed.transitions_per_export],
    ['Events', 'event', exports],
    ['Queues', 'queue_request', exports * assumed.queue_requests_per_export],
    ['Warnings', 'publish', assumed.warnings_per_day * assumed.days_per_month],
  ];
}

/** Athena asks for ten megabytes a query at least. */
const smallestScanTb = 10 / 1e6;

function queryQuantities({ lines_per_year }: Workload, { engine }: Volumes, given: Assumptions): Quantity[] {
  const { assumed, measured } = given;
  const martTb = (lines_per_year * assumed.years_kept * measured.mart_bytes_per_line) / 1e12;
  const queries = assumed.queries_per_day * assumed.days_per_month;
  const perQuery = Math.max(smallestScanTb, martTb * assumed.mart_share_per_query);
  const monthTb = ((lines_per_year / 12) * assumed.rows_per_line * measured.staged_bytes_per_row) / 1e12;
  const builds = engine === 'athena' ? assumed.athena_builds_per_day * assumed.days_per_month : 0;
  const views = assumed.page_views_per_day * assumed.days_per_month;
  return [
    ['Athena: analysts', 'athena_tb_scanned', queries * perQuery],
    [
      'Athena: builds',
      'athena_tb_scanned',
      builds * monthTb * assumed.months_touched_per_build * assumed.athena_reads_per_staged_byte,
    ],
    ['CloudFront data', 'cloudfront_gb', (views * measured.report_megabytes * assumed.report_share_per_view) / 1000],
    ['CloudFront requests', 'cloudfront_request', views * assumed.requests_per_view],
  ];
}

function fixedQuantities({ assumed: { fixed } }: Assumptions): Quantity[] {
  return [
    ['Keys', 'kms_key_month', fixed.keys],
    ['Secrets', 'secret_month', fixed.secrets],
    ['Alarms', 'alarm_month', fixed.alarms],
    ['Dashboard', 'dashboard_month', fixed.dashboards],
  ];
}

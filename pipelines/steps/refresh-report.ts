import { openWarnings } from '../domain/alerting/open-warnings.ts';
import type { Warning } from '../domain/alerting/warning.ts';
import type { Kpi } from '../domain/kpi.ts';
import { kpiRows, warningFigures, warningRows, warningsByWeek } from '../domain/report-tables.ts';
import { proposalRows, type ReviewNames, reviewRows } from '../domain/review-tables.ts';
import { type RunbookNames, runbookRows } from '../domain/runbook-rows.ts';
import type {
  PublishResult,
  ReportCell,
  ReportColumn,
  ReportData,
  ReportPages,
  ReportTable,
} from '../report/report.ts';
import type { ReleaseSession } from '../warehouse/warehouse.ts';
import type { Review } from './alerts-review.ts';

export interface RefreshReportPorts {
  readonly session: ReleaseSession;
  readonly pages: ReportPages;
  readonly data: ReportData;
}

export interface RefreshReportInput {
  readonly kpis: Iterable<Kpi>;
  readonly warnings: readonly Warning[];
  readonly names: ReviewNames & RunbookNames;
  readonly review: Review;
  readonly reportingCurrency: string;
  readonly now: Date;
}

type Rows = Extract<ReportTable, { kind: 'rows' }>;

/**
 * Puts one release behind the pages without building them again: every table is written beside the old ones, then the
 * manifest is swapped. Pages that are open follow by themselves.
 */
export async function refreshReport(input: RefreshReportInput, ports: RefreshReportPorts): Promise<PublishResult> {
  const { session, pages, data } = ports;
  const tables = [...(await pages.sources()), ...ownTables(input, session.release.as_of)];
  return data.publish({
    facts: {
      release: session.release.id,
      as_of: session.release.as_of,
      reporting_currency: input.reportingCurrency,
    },
    tables,
    now: input.now,
    writeQuery: (sql, file) => session.exportTo(sql, file, 'arrow'),
  });
}

/** Tables that no mart holds: definitions, warnings and how the rules have served. */
function ownTables(input: RefreshReportInput, asOf: string | null): Rows[] {
  const { review, names } = input;
  return [
    { kind: 'rows', name: 'kpis', columns: kpiColumns, rows: kpiRows(input.kpis) },
    { kind: 'rows', name: 'warnings', columns: warningColumns, rows: warningRows(input.warnings, names.owners) },
    { kind: 'rows', name: 'warning_figures', columns: figureColumns, rows: warningFigures(input.warnings) },
    { kind: 'rows', name: 'rule_reviews', columns: reviewColumns, rows: reviewRows(review.rules, names) },
    {
      kind: 'rows',
      name: 'mark_proposals',
      columns: proposalColumns,
      rows: proposalRows(review.proposals, names),
    },
    {
      kind: 'rows',
      name: 'runbooks',
      columns: runbookColumns,
      rows: runbookRows(names, runbooksInUse(input.warnings)),
    },
    { kind: 'rows', name: 'warnings_weekly', columns: weekColumns, rows: warningsByWeek(input.warnings, asOf) },
  ];
}

function runbooksInUse(warnings: readonly Warning[]): ReadonlySet<string> {
  return new Set(openWarnings(warnings).map(({ runbook }) => runbook));
}

type RowOf<T extends (...parameters: never[]) => readonly Readonly<Record<string, ReportCell>>[]> =
  ReturnType<T>[number];

/** Columns with their types, so that a table without rows has the same shape as one with many. */
function columnsOf<Row>(types: { readonly [Name in keyof Row & string]: ReportColumn['type'] }): ReportColumn[] {
  return Object.entries<ReportColumn['type']>(types).map(([name, type]) => ({ name, type }));
}

const kpiColumns = columnsOf<RowOf<typeof kpiRows>>({
  kpi_id: 'text',
  position: 'number',
  family: 'text',
  label_zh: 'text',
  label_en: 'text',
  description_zh: 'text',
  description_en: 'text',
  unit: 'text',
  direction: 'text',
  owner: 'text',
});

const warningColumns = columnsOf<RowOf<typeof warningRows>>({
  id: 'text',
  position: 'number',
  is_open: 'boolean',
  is_latest: 'boolean',
  rule: 'text',
  kpi_id: 'text',
  channel_id: 'text',
  member: 'text',
  grain: 'text',
  period: 'text',
  since: 'text',
  value: 'number',
  mark: 'number',
  expected: 'number',
  severity: 'text',
  state: 'text',
  text_zh: 'text',
  text_en: 'text',
  suggestion_zh: 'text',
  suggestion_en: 'text',
  owner_zh: 'text',
  owner_en: 'text',
  runbook: 'text',
  report_path: 'text',
});

const figureColumns = columnsOf<RowOf<typeof warningFigures>>({
  figure: 'text',
  position: 'number',
  label_zh: 'text',
  label_en: 'text',
  description_zh: 'text',
  description_en: 'text',
  unit: 'text',
  value: 'number',
});

const runbookColumns = columnsOf<RowOf<typeof runbookRows>>({
  runbook: 'text',
  position: 'number',
  is_open: 'boolean',
  title_zh: 'text',
  title_en: 'text',
  lead_zh: 'text',
  lead_en: 'text',
  respond_within_hours: 'number',
  kind: 'text',
  step: 'number',
  text_zh: 'text',
  text_en: 'text',
});

const weekColumns = columnsOf<RowOf<typeof warningsByWeek>>({
  week: 'text',
  severity: 'text',
  severity_order: 'number',
  warnings: 'number',
});

const reviewColumns = columnsOf<RowOf<typeof reviewRows>>({
  rule: 'text',
  position: 'number',
  title_zh: 'text',
  title_en: 'text',
  owner_zh: 'text',
  owner_en: 'text',
  troubles: 'number',
  open: 'number',
  corrected: 'number',
  useful: 'number',
  noise: 'number',
  precision: 'number',
  missed: 'number',
  days_to_notice: 'number',
  hours_to_acknowledge: 'number',
  days_to_recover: 'number',
  flapping: 'number',
  review_by: 'text',
  is_overdue: 'boolean',
});

const proposalColumns = columnsOf<RowOf<typeof proposalRows>>({
  rule: 'text',
  position: 'number',
  mark: 'number',
  proposed_mark: 'number',
  owner_zh: 'text',
  owner_en: 'text',
  text_zh: 'text',
  text_en: 'text',
});

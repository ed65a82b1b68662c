import { openWarnings } from './alerting/open-warnings.ts';
import type { Severity, Warning } from './alerting/warning.ts';
import type { Kpi } from './kpi.ts';
import { nameOfOwner, type Owners } from './owner.ts';
import type { Bilingual } from './text.ts';

/** Weeks that the trend of warnings looks back. */
const trendWeeks = 53;
const dayMilliseconds = 24 * 60 * 60 * 1000;
/** Worst first. */
const severityOrder: readonly Severity[] = ['critical', 'warning', 'approaching'];

/** The KPI definitions as pages show them beside every number. */
export function kpiRows(kpis: Iterable<Kpi>) {
  return inFamilyOrder(kpis).map((kpi, position) => ({
    kpi_id: kpi.kpi,
    position,
    family: kpi.family,
    label_zh: kpi.label.zh,
    label_en: kpi.label.en,
    description_zh: kpi.description.zh,
    description_en: kpi.description.en,
    unit: kpi.unit,
    direction: kpi.direction,
    owner: kpi.owner,
  }));
}

const families: readonly Kpi['family'][] = ['sales', 'traffic', 'conversion', 'activity', 'satisfaction'];
/** What can be added up comes before what is worked out from it, money before counts. */
const additivities: readonly Kpi['additivity'][] = ['sum', 'distinct', 'as_reported', 'ratio'];
const units: readonly Kpi['unit'][] = ['money', 'count', 'ratio', 'index'];

function inFamilyOrder(kpis: Iterable<Kpi>): Kpi[] {
  return [...kpis].sort(
    (a, b) =>
      families.indexOf(a.family) - families.indexOf(b.family) ||
      additivities.indexOf(a.additivity) - additivities.indexOf(b.additivity) ||
      units.indexOf(a.unit) - units.indexOf(b.unit) ||
      compareText(a.kpi, b.kpi),
  );
}

/** Every warning ever raised, the open ones first and the worst of them before the others. */
export function warningRows(warnings: readonly Warning[], owners: Owners) {
  const latest = new Set(latestWarnings(warnings).map((warning) => warning.id));
  const open = openIds(warnings);
  return [...warnings]
    .sort(
      (a, b) =>
        Number(open.has(b.id)) - Number(open.has(a.id)) ||
        (open.has(a.id) ? severityOrder.indexOf(a.severity) - severityOrder.indexOf(b.severity) : 0) ||
        compareText(b.period, a.period) ||
        compareText(a.id, b.id),
    )
    .map((warning, position) => ({
      ...warningRow(warning, position, owners),
      is_open: open.has(warning.id),
      is_latest: latest.has(warning.id),
    }));
}

function warningRow(warning: Warning, position: number, owners: Owners) {
  const owner = nameOfOwner(warning.owner, owners);
  return {
    id: warning.id,
    position,
    rule: warning.rule,
    kpi_id: warning.kpi_id,
    channel_id: warning.channel_id,
    member: Object.values(warning.dimensions)[0] ?? null,
    grain: warning.grain,
    period: warning.period,
    since: warning.since,
    value: warning.value,
    mark: warning.mark,
    expected: warning.expected,
    severity: warning.severity,
    state: warning.state,
    text_zh: warning.text.zh,
    text_en: warning.text.en,
    suggestion_zh: warning.suggestion.zh,
    suggestion_en: warning.suggestion.en,
    owner_zh: owner.zh,
    owner_en: owner.en,
    runbook: warning.runbook,
    report_path: warning.report_path,
  };
}

/** What was told last about each series. */
function latestWarnings(warnings: readonly Warning[]): readonly Warning[] {
  const latest = new Map<string, Warning>();
  for (const warning of warnings) {
    const known = latest.get(warning.fingerprint);
    // Of one period the later message tells more; the outbox is in the order of events.
    if (known === undefined || known.period <= warning.period) latest.set(warning.fingerprint, warning);
  }
  return [...latest.values()];
}

function openIds(warnings: readonly Warning[]): ReadonlySet<string> {
  return new Set(openWarnings(warnings).map(({ id }) => id));
}

interface Figure {
  readonly figure: string;
  readonly label: Bilingual;
  readonly description: Bilingual;
  counts(warning: Warning, isOpen: boolean): boolean;
}

const figures: readonly Figure[] = [
  {
    figure: 'open_critical',
    label: { zh: '未解除 · 严重', en: 'Open · critical' },
    description: { zh: '越过严重警戒值且尚未恢复', en: 'Past the critical mark and not recovered' },
    counts: (warning, isOpen) => isOpen && warning.severity === 'critical',
  },
  {
    figure: 'open_warning',
    label: { zh: '未解除 · 警告', en: 'Open · warning' },
    description: { zh: '越过警戒值且尚未恢复', en: 'Past the warning mark and not recovered' },
    counts: (warning, isOpen) => isOpen && warning.severity === 'warning',
  },
  {
    figure: 'open_approaching',
    label: { zh: '未解除 · 接近', en: 'Open · approaching' },
    description: { zh: '接近警戒值但尚未越过', en: 'Near the warning mark but not past it' },
    counts: (warning, isOpen) => isOpen && warning.severity === 'approaching',
  },
  {
    figure: 'recovered',
    label: { zh: '已恢复', en: 'Recovered' },
    description: { zh: '曾越线、后来恢复的次数', en: 'Times that a KPI came back inside its mark' },
    counts: (warning) => warning.state === 'recovered',
  },
  {
    figure: 'messages',
    label: { zh: '全部预警消息', en: 'All messages' },
    description: { zh: '迄今发出的预警、恢复与更正消息', en: 'Warnings, recoveries and corrections so far' },
    counts: () => true,
  },
];

/** How many warnings stand where. */
export function warningFigures(warnings: readonly Warning[]) {
  const open = openIds(warnings);
  return figures.map(({ figure, label, description, counts }, position) => ({
    figure,
    position,
    label_zh: label.zh,
    label_en: label.en,
    description_zh: description.zh,
    description_en: description.en,
    unit: 'count',
    value: warnings.filter((warning) => counts(warning, open.has(warning.id))).length,
  }));
}

/** Warnings raised by week (its Monday) and severity over the last year; weeks without any count as 0. */
export function warningsByWeek(warnings: readonly Warning[], through: string | null) {
  const last = through ?? latestPeriod(warnings);
  if (last === undefined) return [];
  const raised = warnings.filter((warning) => warning.state === 'breached' || warning.state === 'approaching');
  const weeks = Array.from({ length: trendWeeks }, (_, back) => addDays(mondayOf(last), -7 * (trendWeeks - 1 - back)));
  return weeks.flatMap((week) =>
    severityOrder.map((severity, position) => ({
      week,
      severity,
      severity_order: position,
      warnings: raised.filter((each) => each.severity === severity && mondayOf(each.period) === week).length,
    })),
  );
}

function latestPeriod(warnings: readonly Warning[]): string | undefined {
  return warnings.reduce<string | undefined>(
    (latest, { period }) => (latest === undefined || period > latest ? period : latest),
    undefined,
  );
}

function mondayOf(day: string): string {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return addDays(day, -((weekday + 6) % 7));
}

function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMilliseconds).toISOString().slice(0, 10);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

import type { Definitions } from '../definitions.ts';
import { type Noticed, notice, type Subject } from '../domain/alerting/notice.ts';
import { addDays } from '../domain/alerting/series.ts';
import type { SeriesState } from '../domain/alerting/series-state.ts';
import { type Deliveries, watermarkOf } from '../domain/alerting/stale-source.ts';
import type { Warning, WarningState } from '../domain/alerting/warning.ts';
import type { Playbook } from '../domain/playbook.ts';
import type { Bilingual } from '../domain/text.ts';
import type { ReleaseSession } from '../warehouse/warehouse.ts';
import { digest } from './alert-store.ts';
import type { DamagedStates } from './evaluate-shards.ts';
import type { FailedSeries } from './judge-series.ts';
import { knowsGrain } from './kpi-series.ts';
import type { SeriesStates } from './state-shards.ts';

export interface UpkeepInput {
  readonly session: ReleaseSession;
  readonly definitions: Definitions;
  readonly states: SeriesStates;
  /** Last day judged. */
  readonly through: string;
  /** The clock's day (ISO date). */
  readonly today: string;
  /** Series that this evaluation broke down over. */
  readonly failures?: readonly FailedSeries[];
  /** States that could not be read, so that nobody judged their series. */
  readonly damaged?: readonly DamagedStates[];
}

export interface UpkeepEvaluation {
  readonly states: SeriesStates;
  readonly warnings: readonly Warning[];
}

/** Looks after the watching itself: sources that are late, rules that cannot see or break down, and overdue reviews. */
export async function evaluateUpkeep(input: UpkeepInput): Promise<UpkeepEvaluation> {
  const subjects = [
    ...(await staleSources(input)),
    ...(await blindRules(input)),
    ...failedRules(input),
    ...damagedStates(input),
    ...overdueReviews(input),
  ];
  const states = new Map([...input.states].map(([rule, series]) => [rule, new Map(series)]));
  const warnings: Warning[] = [];
  for (const { key, subject, day } of subjects) {
    const known = states.get(subject.rule) ?? new Map<string, SeriesState>();
    const previous = known.get(key);
    const noticed = notice(subject, previous, day);
    // Nothing was ever wrong with it: nothing to remember.
    if (noticed.message === undefined) continue;
    states.set(subject.rule, known.set(key, noticed.state));
    warnings.push(toWarning(noticed.message, [subject.rule, key], input.session.release.id));
  }
  return { states, warnings };
}

interface Looked {
  readonly key: string;
  readonly subject: Subject;
  readonly day: string;
}

function toWarning(message: NonNullable<Noticed['message']>, about: readonly string[], release: string): Warning {
  const fingerprint = digest(JSON.stringify(about));
  const id = digest(JSON.stringify([fingerprint, message.state, message.since]));
  return { ...message, id, fingerprint, release };
}

async function staleSources({ session, definitions, through }: UpkeepInput): Promise<Looked[]> {
  const policy = definitions.upkeep.stale_source;
  const playbook = definitions.playbooks.get(policy.runbook);
  return (await readDeliveries(session, addDays(through, -400))).flatMap((deliveries) => {
    const watermark = watermarkOf(deliveries, through, policy);
    if (watermark === undefined) return [];
    const { source, channel_id } = deliveries;
    const { stale_since: since, through: last, usual_days: usual } = watermark;
    const subject: Subject = {
      rule: 'stale_source',
      rule_version: 1,
      kpi_id: 'deliveries',
      channel_id,
      dimensions: { source },
      owner: policy.owner,
      runbook: policy.runbook,
      severity: policy.severity,
      trouble: 'no_data',
      cause: since === null ? undefined : { since, text: staleText(source, last, usual ?? 0) },
      over: { en: `${source}: data have arrived again, through ${last}.`, zh: `${source}：数据已恢复，截至 ${last}。` },
      suggestion: suggestionOf(playbook),
    };
    return [{ key: `${source} ${channel_id}`, subject, day: through }];
  });
}

function staleText(source: string, last: string, usual: number): Bilingual {
  return {
    en: `${source}: the data end on ${last}; a file usually follows within ${usual} days. Figures that depend on it wait.`,
    zh: `${source}：数据止于 ${last}，通常每 ${usual} 天会有新文件。依赖该数据源的指标暂不判定。`,
  };
}

/** Ends of the files of every source since a day. Empty where a release holds no deliveries. */
async function readDeliveries(session: ReleaseSession, since: string): Promise<Deliveries[]> {
  if (session.release.parts['exports_received'] === undefined) return [];
  const { rows } = await session.query(
    `select distinct source, channel_id, cast(max_date as varchar) as last_day from exports_received
     where status in ('accepted', 'partial') and channel_id is not null and max_date >= cast(? as date)
     order by 1, 2, 3`,
    [since],
  );
  const bySource = Map.groupBy(rows, (row) => `${row['source']} ${row['channel_id']}`);
  return [...bySource.values()].map((members) => ({
    source: String(members[0]?.['source']),
    channel_id: String(members[0]?.['channel_id']),
    ends: members.map((row) => String(row['last_day'])),
  }));
}

/** Rules that judge nothing because the release was built before their KPI was defined, or before it had hours. */
async function blindRules({ session, definitions, today }: UpkeepInput): Promise<Looked[]> {
  if (session.release.parts['kpi_definitions'] === undefined) return [];
  const { rows } = await session.query('select kpi_id from kpi_definitions');
  const known = new Set(rows.map((row) => String(row['kpi_id'])));
  const { runbook, severity } = definitions.upkeep.blind_rule;
  return [...definitions.thresholds.values()].map(({ threshold: rule, kpi, owner, versions, grain }) => {
    const isKnown = known.has(kpi) && knowsGrain(session, grain);
    const hours = grain === 'hour' ? { en: ' by the hour', zh: '的小时数据' } : { en: '', zh: '' };
    const text = {
      en: `The rule ${rule} cannot be evaluated: this release does not know the KPI ${kpi}${hours.en}.`,
      zh: `规则 ${rule} 无法评估：当前数据版本中没有指标 ${kpi}${hours.zh}。`,
    };
    const subject: Subject = {
      ...{ rule: 'blind_rule', rule_version: versions.at(-1)?.version ?? 0, kpi_id: kpi, channel_id: 'all' },
      ...{ dimensions: { rule }, owner, runbook, severity, trouble: 'error' },
      cause: isKnown ? undefined : { since: today, text },
      over: { en: `The rule ${rule} is evaluated again.`, zh: `规则 ${rule} 已恢复评估。` },
      suggestion: () => ({ en: 'Build again: `tidemark build`.', zh: '请重新构建：`tidemark build`。' }),
    };
    return { key: rule, subject, day: today };
  });
}

/** Rules that broke down over some of their series; one message, however many there are. */
function failedRules({ definitions, today, failures = [] }: UpkeepInput): Looked[] {
  const { owner, runbook, severity } = definitions.upkeep.failed_evaluation;
  const playbook = definitions.playbooks.get(runbook);
  const failed = Map.groupBy(failures, ({ rule }) => rule);
  return [...definitions.thresholds.values()].map(({ threshold: rule, kpi, versions }) => {
    const series = failed.get(rule);
    const subject: Subject = {
      ...{ rule: 'failed_evaluation', rule_version: versions.at(-1)?.version ?? 0, kpi_id: kpi, channel_id: 'all' },
      ...{ dimensions: { rule }, owner, runbook, severity, trouble: 'error' },
      cause: series === undefined ? undefined : { since: today, text: failureText(rule, series) },
      over: { en: `The rule ${rule} judges all its series again.`, zh: `规则 ${rule} 已恢复对全部序列的判定。` },
      suggestion: suggestionOf(playbook),
    };
    return { key: rule, subject, day: today };
  });
}

/** States of the last evaluation that cannot be read. */
function damagedStates({ states, definitions, today, damaged = [] }: UpkeepInput): Looked[] {
  const { owner, runbook, severity } = definitions.upkeep.failed_evaluation;
  const now = new Map(damaged.map((one) => [`${damagedKey}${one.from}`, one]));
  const before = [...(states.get('failed_evaluation') ?? new Map()).keys()].filter((key) => key.startsWith(damagedKey));
  return [...new Set([...now.keys(), ...before])].map((key) => {
    const found = now.get(key);
    const from = key.slice(damagedKey.length);
    const [en, zh] = from === '' ? ['', ''] : [` from ${from} on`, `（自 ${from} 起）`];
    const subject: Subject = {
      ...{ rule: 'failed_evaluation', rule_version: 1, kpi_id: 'evaluation', channel_id: 'all' },
      ...{ dimensions: { states: from }, owner, runbook, severity, trouble: 'error' },
      cause: found && {
        since: today,
        text: {
          en: `The channels${en} are not judged: ${found.reason} (${found.where}). All others were judged.`,
          zh: `渠道${zh}未能判定：上次评估的状态缺失或损坏（${found.where}）。其余渠道均已判定。`,
        },
      },
      over: { en: `The channels${en} are judged again.`, zh: `渠道${zh}已恢复判定。` },
      suggestion: suggestionOf(definitions.playbooks.get(runbook)),
    };
    return { key, subject, day: today };
  });
}

/** No rule is called so. */
const damagedKey = 'states from ';

const namedSeries = 3;

function failureText(rule: string, series: readonly FailedSeries[]): Bilingual {
  const names = series
    .slice(0, namedSeries)
    .map(({ channel_id, dimensions }) => [channel_id, ...Object.values(dimensions)].join(' '));
  const reason = series[0]?.reason ?? '';
  const rest = series.length - names.length;
  return {
    en: `The rule ${rule} broke down over ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}: ${reason}. All others were judged.`,
    zh: `规则 ${rule} 在评估 ${names.join('、')}${rest > 0 ? ` 等 ${series.length} 个序列` : ''}时出错：${reason}。其余序列均已判定。`,
  };
}

function overdueReviews({ definitions, today }: UpkeepInput): Looked[] {
  const { runbook, severity } = definitions.upkeep.overdue_review;
  const playbook = definitions.playbooks.get(runbook);
  return [...definitions.thresholds.values()].map((rule) => {
    const newest = rule.versions.at(-1);
    const due = newest?.review_by ?? today;
    const subject: Subject = {
      rule: 'overdue_review',
      rule_version: newest?.version ?? 0,
      kpi_id: rule.kpi,
      channel_id: 'all',
      dimensions: { rule: rule.threshold },
      owner: rule.owner,
      runbook,
      severity,
      trouble: 'breached',
      cause:
        due >= today
          ? undefined
          : {
              since: addDays(due, 1),
              text: {
                en: `The review of the rule ${rule.threshold} was due on ${due}.`,
                zh: `规则 ${rule.threshold} 的复审应于 ${due} 前完成。`,
              },
            },
      over: {
        en: `The rule ${rule.threshold} was reviewed; the next review is due on ${due}.`,
        zh: `规则 ${rule.threshold} 已复审，下次复审日期 ${due}。`,
      },
      suggestion: suggestionOf(playbook),
    };
    return { key: rule.threshold, subject, day: today };
  });
}

function suggestionOf(playbook: Playbook | undefined): (state: WarningState) => Bilingual {
  return (state) =>
    playbook?.suggestions.find(({ states }) => states?.includes(state) ?? true)?.text ?? { en: '–', zh: '–' };
}

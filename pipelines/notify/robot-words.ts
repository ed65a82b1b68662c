import type { Severity, Warning } from '../domain/alerting/warning.ts';
import type { Language } from '../domain/text.ts';
import { pageOf, runbookPageOf } from './page.ts';

export interface RobotWords {
  readonly title: string;
  readonly text: string;
}

export interface Wording {
  readonly language: Language;
  /** Address of the report; absent: messages name the path only. */
  readonly site?: string | undefined;
  /** What the platform takes of one text, in bytes. */
  readonly mostBytes: number;
}

/** What a group reads of one warning, or of several that belong together: each in a line, what to do once. */
export function robotWords(warnings: readonly Warning[], wording: Wording): RobotWords {
  let shown = warnings.length;
  while (shown > 1 && Buffer.byteLength(textOf(warnings, shown, wording)) > wording.mostBytes) shown--;
  return { title: titleOf(warnings, wording.language), text: textOf(warnings, shown, wording) };
}

/** The first so many of them, and how many more there are. */
function textOf(warnings: readonly Warning[], shown: number, wording: Wording): string {
  const { language } = wording;
  const bySuggestion = Map.groupBy(warnings.slice(0, shown), ({ suggestion }) => suggestion[language]);
  const blocks = [...bySuggestion.values()].map((same) => blockOf(same, wording));
  const left = warnings.length - shown;
  if (left > 0) blocks.push(language === 'zh' ? `……另有 ${left} 条，见报告。` : `… and ${left} more; see the report.`);
  return blocks.join('\n');
}

function titleOf(warnings: readonly Warning[], language: Language): string {
  const [first] = warnings;
  if (first === undefined) return '';
  if (warnings.length === 1) return `[${first.severity}] ${first.kpi_id} · ${first.channel_id} · ${first.period}`;
  const ranks: readonly Severity[] = ['critical', 'warning', 'approaching'];
  const worst = ranks.find((severity) => warnings.some((one) => one.severity === severity)) ?? first.severity;
  const count = language === 'zh' ? `${warnings.length} 条消息` : `${warnings.length} messages`;
  return `[${worst}] ${first.owner} · ${count}`;
}

function blockOf(warnings: readonly Warning[], { language, site }: Wording): string {
  const last = warnings.at(-1);
  const pages = [...new Set(warnings.map((one) => pageOf(one, language, site)))];
  const runbook = last === undefined ? undefined : `${runbookWord[language]} ${runbookPageOf(last, language, site)}`;
  const lines = [...warnings.map(({ text }) => text[language]), last?.suggestion[language], runbook, ...pages];
  return lines.filter(Boolean).join('\n');
}

const runbookWord: Readonly<Record<Language, string>> = { zh: '处置手册：', en: 'Runbook:' };

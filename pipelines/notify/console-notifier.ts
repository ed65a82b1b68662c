import { styleText } from 'node:util';
import type { Severity, Warning, WarningState } from '../domain/alerting/warning.ts';
import { nameOfOwner, type Owners } from '../domain/owner.ts';
import type { Language } from '../domain/text.ts';
import type { Notifier } from './notifier.ts';

export interface ConsoleOptions {
  readonly language: Language;
  /** How people call the posts. */
  readonly owners: Owners;
  readonly write: (line: string) => void;
  /** Colour belongs on terminals only; a file or pipe gets plain text. */
  readonly colour: boolean;
  readonly name?: string;
}

/** Prints warnings for people: what happened, and underneath what to do and who does it. */
export function createConsoleNotifier(options: ConsoleOptions): Notifier {
  return {
    name: options.name ?? 'console',
    deliver(warning) {
      for (const line of warningLines(warning, options)) options.write(line);
      return Promise.resolve({ outcome: 'sent' });
    },
    deliverGroup(warnings) {
      options.write(headingOf(warnings, options));
      for (const line of groupLines(warnings, options)) options.write(line);
      return Promise.resolve({ outcome: 'sent' });
    },
  };
}

function headingOf(warnings: readonly Warning[], { language, owners: names }: Worded): string {
  const owners = [...new Set(warnings.map(({ owner }) => nameOfOwner(owner, names)[language]))].join(', ');
  return language === 'zh' ? `${owners}：${warnings.length} 条消息` : `${owners}: ${warnings.length} messages`;
}

type Worded = Pick<ConsoleOptions, 'language' | 'owners' | 'colour'>;

/** Each warning in a line; what to do once per suggestion. */
function groupLines(warnings: readonly Warning[], options: Worded): string[] {
  const bySuggestion = Map.groupBy(warnings, ({ suggestion }) => suggestion[options.language]);
  return [...bySuggestion.values()].flatMap((same) => {
    const lines = same.map((warning) => warningLines(warning, options));
    return [...lines.map(([told]) => told ?? ''), ...(lines.at(-1)?.slice(1) ?? [])];
  });
}

/** Lines that show one warning. */
export function warningLines(warning: Warning, { language, owners, colour }: Worded): string[] {
  const label = labels[language][labelOf(warning)];
  const badge = colour ? styleText(colours[labelOf(warning)], label, { validateStream: false }) : label;
  const post = nameOfOwner(warning.owner, owners)[language];
  const owner =
    language === 'zh' ? `负责：${post} · 预案：${warning.runbook}` : `owner: ${post} · runbook: ${warning.runbook}`;
  const indent = '    ';
  return [`${badge} ${warning.text[language]}`, `${indent}${warning.suggestion[language]}`, `${indent}${owner}`];
}

type Label = Exclude<WarningState, 'breached'> | Exclude<Severity, 'approaching'>;

function labelOf(warning: Warning): Label {
  if (warning.state !== 'breached') return warning.state;
  return warning.severity === 'critical' ? 'critical' : 'warning';
}

const labels: Readonly<Record<Language, Readonly<Record<Label, string>>>> = {
  zh: {
    approaching: '[接近]',
    warning: '[预警]',
    critical: '[严重]',
    recovering: '[恢复中]',
    recovered: '[恢复]',
    no_data: '[无数据]',
    error: '[错误]',
    corrected: '[更正]',
    unwatched: '[不再监控]',
  },
  en: {
    approaching: '[NEAR]',
    warning: '[WARNING]',
    critical: '[CRITICAL]',
    recovering: '[RECOVERING]',
    recovered: '[RECOVERED]',
    no_data: '[NO DATA]',
    error: '[ERROR]',
    corrected: '[CORRECTED]',
    unwatched: '[UNWATCHED]',
  },
};

const colours = {
  approaching: 'cyan',
  warning: 'yellow',
  critical: 'red',
  recovering: 'green',
  recovered: 'green',
  no_data: 'magenta',
  error: 'red',
  corrected: 'blue',
  unwatched: 'blue',
} as const satisfies Readonly<Record<Label, string>>;

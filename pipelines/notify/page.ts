import type { Warning } from '../domain/alerting/warning.ts';
import type { Language } from '../domain/text.ts';

/** The page of the report that shows a warning's figure; without the site's address, its path there. */
export function pageOf({ report_path: path }: Pick<Warning, 'report_path'>, language: Language, site = ''): string {
  return addressOf(path, language, site);
}

/** The place of the report that tells what to do step by step. */
export function runbookPageOf({ runbook }: Pick<Warning, 'runbook'>, language: Language, site = ''): string {
  return addressOf(`/warnings/#runbook-${runbook}`, language, site);
}

function addressOf(path: string, language: Language, site: string): string {
  return `${site.replace(/\/+$/, '')}/${language}${path}`;
}

import { nameOfOwner, type Owners } from './owner.ts';
import type { Playbook } from './playbook.ts';
import type { Bilingual } from './text.ts';

/** What gives runbooks their text. */
export interface RunbookNames {
  readonly playbooks: ReadonlyMap<string, Playbook>;
  readonly owners: Owners;
}

/** Runbooks step by step, as the page shows them: those in use first. The last line of one may say when to call whom next. */
export function runbookRows({ playbooks, owners }: RunbookNames, inUse: ReadonlySet<string>) {
  const ordered = [...playbooks.values()].sort((a, b) => Number(inUse.has(b.playbook)) - Number(inUse.has(a.playbook)));
  return ordered.flatMap(({ playbook, title, runbook }, position) => {
    const lead = nameOfOwner(runbook.lead, owners);
    const row = (kind: 'step' | 'escalation', step: number, text: Bilingual) => ({
      runbook: playbook,
      position,
      is_open: inUse.has(playbook),
      title_zh: title.zh,
      title_en: title.en,
      lead_zh: lead.zh,
      lead_en: lead.en,
      respond_within_hours: runbook.respond_within_hours ?? null,
      kind,
      step,
      text_zh: text.zh,
      text_en: text.en,
    });
    const steps = runbook.steps.map((text, index) => row('step', index + 1, text));
    return runbook.escalation === undefined
      ? steps
      : [...steps, row('escalation', steps.length + 1, runbook.escalation)];
  });
}

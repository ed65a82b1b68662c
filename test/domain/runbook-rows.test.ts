import { describe, expect, it } from 'vitest';
import { runbookRows } from '../../pipelines/domain/runbook-rows.ts';

const title = (word: string) => ({ en: word, zh: `${word}！` });
const suggestions = [{ text: title('Look') }];

describe('runbookRows', () => {
  it('tells the steps of those in use first, who leads, and whom to call next', () => {
    const playbooks = new Map([
      [
        'calm',
        { playbook: 'calm', title: title('Calm'), suggestions, runbook: { lead: 'desk', steps: [title('Wait')] } },
      ],
      [
        'fire',
        {
          playbook: 'fire',
          title: title('Fire'),
          suggestions,
          runbook: {
            lead: 'unknown_post',
            respond_within_hours: 4,
            steps: [title('Run'), title('Call')],
            escalation: title('Shout'),
          },
        },
      ],
    ]);
    const owners = new Map([['desk', { en: 'The desk', zh: '前台' }]]);
    const rows = runbookRows({ playbooks, owners }, new Set(['fire']));
    expect(
      rows.map((row) => [
        row.position,
        row.is_open,
        row.lead_zh,
        row.respond_within_hours,
        row.kind,
        row.step,
        row.text_en,
      ]),
    ).toEqual([
      [0, true, 'unknown_post', 4, 'step', 1, 'Run'],
      [0, true, 'unknown_post', 4, 'step', 2, 'Call'],
      [0, true, 'unknown_post', 4, 'escalation', 3, 'Shout'],
      [1, false, '前台', null, 'step', 1, 'Wait'],
    ]);
  });
});

import type { Warning } from '../../pipelines/domain/alerting/warning.ts';

/** A whole warning; what a test is about is passed in. */
export function warningWith(own: Partial<Warning> = {}): Warning {
  return {
    version: 1,
    id: 'a1',
    fingerprint: 'f1',
    rule: 'conversion_rate_low',
    rule_version: 1,
    kpi_id: 'conversion_rate',
    channel_id: 'tmall',
    dimensions: {},
    period: '2026-03-02',
    grain: 'day',
    value: 0.018,
    mark: 0.02,
    expected: null,
    severity: 'warning',
    state: 'breached',
    previous_state: 'ok',
    since: '2026-03-02',
    time_to_breach: null,
    drivers: [],
    suggestion: { en: 'Place a test order.', zh: '试下一单。' },
    owner: 'channel_operations',
    runbook: 'conversion_drop',
    report_path: '/channels/tmall/',
    release: 'r1',
    text: { en: 'Conversion rate, Tmall: 1.8% on 2026-03-02.', zh: '天猫的转化率：2026-03-02 为 1.8%。' },
    ...own,
  };
}

import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../../pipelines/definitions.ts';
import { namedDaysOf } from '../../../pipelines/domain/alerting/named-days.ts';
import { runRuleTest } from '../../../pipelines/domain/alerting/rule-test.ts';

const definitions = loadDefinitions();
const calendars = namedDaysOf(definitions.calendars);
const tests = [...definitions.thresholds.values()].flatMap((rule) =>
  rule.tests.map((test) => ({ name: `${rule.threshold}: ${test.test}`, rule, test })),
);

describe('tests of the thresholds themselves', () => {
  it.each(tests)('$name', ({ rule, test }) => {
    expect(runRuleTest(rule, test, calendars)).toEqual(test.expect);
  });
});

describe('every threshold', () => {
  it.each([...definitions.thresholds.values()])(
    '$threshold has a near band or is about missing data, and a playbook',
    (rule) => {
      for (const version of rule.versions) {
        expect(version.kind === 'presence' || version.marks.approach !== undefined).toBe(true);
      }
      expect(definitions.playbooks.has(rule.runbook)).toBe(true);
    },
  );
});

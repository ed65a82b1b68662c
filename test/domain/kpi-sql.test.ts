import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';

const { models } = loadDefinitions();

describe.each(['kpi_daily', 'kpi_weekly', 'kpi_monthly'])('the select of %s', (name) => {
  const relations = [...(models.get(name)?.sql ?? '').matchAll(/\b(?:from|join)\s+(\w+)/g)].map(
    ([, relation]) => relation,
  );

  // Trino computes a step again for each reader: a plan of hundreds of stages is refused.
  it('reads every mart and every step of its own once', () => {
    expect(relations.length).toBeGreaterThan(10);
    expect(relations.toSorted()).toEqual([...new Set(relations)].toSorted());
  });
});

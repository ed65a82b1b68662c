import type { Calendar } from './calendar.ts';
import type { CatalogFault } from './catalog-faults.ts';
import type { Kpi } from './kpi.ts';
import type { Playbook } from './playbook.ts';
import type { JudgingVersion, Threshold, ThresholdVersion } from './threshold.ts';

export interface ThresholdCatalog {
  readonly thresholds: ReadonlyMap<string, Threshold>;
  readonly kpis: ReadonlyMap<string, Kpi>;
  readonly playbooks: ReadonlyMap<string, Playbook>;
  readonly calendars: ReadonlyMap<string, Calendar>;
}

/** Names in thresholds that lead nowhere, and guards that do not fit the KPI. */
export function thresholdFaults(catalog: ThresholdCatalog): CatalogFault[] {
  return [...catalog.thresholds.values()].flatMap((rule) => {
    const definition = `thresholds/${rule.threshold}`;
    const faults: CatalogFault[] = [];
    const kpi = catalog.kpis.get(rule.kpi);
    if (kpi === undefined) faults.push({ definition, field: 'kpi', text: unknown('KPI', rule.kpi, catalog.kpis) });
    if (!catalog.playbooks.has(rule.runbook)) {
      faults.push({ definition, field: 'runbook', text: unknown('playbook', rule.runbook, catalog.playbooks) });
    }
    for (const link of rule.chain ?? []) {
      if (!catalog.kpis.has(link))
        faults.push({ definition, field: 'chain', text: unknown('KPI', link, catalog.kpis) });
    }
    const about = [...dimensionFaults(rule, kpi), ...grainFaults(rule, catalog)];
    faults.push(...about.map((fault) => ({ definition, ...fault })));
    const versions = rule.versions.flatMap((version, index) =>
      [...versionFaults(version, kpi, catalog), ...hourFaults(version, rule)].map(({ field, text }) => ({
        definition,
        field: `versions.${index}.${field}`,
        text,
      })),
    );
    return [...faults, ...versions];
  });
}

function dimensionFaults({ dimension, members, grain }: Threshold, kpi: Kpi | undefined) {
  if (dimension === undefined) {
    return members === undefined ? [] : [{ field: 'members', text: 'members belong to a dimension; name it' }];
  }
  if (grain !== 'day') return [{ field: 'dimension', text: 'members have daily figures only; leave grain out' }];
  if (kpi === undefined || kpi.dimensions.includes(dimension)) return [];
  const known = kpi.dimensions.join(', ') || 'none';
  return [{ field: 'dimension', text: `${kpi.kpi} is not told by "${dimension}"; its dimensions: ${known}` }];
}

/** A rule judges figures that are there: at its grain, and by the hour on the clock of one channel. */
function grainFaults({ grain, kpi, chain = [], channels }: Threshold, { kpis }: ThresholdCatalog) {
  const lacking = [kpi, ...chain].filter((id) => kpis.get(id)?.grains.includes(grain) === false);
  const faults = lacking.map((id) => {
    const known = kpis.get(id)?.grains.join(', ');
    return { field: 'grain', text: `${id} is not worked out by the ${grain}; its grains: ${known}` };
  });
  if (grain !== 'hour' || channels !== 'all') return faults;
  const text = 'all channels together have no clock of their own, and so no hours; use channels: each';
  return [...faults, { field: 'channels', text }];
}

/** Whole weeks that hours are kept for at least: this month and three before. */
const weeksOfHours = 12;

/** Ways of judging that hours are not made for. */
function hourFaults(version: ThresholdVersion, { grain }: Threshold) {
  if (grain !== 'hour') return [];
  if (version.kind === 'presence') {
    return [
      { field: 'kind', text: 'data come in files, and whether they are there is asked by the day; use grain: day' },
    ];
  }
  if (version.kind === 'last_year') {
    return [{ field: 'kind', text: `hours are kept for ${weeksOfHours} weeks; use kind: same_weekday or anomaly` }];
  }
  if (!('weeks' in version) || version.weeks <= weeksOfHours) return [];
  return [{ field: 'weeks', text: `hours are kept for ${weeksOfHours} weeks; learn from so many at most` }];
}

function versionFaults(version: ThresholdVersion, kpi: Kpi | undefined, catalog: ThresholdCatalog) {
  if (version.kind === 'presence') {
    if (version.while === undefined || catalog.kpis.has(version.while)) return [];
    return [{ field: 'while', text: unknown('KPI', version.while, catalog.kpis) }];
  }
  const unknownDays = (field: string, names: readonly string[]) =>
    names
      .filter((name) => !catalog.calendars.has(name))
      .map((name) => ({ field, text: unknown('calendar', name, catalog.calendars) }));
  const faults = [
    ...unknownDays('not_on', version.not_on),
    ...unknownDays('festivals', version.kind === 'anomaly' ? version.festivals : []),
  ];
  return kpi === undefined ? faults : [...faults, ...unfitting(version, kpi)];
}

/** Ways of judging that the KPI's figures are not made for. */
function unfitting(version: JudgingVersion, kpi: Kpi) {
  if (version.kind === 'anomaly' && kpi.unit === 'index') {
    const text = `an anomaly rule weighs figures that are never negative, and ${kpi.kpi} may be; use kind: fixed`;
    return [{ field: 'kind', text }];
  }
  if (version.evidence === undefined || kpi.unit === 'ratio') return [];
  const text = `evidence weighs ratios of counts, and ${kpi.kpi} is a ${kpi.unit}; leave it out or use for: {at_least, of}`;
  return [{ field: 'evidence', text }];
}

function unknown(kind: string, name: string, known: ReadonlyMap<string, unknown>): string {
  return `no ${kind} is called "${name}"; there are: ${[...known.keys()].join(', ') || 'none'}`;
}

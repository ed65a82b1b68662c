import type { Contract } from '../contract.ts';
import type { Kpi } from '../kpi.ts';
import { partsOf } from '../kpi-parts.ts';
import type { Model } from '../model.ts';

/** What of a warning says which data are behind it. */
export interface About {
  readonly kpi_id: string;
  /** A warning about a source names it here. */
  readonly dimensions?: Readonly<Record<string, string>>;
}

/** The datasets behind a warning; undefined where that is not known. */
export type DataBehind = (about: About) => readonly string[] | undefined;

export interface DataCatalog {
  readonly kpis: ReadonlyMap<string, Kpi>;
  readonly models: ReadonlyMap<string, Model>;
  readonly contracts: ReadonlyMap<string, Contract>;
}

/** Looks the datasets of sources up in their contracts, and those of KPIs in the marts that they are made of. */
export function dataBehind({ kpis, models, contracts }: DataCatalog): DataBehind {
  return ({ kpi_id, dimensions }) => {
    const source = contracts.get(dimensions?.['source'] ?? '');
    if (source !== undefined) return source.outputs.map(({ dataset }) => dataset);
    const kpi = kpis.get(kpi_id);
    const deliveries = kpi === undefined ? [] : partsOf(kpi).map(({ mart }) => models.get(mart)?.delivery?.datasets);
    // A mart that any dataset feeds, or one that is not known, may depend on all of them.
    return deliveries.length === 0 || deliveries.includes(undefined)
      ? undefined
      : deliveries.flatMap((one) => one ?? []);
  };
}

/** Whether two warnings speak of the same data; not knowing counts as yes. */
export function sharesData(a: About, b: About, behind: DataBehind | undefined): boolean {
  const [left, right] = [behind?.(a), behind?.(b)];
  return left === undefined || right === undefined || left.some((dataset) => right.includes(dataset));
}

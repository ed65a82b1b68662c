import type { Kpi, KpiPart } from './kpi.ts';
import { hasFinerParts, withFinerParts } from './kpi-finer-parts.ts';
import { columnOf, numerals, type PartColumn, partColumns } from './kpi-parts.ts';
import { amountOf, ratesOn, sumOf } from './kpi-reads.ts';
import { sidesOfKpis } from './kpi-sides.ts';
import { kpiValue } from './kpi-value.ts';
import type { Model } from './model.ts';

/**
 * The select behind `kpi_by_dimension_daily`: one row per KPI, channel (and 'all'), day and member of a dimension. Days are
 * those of `kpi_daily`: a member that sold nothing on a known day has a zero, and what is complete there is complete here.
 */
export function dimensionSelect(kpis: readonly Kpi[], models: ReadonlyMap<string, Model>): string {
  const kept = kpis
    .filter((kpi) => kpi.dimensions.length > 0 && hasFinerParts(kpi, models, 'splits'))
    .map((kpi) => withFinerParts(kpi, models, 'splits'));
  const parts = partColumns(kept);
  const steps = [
    readSplitMarts(parts),
    addUpMembers(parts),
    listMembers(kept),
    fillDays(kept, parts),
    workOutValues(kept),
  ];
  return `-- One row per KPI, channel (and 'all'), day and member of a dimension.
with ${steps.join(',\n\n')}

select * from work_out_values
`;
}

const keys = ['channel_id', 'dimension', 'member', 'business_date'] as const;

/** Each mart once, with nothing in the columns of the others. */
function readSplitMarts(parts: readonly PartColumn[]): string {
  const selects = [...Map.groupBy(parts, ({ part }) => part.mart)].map(([mart, own]) => {
    const amounts = parts.flatMap((one) =>
      own.includes(one) ? [amountOf(one, 'mart.business_date')] : nothingOf(one),
    );
    return `select
        ${keys.map((key) => `mart.${key}`).join(',\n        ')},
        ${amounts.join(',\n        ')}
    from ${mart} as mart${own.some(({ part }) => part.money) ? ratesOn('business_date') : ''}`;
  });
  return `read_split_marts as (
    ${selects.join('\n    union all\n    ')}
)`;
}

function nothingOf({ part, column }: PartColumn): string[] {
  return [`cast(null as ${numerals}) as ${column}`, ...(part.money ? [`0 as ${column}_lacks_rate`] : [])];
}

function addUpMembers(parts: readonly PartColumn[]): string {
  return `add_up_members as (
    select
        case when grouping(taken.channel_id) = 1 then 'all' else taken.channel_id end as channel_id,
        taken.dimension,
        taken.member,
        taken.business_date,
        ${parts.map(({ part, column }) => sumOf(part, column)).join(',\n        ')}
    from read_split_marts as taken
    group by grouping sets (
        (taken.channel_id, taken.dimension, taken.member, taken.business_date),
        (taken.dimension, taken.member, taken.business_date)
    )
)`;
}

/** Members of a month, by the KPIs that are told by their dimension. */
function listMembers(kpis: readonly Kpi[]): string {
  const pairs = kpis.flatMap((kpi) => kpi.dimensions.map((dimension) => `('${kpi.kpi}', '${dimension}')`));
  return `list_members as (
    select
        told.kpi_id,
        members.channel_id,
        members.dimension,
        members.member,
        cast(date_trunc('month', members.business_date) as date) as month
    from add_up_members as members
    inner join (values ${pairs.length === 0 ? "('', '')" : pairs.join(', ')}) as told (kpi_id, dimension)
        on members.dimension = told.dimension
    group by 1, 2, 3, 4, 5
)`;
}

function fillDays(kpis: readonly Kpi[], parts: readonly PartColumn[]): string {
  const amountOfPart = (part: KpiPart): string =>
    `case when sums.member is null then 0 else sums.${columnOf(part, parts)} end`;
  return `fill_days as (
    select
        days.kpi_id,
        days.channel_id,
        members.dimension,
        members.member,
        days.business_date,
        ${sidesOfKpis(kpis, 'days.kpi_id', amountOfPart)},
        days.is_complete
    from kpi_daily as days
    inner join list_members as members
        on
            days.kpi_id = members.kpi_id
            and days.channel_id = members.channel_id
            and cast(date_trunc('month', days.business_date) as date) = members.month
    left join add_up_members as sums
        on
            members.channel_id = sums.channel_id
            and members.dimension = sums.dimension
            and members.member = sums.member
            and days.business_date = sums.business_date
    where days.numerator is not null
)`;
}

function workOutValues(kpis: readonly Kpi[]): string {
  return `work_out_values as (
    select
        kpi_id,
        channel_id,
        dimension,
        member,
        business_date,
        numerator,
        denominator,
        ${kpiValue(kpis)} as value,
        is_complete
    from fill_days
)`;
}

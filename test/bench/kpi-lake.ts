import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance, quotedString } from '@duckdb/node-api';
import type { MartPart, Release } from '../../pipelines/domain/release.ts';

/** One day of every series is left for the evaluation that follows the first. */
export const firstThrough = '2026-04-28';
export const nextThrough = '2026-04-29';
const months = ['2026-01-01', '2026-02-01', '2026-03-01', '2026-04-01'];

/**
 * Four months of daily conversion of so many channels, as a build leaves them: quiet but for one channel in a hundred, which
 * collapses on the last day. Returns the releases before and after that day.
 */
export async function writeKpiLake(lake: string, channels: number): Promise<{ first: Release; next: Release }> {
  mkdirSync(join(lake, 'marts'), { recursive: true });
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  try {
    const write = async (month: string, through: string, name: string) => {
      await connection.run(
        `copy (${figures(channels, month, through)}) to ${quotedString(join(lake, 'marts', name))} (format parquet)`,
      );
      return { month, id: name, keys: [`marts/${name}`], rows: channels };
    };
    const closed: MartPart[] = [];
    for (const month of months.slice(0, -1)) closed.push(await write(month, nextThrough, `${month}.parquet`));
    const last = months.at(-1) ?? '';
    const release = async (id: string, through: string) => {
      const parts = [...closed, await write(last, through, `${last}-${id}.parquet`)];
      return { version: 1, id, as_of: through, catalog: 'bench', receipts: [], parts: { kpi_daily: parts } } as const;
    };
    return { first: await release('first', firstThrough), next: await release('next', nextThrough) };
  } finally {
    connection.closeSync();
  }
}

/** Sixty orders of 2000 sessions, give or take what chance gives; the same bytes in every run. */
function figures(channels: number, month: string, through: string): string {
  const orders = `60 + cast(hash(channel, day) % 17 as integer) - 8`;
  return `select 'conversion_rate' as kpi_id, printf('shop_%06d', channel) as channel_id, day as business_date,
      cast(orders as decimal(18, 4)) as numerator, cast(2000 as decimal(18, 4)) as denominator,
      cast(round(orders / 2000, 6) as decimal(20, 6)) as value, true as is_complete
    from (select channel, day, case when day = date '${nextThrough}' and channel % 100 = 0 then 12 else ${orders} end as orders
      from (select cast(unnest(generate_series(date '${month}', last_day(date '${month}'), interval 1 day)) as date) as day),
        (select unnest(generate_series(1, ${channels})) as channel))
    where day <= date '${through}' order by 1, 2, 3`;
}

import { afterAll, describe, expect, it } from 'vitest';
import { dayOf, isoDate } from '../../pipelines/example/calendar.ts';
import { channelHabits } from '../../pipelines/example/company.ts';
import { discard, generateInto, rowsOf } from './generated-folder.ts';

const reports = {
  tmall: { prefix: 'tmall/生意参谋', encoding: 'utf-8', day: '统计日期', sessions: '访问次数' },
  jd: { prefix: 'jd/京东商智', encoding: 'gb18030', day: '日期', sessions: '访问次数' },
  douyin: { prefix: 'douyin/电商罗盘', encoding: 'utf-8', day: '日期', sessions: '进店次数' },
  web_shop: { prefix: 'web_shop/ga4', encoding: 'utf-8', day: 'Date', sessions: 'Sessions' },
} as const;
type Tracked = keyof typeof reports;

const orders = {
  tmall: { prefix: 'tmall/ExportOrderList', encoding: 'gb18030', id: '订单编号', at: '订单创建时间' },
  jd: { prefix: 'jd/京东订单', encoding: 'gb18030', id: '订单号', at: '下单时间' },
  douyin: { prefix: 'douyin/抖店订单', encoding: 'utf-8', id: '主订单编号', at: '订单提交时间' },
  web_shop: { prefix: 'web_shop/orders', encoding: 'utf-8', id: 'Name', at: 'Created at' },
} as const;

/** Orders that were not closed unpaid, by visits, for every day that has visits; read from the files. */
function conversionByDay(folder: string, channel: Tracked): Map<number, number> {
  const sessions = new Map<number, number>();
  const report = reports[channel];
  for (const row of rowsOf(folder, report.prefix, report.encoding)) {
    const day = (row[report.day] ?? '').replace(/\D/g, '');
    const iso = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
    sessions.set(dayOf(iso), Number((row[report.sessions] ?? '').replaceAll(',', '')));
  }
  const placed = new Map<string, Record<string, string>>();
  const { prefix, encoding, id, at } = orders[channel];
  for (const row of rowsOf(folder, prefix, encoding)) {
    if (channel === 'web_shop' && row['Financial Status'] === '') continue;
    placed.set(row[id] ?? '', row);
  }
  const kept = new Map<number, number>();
  for (const row of placed.values()) {
    const isClosed =
      (row['订单状态'] === '交易关闭' && row['订单付款时间'] === '') ||
      row['订单状态'] === '(删除)等待付款确认' ||
      row['订单状态'] === '已关闭' ||
      row['Financial Status'] === 'voided';
    if (isClosed) continue;
    const day = dayOf((row[at] ?? '').slice(0, 10));
    kept.set(day, (kept.get(day) ?? 0) + 1);
  }
  return new Map([...sessions].map(([day, visits]) => [day, (kept.get(day) ?? 0) / visits]));
}

describe.each([1, 2, 3, 4, 5])('incidents of seed %i', async (seed) => {
  const world = await generateInto({ orders: 60_000, days: 180, to: '2026-10-31', seed });
  const { folder, result } = world;
  const { planted } = result;
  const of = (kind: string) => {
    const incident = planted.incidents.find((one) => one.kind === kind);
    if (!incident) throw new Error(`no ${kind} was planted`);
    return { ...incident, first: dayOf(incident.from), last: dayOf(incident.to) };
  };

  afterAll(() => discard(world));

  it('are one of each kind, inside the world, each with a size', () => {
    expect(planted.incidents.map((incident) => incident.kind)).toEqual([
      'conversion_collapse',
      'slow_approach',
      'satisfaction_drop',
      'tracking_outage',
      'duplicate_delivery',
      'corrected_file',
    ]);
    for (const incident of planted.incidents) {
      expect(incident.from >= planted.from && incident.from <= incident.to && incident.to <= planted.to).toBe(true);
      expect(incident.size).toBeGreaterThan(0);
    }
  });

  it('bring conversion below 2 % in the collapse, between 2 % and 2.25 % in the approach, and nowhere else near it', () => {
    const collapse = of('conversion_collapse');
    const approach = of('slow_approach');
    for (const channel of Object.keys(reports) as Tracked[]) {
      for (const [day, rate] of conversionByDay(folder, channel)) {
        const where = `${channel} on ${isoDate(day)}`;
        if (channel === collapse.channel_id && day >= collapse.first && day <= collapse.last) {
          expect(rate, where).toBeLessThan(0.02);
        } else if (channel === approach.channel_id && day >= approach.first) {
          expect(rate, where).toBeGreaterThan(0.02);
          if (day > approach.last - 14) expect(rate, where).toBeLessThan(0.0225);
        } else {
          expect(rate, where).toBeGreaterThan(0.026);
        }
      }
    }
  });

  it('leave exactly the days of the outage without visits', () => {
    const outage = of('tracking_outage');
    for (const channel of Object.keys(reports) as Tracked[]) {
      const days = new Set(conversionByDay(folder, channel).keys());
      const missing: number[] = [];
      for (let day = dayOf(planted.from); day <= dayOf(planted.to); day += 1) if (!days.has(day)) missing.push(day);
      const expected = channel === outage.channel_id ? outage.size : 0;
      expect(missing).toHaveLength(expected);
      expect(missing.every((day) => day >= outage.first && day <= outage.last)).toBe(true);
    }
  });

  it('press satisfaction below 80 % where planted and leave it at 85 % or more of any twenty answers elsewhere', () => {
    const drop = of('satisfaction_drop');
    const names: Record<string, string> = {
      'Tmall flagship': 'tmall',
      'JD store': 'jd',
      'Douyin shop': 'douyin',
      'Web shop': 'web_shop',
      'Store Berlin': 'store_berlin',
    };
    const answers = new Map<string, { inside: boolean[]; outside: boolean[] }>();
    for (const row of Object.values(names).flatMap((channel) => rowsOf(folder, `${channel}/csat`))) {
      const channel = names[row['Channel'] ?? ''] ?? '';
      const day = dayOf((row['Recorded Date'] ?? '').slice(0, 10));
      const kept = answers.get(channel) ?? { inside: [], outside: [] };
      const isInside = channel === drop.channel_id && day >= drop.first && day <= drop.last;
      (isInside ? kept.inside : kept.outside).push(Number(row['CSAT']) >= 4);
      answers.set(channel, kept);
    }
    const share = (list: readonly boolean[]): number => list.filter(Boolean).length / list.length;
    expect(share(answers.get(drop.channel_id)?.inside ?? [])).toBeLessThan(0.75);
    expect(answers.size).toBe(channelHabits.length);
    for (const [channel, { outside }] of answers) {
      for (let start = 0; start + 20 <= outside.length; start += 1) {
        expect(share(outside.slice(start, start + 20)), channel).toBeGreaterThanOrEqual(0.85);
      }
    }
  });
});

describe('a short world', () => {
  it('has no room for incidents and says so', async () => {
    const short = await generateInto({ orders: 500, days: 30 });
    const { result } = short;
    discard(short);
    expect(result.planted.incidents).toEqual([]);
    expect(result.orders).toBe(500);
  });
});

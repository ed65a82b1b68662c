import { compactDate, isoDate } from '../calendar.ts';
import { groupedCount, percent } from '../cells.ts';
import type { ChannelId } from '../company.ts';
import { Delivery, type DeliveryPeriod } from '../delivery.ts';
import type { ChannelDay } from '../demand.ts';
import type { ExportEncoding } from '../export-folder.ts';
import type { Exporter, ExportWorld } from '../exporter.ts';
import { isWithin } from '../incidents.ts';
import { mix, Random } from '../random.ts';

/** What people did on one day in one channel. */
interface Visits {
  readonly sessions: number;
  readonly visitors: number;
  readonly newVisitors: number;
  readonly pageViews: number;
  readonly productViews: number;
  readonly addToCarts: number;
  readonly checkouts: number;
  readonly orders: number;
  readonly bounced: number;
  readonly seconds: number;
}

/** One platform's traffic report: where it goes and how it writes a day. */
interface TrafficFormat {
  readonly channel: ChannelId;
  readonly encoding: ExportEncoding;
  readonly head: (period: DeliveryPeriod) => string;
  readonly name: (deliveredOn: number) => string;
  readonly row: (day: number, visits: Visits) => string;
}

const tmall: TrafficFormat = {
  channel: 'tmall',
  encoding: 'utf-8-bom',
  head: () =>
    '统计日期,访问次数,访客数,新访客数,老访客数,浏览量,商品浏览量,平均停留时长（秒）,跳失率,加购件数,下单笔数,下单转化率\r\n',
  name: (day) => `tmall/生意参谋_店铺整体_${isoDate(day)}.csv`,
  row: (day, visits) =>
    `${isoDate(day)},${groupedCount(visits.sessions)},${groupedCount(visits.visitors)},${groupedCount(visits.newVisitors)},` +
    `${groupedCount(visits.visitors - visits.newVisitors)},${groupedCount(visits.pageViews)},` +
    `${groupedCount(visits.productViews)},${(visits.seconds / visits.sessions).toFixed(2)},` +
    `${percent(visits.bounced / visits.sessions)},${groupedCount(visits.addToCarts)},${groupedCount(visits.orders)},` +
    `${percent(visits.orders / visits.sessions)}\r\n`,
};

const jd: TrafficFormat = {
  channel: 'jd',
  encoding: 'gb18030',
  head: () =>
    '日期,浏览量,访客数,访问次数,新访客数,商品详情页浏览量,加购商品件数,结算次数,成交单量,成交转化率,跳失访问次数\r\n',
  name: (day) => `jd/京东商智_流量概况_${compactDate(day)}.csv`,
  row: (day, visits) =>
    `${isoDate(day)},${groupedCount(visits.pageViews)},${groupedCount(visits.visitors)},${groupedCount(visits.sessions)},` +
    `${groupedCount(visits.newVisitors)},${groupedCount(visits.productViews)},${groupedCount(visits.addToCarts)},` +
    `${groupedCount(visits.checkouts)},${groupedCount(visits.orders)},${percent(visits.orders / visits.sessions)},` +
    `${groupedCount(visits.bounced)}\r\n`,
};

const douyin: TrafficFormat = {
  channel: 'douyin',
  encoding: 'utf-8',
  head: () =>
    '日期,进店次数,进店人数,首次进店人数,页面浏览次数,商品点击次数,加购次数,提交订单次数,成交订单数,跳出次数\n',
  name: (day) => `douyin/电商罗盘_流量分析_${compactDate(day)}.csv`,
  row: (day, visits) =>
    `${isoDate(day).replaceAll('-', '/')},${visits.sessions},${visits.visitors},${visits.newVisitors},${visits.pageViews},` +
    `${visits.productViews},${visits.addToCarts},${visits.checkouts},${visits.orders},${visits.bounced}\n`,
};

/** Google Analytics 4 puts a few comment lines above the table. */
const ga4: TrafficFormat = {
  channel: 'web_shop',
  encoding: 'utf-8',
  head: (period) =>
    '# ----------------------------------------\n# Marram Web Shop - GA4\n# Traffic by day\n' +
    '# ----------------------------------------\n#\n' +
    `# Start date: ${compactDate(period.from)}\n# End date: ${compactDate(period.to)}\n` +
    'Date,Sessions,Total users,New users,Views,Items viewed,Add to carts,Checkouts,Ecommerce purchases,Bounce rate,User engagement\n',
  name: (day) => `web_shop/ga4_traffic_by_day_${compactDate(day)}.csv`,
  row: (day, visits) =>
    `${compactDate(day)},${visits.sessions},${visits.visitors},${visits.newVisitors},${visits.pageViews},` +
    `${visits.productViews},${visits.addToCarts},${visits.checkouts},${visits.orders},` +
    `${(visits.bounced / visits.sessions).toFixed(6)},${visits.seconds}\n`,
};

/** Traffic reports of all channels that count visits; while tracking is out, the days are not in them. */
export function trafficReports(world: ExportWorld): Readonly<Record<'tmall' | 'jd' | 'douyin' | 'web_shop', Exporter>> {
  return {
    tmall: trafficReport(tmall, world),
    jd: trafficReport(jd, world),
    douyin: trafficReport(douyin, world),
    web_shop: trafficReport(ga4, world),
  };
}

function trafficReport(format: TrafficFormat, world: ExportWorld): Exporter {
  const { channel, encoding, head, name, row } = format;
  const report = new Delivery({ folder: world.folder, period: 'month', encoding, last: world.last, head, name });
  return {
    startDay: (day) => void report.turnTo(day),
    visits(day, plan) {
      const outage = world.plan?.outage;
      if (outage?.channel === channel && isWithin(outage, day)) return;
      report.write(row(day, visitsOf(plan, new Random(mix(world.seed, day, channel.length + 40)))));
    },
    close: () => report.close(),
  };
}

/** Everything beside sessions and orders follows from them, with the swings of a day. */
function visitsOf({ sessions, orders }: ChannelDay, random: Random): Visits {
  const share = (common: number): number => Math.round(sessions * common * (1 + random.swing(0.06)));
  const visitors = Math.min(sessions, share(0.86));
  return {
    sessions,
    visitors,
    newVisitors: Math.min(visitors, share(0.5)),
    pageViews: share(4.2),
    productViews: share(2.1),
    addToCarts: Math.max(orders, share(0.105)),
    checkouts: Math.max(orders, share(0.052)),
    orders,
    bounced: share(0.41),
    seconds: share(86),
  };
}

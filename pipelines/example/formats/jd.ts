import { compactDate, dateTime } from '../calendar.ts';
import { money, padded } from '../cells.ts';
import { Delivery } from '../delivery.ts';
import { type Exporter, type ExportWorld, redelivery } from '../exporter.ts';
import { LateChanges } from '../late-changes.ts';
import { type OrderState, stateAt, timeCell } from '../order-state.ts';
import type { Order, OrderKey } from '../orders.ts';
import { mix } from '../random.ts';

const orderHeader =
  '订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,余额支付,应付金额,订单状态,订单类型,下单帐号,客户姓名,客户地址,联系电话,订单备注,发票类型,发票抬头,发票内容,商家备注,商家备注等级（等级1-5为由高到低）,运费金额,付款确认时间,增值税发票,货号,订单完成时间,订单来源,订单渠道\r\n';
const refundHeader = '服务单号,订单号,商品编号,商品名称,申请时间,退款完成时间,退款金额,退款原因,服务单状态\r\n';
const reasons = ['商品与描述不符', '不喜欢', '质量问题', '价格保护', '七天无理由退货'];

/** Order export of the JD store: one product in each order, in GBK. */
export function jdOrders(world: ExportWorld): Exporter {
  const orders = new Delivery({
    folder: world.folder,
    period: 'month',
    encoding: 'gb18030',
    last: world.last,
    head: () => orderHeader,
    onDelivered: redelivery(world, 'jd'),
    name: (day) => `jd/京东订单导出_${compactDate(day)}.csv`,
  });
  const late = new LateChanges(orders);
  return {
    startDay(day) {
      if (!orders.turnTo(day)) return;
      for (const order of late.due(day)) orders.write(orderRow(order, orders.periodOf(day).exportedAt, world.seed));
    },
    order(order) {
      orders.write(orderRow(order, orders.periodOf(order.day).exportedAt, world.seed));
      late.watch(order, Math.max(order.paidAt, order.cancelledAt));
    },
    close: () => orders.close(),
  };
}

/** After-sales export of the JD store. */
export function jdRefunds(world: ExportWorld): Exporter {
  const refunds = new Delivery({
    folder: world.folder,
    period: 'month',
    encoding: 'gb18030',
    last: world.last,
    head: () => refundHeader,
    name: (day) => `jd/京东售后服务单_${compactDate(day)}.csv`,
  });
  return {
    startDay: (day) => void refunds.turnTo(day),
    refund: (order) => refunds.write(refundRow(order)),
    close: () => refunds.close(),
  };
}

export function jdOrderId(order: OrderKey): string {
  return `3${padded(order.day, 5)}${padded(order.number, 6)}`;
}

function statusOf(state: OrderState): string {
  if (state.cancelledAt !== 0) return '(删除)等待付款确认';
  if (state.paidAt === 0) return '等待付款';
  if (state.shippedAt === 0) return '等待出库';
  return state.finishedAt === 0 ? '等待确认收货' : '完成';
}

function orderRow(order: Order, at: number, seed: number): string {
  const { person } = order;
  const line = order.lines[0] as Order['lines'][number];
  const state = stateAt(order, at);
  // One phone in ten is a relay number that only the courier can ring.
  const phone =
    mix(seed, person.number, 22) % 10 === 0 ? `${person.phone}-${1000 + (order.number % 9000)}` : person.phone;
  return (
    `\t${jdOrderId(order)},\t10${line.product.sku.slice(3)}8800,${line.product.zh},${line.quantity},在线支付,` +
    `${dateTime(order.placedAt)},${money(line.unitPrice)},${money(order.items + order.freight)},${money(order.total)},0.00,` +
    `${money(order.total)},${statusOf(state)},SOP,jd_${padded(mix(78, person.number), 10)},` +
    `${person.surname}${person.givenName},${person.province}${person.city}海滨路${(person.number % 900) + 1}号,\t${phone},,` +
    `不需要发票,,,,,${money(order.freight)},${timeCell(state.paidAt)},,${line.product.sku},` +
    `${timeCell(state.finishedAt)},APP,京东商城\r\n`
  );
}

function refundRow(order: Order): string {
  const { refund } = order;
  if (refund === undefined) return '';
  const line = order.lines[0] as Order['lines'][number];
  const id = jdOrderId(order);
  return (
    `\t8${id.slice(1)},\t${id},\t10${line.product.sku.slice(3)}8800,${line.product.zh},${dateTime(refund.at - 90_000)},` +
    `${dateTime(refund.at)},${money(refund.amount)},${reasons[order.number % reasons.length]},完成\r\n`
  );
}

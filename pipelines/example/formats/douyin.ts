import { compactDate, dateTime } from '../calendar.ts';
import { money, padded } from '../cells.ts';
import { Delivery } from '../delivery.ts';
import { type Exporter, type ExportWorld, redelivery } from '../exporter.ts';
import { LateChanges } from '../late-changes.ts';
import { type OrderState, stateAt, timeCell } from '../order-state.ts';
import type { Order, OrderKey } from '../orders.ts';
import { masked } from '../persons.ts';
import { mix } from '../random.ts';

const orderHeader =
  '主订单编号,子订单编号,选购商品,商品规格,商品数量,商品ID,商家编码,商品单价,订单应付金额,运费,优惠总金额,支付方式,收件人,收件人手机号,省,市,区,详细地址,买家留言,订单提交时间,支付完成时间,商家备注,订单完成时间,订单状态,售后状态,取消原因,发货时间,流量来源,达人ID,达人昵称\n';
const afterSalesHeader =
  '售后单号,商品单号,订单号,商品名称,商家编码,售后类型,售后原因,退商品金额（元）,退运费金额（元）,售后状态,售后申请时间,售后完结时间\n';
const reasons = ['多拍/错拍/不想要', '商品信息描述不符', '质量问题', '七天无理由'];
const hosts = ['', '海边小林', '露营老周', '沙芦直播间'];

/** Order export of the Douyin shop: UTF-8 with a mark, numbers behind tabs, phones mostly masked. */
export function douyinOrders(world: ExportWorld): Exporter {
  const orders = new Delivery({
    folder: world.folder,
    period: 'month',
    encoding: 'utf-8-bom',
    last: world.last,
    head: () => orderHeader,
    onDelivered: redelivery(world, 'douyin'),
    name: (day) => `douyin/抖店订单_${compactDate(day)}.csv`,
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

/** After-sales export of the Douyin shop. */
export function douyinRefunds(world: ExportWorld): Exporter {
  const refunds = new Delivery({
    folder: world.folder,
    period: 'month',
    encoding: 'utf-8-bom',
    last: world.last,
    head: () => afterSalesHeader,
    name: (day) => `douyin/抖店售后_${compactDate(day)}.csv`,
  });
  return {
    startDay: (day) => void refunds.turnTo(day),
    refund: (order) => refunds.write(afterSalesRow(order)),
    close: () => refunds.close(),
  };
}

export function douyinOrderId(order: OrderKey): string {
  return `69${padded(order.day, 5)}${padded(order.number, 8)}${padded(order.person.number % 10_000, 4)}`;
}

function statusOf(state: OrderState): string {
  if (state.cancelledAt !== 0) return '已关闭';
  if (state.paidAt === 0) return '待支付';
  if (state.shippedAt === 0) return '待发货';
  return state.finishedAt === 0 ? '已发货' : '已完成';
}

function orderRow(order: Order, at: number, seed: number): string {
  const { person } = order;
  const line = order.lines[0] as Order['lines'][number];
  const id = douyinOrderId(order);
  const state = stateAt(order, at);
  const phone = mix(seed, person.number, 23) % 5 < 3 ? masked(person.phone) : person.phone;
  const host = order.number % hosts.length;
  return (
    `"\t${id}","\t${id}",${line.product.zh},海盐白,${line.quantity},"\t35${line.product.sku.slice(3)}77","\t${line.product.sku}",` +
    `${money(line.unitPrice)},${money(order.total)},${money(order.freight)},${money(order.discount)},${state.paidAt === 0 ? '-' : '抖音支付'},` +
    `${person.surname}**,${phone},${person.province},${person.city},滨海区,${person.surname}****,,${dateTime(order.placedAt)},` +
    `${timeCell(state.paidAt, '-')},,${timeCell(state.finishedAt, '-')},${statusOf(state)},` +
    `${state.refund ? '退款成功' : '-'},${state.cancelledAt === 0 ? '-' : '超时未支付'},${timeCell(state.shippedAt, '-')},` +
    `${host === 0 ? '商品卡' : '直播'},${host === 0 ? '' : `"\t75922555734645970${host}"`},${hosts[host]}\n`
  );
}

function afterSalesRow(order: Order): string {
  const { refund } = order;
  if (refund === undefined) return '';
  const line = order.lines[0] as Order['lines'][number];
  const id = douyinOrderId(order);
  return (
    `"\t14${id.slice(2)}","\t${id}","\t${id}",${line.product.zh},"\t${line.product.sku}",退货退款,` +
    `${reasons[order.number % reasons.length]},${money(refund.amount)},0.00,"同意退款，退款成功",${dateTime(refund.at - 90_000)},` +
    `${dateTime(refund.at)}\n`
  );
}

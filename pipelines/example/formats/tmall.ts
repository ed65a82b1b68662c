import { compactDate, dateTime } from '../calendar.ts';
import { money, padded } from '../cells.ts';
import { Delivery } from '../delivery.ts';
import { type Exporter, type ExportWorld, redelivery } from '../exporter.ts';
import { LateChanges } from '../late-changes.ts';
import { type OrderState, stateAt, timeCell } from '../order-state.ts';
import type { Order, OrderKey } from '../orders.ts';
import { masked } from '../persons.ts';
import { mix } from '../random.ts';

/** Header of the order report of the seller's back office, trailing blanks and all. */
const orderHeader =
  '订单编号,买家会员名,买家支付宝账号,支付交易号,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,买家实际支付金额,买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址 ,运送方式,联系电话 ,联系手机,订单创建时间,订单付款时间 ,宝贝标题 ,宝贝种类 ,物流单号 ,物流公司,订单备注,宝贝总数量,店铺Id,店铺名称,订单关闭原因,卖家服务费,买家服务费,发票抬头,是否手机订单,分阶段订单信息,修改后的sku,修改后的收货地址,异常信息,天猫卡券抵扣,集分宝抵扣,是否是O2O交易,发货时间\r\n';
const itemHeader =
  '子订单编号,主订单编号,商品标题,商品价格,购买数量,外部系统编号,商品属性,套餐信息,订单状态,商家编码,买家应付货款,买家实付金额,退款状态,退款金额,订单创建时间,订单付款时间,商品ID,发货时间\r\n';
const refundHeader =
  '订单编号,退款编号,支付宝交易号,订单付款时间,商品编码,退款完结时间,买家实际支付金额,宝贝标题,买家退款金额,手工退款/系统退款,是否需要退货,退款的申请时间,超时时间,退款状态,货物状态,退货物流信息,发货物流信息,客服介入状态,买家退款原因,买家退款说明,责任方,售中或售后,部分退款/全部退款\r\n';
const reasons = ['七天无理由退换货', '不想要了', '尺寸不符', '商品破损', '发错货'];

/** Order and item reports of the Tmall flagship store, in GBK as the seller downloads them at the start of a month. */
export function tmallOrders(world: ExportWorld): Exporter {
  const common = { folder: world.folder, period: 'month', encoding: 'gb18030', last: world.last } as const;
  const orders = new Delivery({
    ...common,
    head: () => orderHeader,
    onDelivered: redelivery(world, 'tmall'),
    name: (day) => `tmall/ExportOrderList${compactDate(day)}0915.csv`,
  });
  const items = new Delivery({
    ...common,
    head: () => itemHeader,
    name: (day) => `tmall/ExportItemList${compactDate(day)}0915.csv`,
  });
  const late = new LateChanges(orders);
  const write = (order: Order, exportedAt: number): void => {
    orders.write(orderRow(order, exportedAt, world.seed));
    for (let line = 0; line < order.lines.length; line += 1) items.write(itemRow(order, line, exportedAt));
  };
  return {
    startDay(day) {
      items.turnTo(day);
      if (orders.turnTo(day)) for (const order of late.due(day)) write(order, orders.periodOf(day).exportedAt);
    },
    order(order) {
      write(order, orders.periodOf(order.day).exportedAt);
      late.watch(order, Math.max(order.paidAt, order.cancelledAt));
    },
    close() {
      orders.close();
      items.close();
    },
  };
}

/** Refund report of the Tmall store. */
export function tmallRefunds(world: ExportWorld): Exporter {
  const refunds = new Delivery({
    folder: world.folder,
    period: 'month',
    encoding: 'gb18030',
    last: world.last,
    head: () => refundHeader,
    name: (day) => `tmall/ExportRefundList${compactDate(day)}0915.csv`,
  });
  return {
    startDay: (day) => void refunds.turnTo(day),
    refund: (order) => refunds.write(refundRow(order)),
    close: () => refunds.close(),
  };
}

/** Nineteen digits, as Tmall's. */
export function tmallOrderId(order: OrderKey): string {
  return `34${padded(order.day, 5)}${padded(order.number, 8)}${padded(order.person.number % 10_000, 4)}`;
}

function statusOf(state: OrderState): string {
  if (state.cancelledAt !== 0 || state.refund?.line === -1) return '交易关闭';
  if (state.paidAt === 0) return '等待买家付款';
  if (state.shippedAt === 0) return '买家已付款，等待卖家发货';
  return state.finishedAt === 0 ? '卖家已发货，等待买家确认' : '交易成功';
}

function orderRow(order: Order, at: number, seed: number): string {
  const { person, lines } = order;
  const state = stateAt(order, at);
  const status = statusOf(state);
  const units = lines.reduce((sum, line) => sum + line.quantity, 0);
  const phone = mix(seed, person.number, 21) % 5 < 2 ? masked(person.phone) : person.phone;
  const id = tmallOrderId(order);
  const parcel = state.shippedAt === 0 ? ',' : `SF${id.slice(4)},顺丰速运`;
  return (
    // The leading tab keeps spreadsheets from turning the number into 3.4E+18.
    `"\t${id}",${nick(order)},,"\t${state.paidAt === 0 ? '' : `2026${id}`}",${money(order.items - order.discount)},` +
    `${money(order.freight)},0,${money(order.total)},0,${money(state.paidAt === 0 ? 0 : order.total)},0,${status},,` +
    `${person.surname}${person.givenName},${person.province} ${person.city} 海滨路${(person.number % 900) + 1}号,快递,,` +
    `'${phone},${dateTime(order.placedAt)},${timeCell(state.paidAt)},${lines[0]?.product.zh},${lines.length},${parcel},,${units},` +
    `0,沙芦旗舰店,${status === '交易关闭' ? '买家主动关闭' : '订单未关闭'},0,0元,,手机订单,,,,,0,0,否,${timeCell(state.shippedAt)}\r\n`
  );
}

function itemRow(order: Order, index: number, at: number): string {
  const line = order.lines[index] as Order['lines'][number];
  const due = line.quantity * line.unitPrice - line.discount;
  const state = stateAt(order, at);
  const isRefunded = state.refund?.line === -1 || state.refund?.line === index;
  const id = tmallOrderId(order);
  return (
    `"\t${id}${index}","\t${id}",${line.product.zh},${money(line.unitPrice)},${line.quantity},${line.product.sku},颜色分类:海盐白,,` +
    `${statusOf(state)},${line.product.sku},${money(due)},${money(state.paidAt === 0 ? 0 : due)},` +
    `${isRefunded ? '退款成功' : '没有申请退款'},${isRefunded ? money(due) : '无退款申请'},${dateTime(order.placedAt)},` +
    `${timeCell(state.paidAt)},6${line.product.sku.slice(3)}00,${timeCell(state.shippedAt)}\r\n`
  );
}

function refundRow(order: Order): string {
  const { refund } = order;
  if (refund === undefined) return '';
  const id = tmallOrderId(order);
  const line = order.lines[Math.max(0, refund.line)] as Order['lines'][number];
  return (
    `"\t${id}","\t9${id.slice(2)}","\t2026${id}",${dateTime(order.paidAt)},${line.product.sku},${dateTime(refund.at)},` +
    `${money(order.total)},${line.product.zh},${money(refund.amount)},手工退款,是,${dateTime(refund.at - 90_000)},,退款成功,` +
    `买家已退货,,,无需客服介入,${reasons[order.number % reasons.length]},,买家,售后,${refund.line === -1 ? '全部退款' : '部分退款'}\r\n`
  );
}

function nick(order: Order): string {
  return `tb${padded(mix(77, order.person.number), 10)}`;
}

import { compactDate, dateTime, newYorkOffset } from '../calendar.ts';
import { money, padded } from '../cells.ts';
import { Delivery } from '../delivery.ts';
import type { Exporter, ExportWorld } from '../exporter.ts';
import { LateChanges } from '../late-changes.ts';
import { type OrderState, stateAt } from '../order-state.ts';
import type { Order, OrderKey } from '../orders.ts';
import { masked } from '../persons.ts';

const header = `${[
  'Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes',
  'Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price',
  'Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status',
  'Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip',
  'Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,Shipping Address1,Shipping Address2',
  'Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes',
  'Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID',
  'Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value',
  'Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name',
  'Shipping Province Name,Payment ID,Payment Terms Name,Next Payment Due At,Payment References',
].join(',')}\n`;

/** Order export of the company's own shop: a row for each product, what belongs to the order on the first one only. */
export function shopifyOrders(world: ExportWorld): Exporter {
  const orders = new Delivery({
    folder: world.folder,
    period: 'month',
    encoding: 'utf-8',
    last: world.last,
    head: () => header,
    name: (day) => `web_shop/orders_export_${compactDate(day)}.csv`,
  });
  const late = new LateChanges(orders);
  return {
    startDay(day) {
      if (!orders.turnTo(day)) return;
      for (const order of late.due(day)) orders.write(rows(order, orders.periodOf(day).exportedAt));
    },
    order(order) {
      orders.write(rows(order, orders.periodOf(order.day).exportedAt));
      late.watch(order, Math.max(order.paidAt, order.cancelledAt, order.refund?.at ?? 0));
    },
    close: () => orders.close(),
  };
}

export function shopifyOrderName(order: OrderKey): string {
  return `#${order.day}${padded(order.number, 6)}`;
}

function rows(order: Order, at: number): string {
  let text = orderRow(order, at);
  for (let line = 1; line < order.lines.length; line += 1) text += lineRow(order, line);
  return text;
}

function orderRow(order: Order, at: number): string {
  const { person } = order;
  const line = order.lines[0] as Order['lines'][number];
  const state = stateAt(order, at);
  const isFulfilled = state.shippedAt !== 0;
  const street = `${person.number % 900} Shore Rd`;
  const place = `${street},${street},,,${person.city},,${person.province},US`;
  const address = `${person.givenName} ${person.surname},${place},${person.phone === '' ? '' : masked(person.phone)}`;
  const payment = state.paidAt === 0 ? '' : 'Shopify Payments';
  return (
    `${shopifyOrderName(order)},${person.email},${financialStatus(state, order.total)},${withOffset(state.paidAt)},` +
    `${isFulfilled ? 'fulfilled' : 'unfulfilled'},${withOffset(state.shippedAt)},${person.number % 3 === 0 ? 'yes' : 'no'},USD,` +
    `${money(order.items - order.discount)},${money(order.freight)},0.00,${money(order.total)},` +
    `${order.discount > order.items / 12 ? 'TIDE10' : ''},${money(order.discount)},Standard,${withOffset(order.placedAt)},` +
    `${lineCells(line, isFulfilled)},${address},${address},,,${withOffset(state.cancelledAt)},${payment},,` +
    `${money(state.refund?.amount ?? 0)},Marram,${money(payment === '' ? order.total : 0)},,,,` +
    `${7_000_000_000_000 + order.day * 1_000_000 + order.number},,Low,web,${money(line.discount)},,,,,,,,,,,,,,,,,,,\n`
  );
}

/** A further product: order number, mail, time and the product; all else stays empty. */
function lineRow(order: Order, index: number): string {
  const line = order.lines[index] as Order['lines'][number];
  return (
    `${shopifyOrderName(order)},${order.person.email},,,,,,,,,,,,,,${withOffset(order.placedAt)},${lineCells(line, true)},` +
    `,,,,,,,,,,,,,,,,,,,,,,,,,,Marram,,,,,,,,,${money(line.discount)},,,,,,,,,,,,,,,,,,,\n`
  );
}

function lineCells(line: Order['lines'][number], isFulfilled: boolean): string {
  const { product, quantity, unitPrice } = line;
  const name = product.en.includes(',') ? `"${product.en}"` : product.en;
  return `${quantity},${name},${money(unitPrice)},,${product.sku},true,true,${isFulfilled ? 'fulfilled' : 'pending'}`;
}

function financialStatus({ cancelledAt, paidAt, refund }: OrderState, total: number): string {
  if (cancelledAt !== 0) return 'voided';
  if (paidAt === 0) return 'pending';
  if (refund === undefined) return 'paid';
  return refund.amount === total ? 'refunded' : 'partially_refunded';
}

/** `2026-10-31 14:05:33 -0400`, or nothing for what has not happened yet. */
function withOffset(time: number): string {
  if (time === 0) return '';
  return `${dateTime(time)} ${newYorkOffset(time) === -240 ? '-0400' : '-0500'}`;
}

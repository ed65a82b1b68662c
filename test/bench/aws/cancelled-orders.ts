const columns =
  'order_id,order_number,order_date,paid_date,status,shipping_total,tax_total,discount_total,order_total,order_subtotal,order_currency,customer_email';

/**
 * An export of one day's orders of a WooCommerce shop. Three in ten are cancelled, which is past every mark, or one in a
 * hundred, which is fine; `edition` makes the bytes of two exports of one day differ.
 */
export function ordersOf(day: string, options: { rows: number; isBad: boolean; edition: number }): Buffer {
  const { rows, isBad, edition } = options;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const lines = Array.from({ length: rows }, (_, at) => {
    const id = `${day.replaceAll('-', '')}${String(at).padStart(6, '0')}`;
    const time = new Date(midnight + Math.floor((at * 86_400_000) / rows)).toISOString().slice(0, 19).replace('T', ' ');
    const isCancelled = at % 10 < 3 ? isBad || at % 100 === 0 : false;
    const state = isCancelled ? 'cancelled' : 'completed';
    return `${id},${id},${time},${time},${state},5.00,0.${String(edition).padStart(2, '0')},0.00,25.00,20.00,USD,buyer${at % 4000}@example.com`;
  });
  return Buffer.from(`${[columns, ...lines].join('\n')}\n`);
}

/** A day of September 2026 or later; no holiday of the catalog falls into the first three weeks. */
export function dayNumber(number: number): string {
  return new Date(Date.UTC(2026, 8, 1 + number)).toISOString().slice(0, 10);
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes an overlay with the contract of an invented shop and returns its folder. */
export function paperShopCatalog(folder: string, dateFormats: readonly string[] = []): string {
  const contracts = join(folder, 'catalog', 'contracts');
  mkdirSync(contracts, { recursive: true });
  const formats = dateFormats.length === 0 ? '' : `, formats: ${JSON.stringify(dateFormats)}`;
  writeFileSync(
    join(contracts, 'paper_shop.yaml'),
    `contract: paper_shop
title: { en: Paper shop, zh: 纸品店 }
channel: { channel_id: paper_shop, name: Paper shop, name_zh: 纸品店, kind: own_shop }
timezone: Asia/Shanghai
currency: CNY
columns:
  - { name: order_no, headers: [订单号, Paper order], type: id, required: true, not_null: true }
  - { name: product, headers: [货号, Paper code], type: text, required: true, not_null: true }
  - { name: pieces, headers: [件数], type: integer, required: true, not_null: true, minimum: 1 }
  - { name: price, headers: [单价], type: decimal, required: true, not_null: true }
  - { name: placed, headers: [下单时间], type: datetime, required: true, not_null: true${formats} }
  - { name: phone, headers: [手机], type: text, personal: phone }
  - { name: remark, headers: [备注], type: text }
persons: [{ column: phone, kind: phone }]
rejects:
  - { reason: too_dear, when: price > 10000, description: { en: Dearer than anything we sell, zh: 高于最高售价 } }
outputs:
  - dataset: order_lines
    write: replace_scope
    columns:
      order_id: order_no
      ordered_at: placed
      product_id: product
      product_name: remark
      quantity: pieces
      unit_price: price
      line_amount: pieces * price
      kind: "'sale'"
`,
  );
  return join(folder, 'catalog');
}

export const paperHeader = ['订单号', '货号', '件数', '单价', '下单时间', '手机', '备注'];

/** Records of the paper shop; every sixth line repeats the one before, and remarks hold delimiters, quotes and line ends. */
export function paperRecords(count: number): string[][] {
  return Array.from({ length: count }, (_, at) => {
    const line = at % 6 === 5 ? at - 1 : at;
    const order = Math.floor(line / 3);
    const remark = ['普通', '加急, 请尽快', '他说 "好"', '第一行\n第二行'][line % 4] ?? '';
    const placed = new Date(Date.UTC(2024, 0, 1) + order * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
    const phone = `139${String(order % 40).padStart(8, '0')}`;
    return [
      `P${order}`,
      `K${line % 7}`,
      `${(line % 5) + 1}`,
      `${(line % 90) + 1}.${line % 10}5`,
      placed,
      phone,
      remark,
    ];
  });
}

/** Writes records as a table text; every cell that needs it is quoted. */
export function table(rows: readonly (readonly string[])[], delimiter = ',', newline = '\n'): string {
  const cell = (text: string): string =>
    /["\n\r]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
  return rows.map((row) => row.map(cell).join(delimiter) + newline).join('');
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Receipt } from '../../pipelines/domain/receipt.ts';
import { StagedLake } from './staged-lake.ts';

/** What the kiosk's exports are called by, and how an order is. */
interface KioskWish {
  /** Columns of the contract, as YAML: `number`, `day` and `total` among them. */
  readonly columns: readonly string[];
  readonly persons?: string;
  /** SQL of the order's number. */
  readonly orderId?: string;
}

/** A kiosk with one kind of export and a lake of its own. */
export interface Kiosk {
  readonly folder: string;
  readonly lake: StagedLake;
  /** Ingests a file of that name and content. */
  read(name: string, bytes: string | Uint8Array, lake?: StagedLake): Promise<Receipt>;
  discard(): void;
}

/** Its contract, as YAML. */
export function kioskContract({ columns, persons = '', orderId = 'number' }: KioskWish): string {
  return `contract: kiosk_sales
title: { en: Kiosk sales, zh: 报亭销售 }
channel: { channel_id: kiosk, name: Kiosk, name_zh: 报亭, kind: store }
timezone: Asia/Shanghai
currency: CNY
columns:
${columns.map((column) => `  - ${column}\n`).join('')}${persons}outputs:
  - dataset: orders
    write: upsert
    columns: { order_id: "${orderId}", ordered_at: day, total_amount: total }
`;
}

/** Opens a kiosk in a folder of its own; whoever opens it discards it. */
export function openKiosk(wish: KioskWish): Kiosk {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-kiosk-'));
  mkdirSync(join(folder, 'catalog/contracts'), { recursive: true });
  writeFileSync(join(folder, 'catalog/contracts/kiosk_sales.yaml'), kioskContract(wish));
  const lake = new StagedLake({ catalogs: [join(folder, 'catalog')] });
  return {
    folder,
    lake,
    async read(name, bytes, own = lake) {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      const [receipt] = await own.ingest([path]);
      return receipt as Receipt;
    },
    discard() {
      lake.discard();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

import { UsageError } from '../domain/errors.ts';
import { dayOf, isoDate } from '../example/calendar.ts';
import type { ExportFolder } from '../example/export-folder.ts';
import type { Incident } from '../example/incidents.ts';
import type { Order } from '../example/orders.ts';
import { playWorld } from '../example/world.ts';

export interface GenerateOptions {
  /** Orders in all channels together, exactly. */
  readonly orders?: number;
  readonly days?: number;
  /** Last day (ISO). Fixed by default: the same options give the same bytes on any day. */
  readonly to?: string;
  readonly seed?: number;
}

export const generateDefaults = { orders: 60_000, days: 180, to: '2026-10-31', seed: 1 } as const;

/** What was planted in the exports, as written to `planted.json`. Dates are ISO days. */
export interface Planted {
  readonly seed: number;
  readonly from: string;
  readonly to: string;
  readonly incidents: readonly Incident[];
}

export interface GeneratedExports {
  readonly files: number;
  readonly orders: number;
  readonly lines: number;
  readonly planted: Planted;
}

export interface GeneratePorts {
  readonly folder: ExportFolder;
  /** Called after each day of the fictional company, with the share of days done. */
  readonly onProgress?: (done: number) => void;
  readonly onOrder?: (order: Order) => void;
}

/**
 * Writes the example exports of a fictional company, in the formats of the platforms on which it sells, and
 * `planted.json`: what was planted in them.
 * @throws UsageError where an option makes no sense.
 */
export async function generateExports(options: GenerateOptions, ports: GeneratePorts): Promise<GeneratedExports> {
  const { orders, days, to, seed } = checked({ ...generateDefaults, ...options });
  const last = dayOf(to);
  const first = last - days + 1;
  let files = 0;
  const folder: ExportFolder = {
    open(name, encoding) {
      files += 1;
      return ports.folder.open(name, encoding);
    },
    copy(name, copyName) {
      files += 1;
      ports.folder.copy(name, copyName);
    },
  };
  const world = playWorld({ folder, seed, first, last, orders, ...(ports.onOrder ? { onOrder: ports.onOrder } : {}) });
  let step = world.next();
  while (!step.done) {
    ports.onProgress?.((step.value - first + 1) / days);
    // Writing is synchronous; between two days signals and timers get their turn.
    await new Promise((resolve) => setImmediate(resolve));
    step = world.next();
  }
  const summary = step.value;
  const planted: Planted = { seed, from: isoDate(first), to, incidents: summary.incidents };
  const file = ports.folder.open('planted.json', 'utf-8');
  file.write(`${JSON.stringify(planted, null, 2)}\n`);
  file.close();
  return { files, orders: summary.orders, lines: summary.lines, planted };
}

function checked(options: Required<GenerateOptions>): Required<GenerateOptions> {
  requireWhole('--orders', options.orders, 1, 100_000_000);
  requireWhole('--days', options.days, 1, 3660);
  requireWhole('--seed', options.seed, 0, 4_294_967_295);
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(options.to) && !Number.isNaN(Date.parse(`${options.to}T00:00:00Z`));
  if (!isDate || isoDate(dayOf(options.to)) !== options.to) {
    throw new UsageError(`"${options.to}" is no date`, { where: '--to', next: 'give a date as 2026-10-31' });
  }
  return options;
}

function requireWhole(option: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && low <= value && value <= high) return;
  throw new UsageError(`${value} is no whole number from ${low} to ${high}`, {
    where: option,
    next: 'see `tidemark generate --help`',
  });
}

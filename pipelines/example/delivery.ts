import { monthOf, nextMonth, secondsPerDay, weekOf } from './calendar.ts';
import type { ExportEncoding, ExportFile, ExportFolder } from './export-folder.ts';

export interface DeliveryOptions {
  readonly folder: ExportFolder;
  readonly period: 'month' | 'week';
  readonly encoding: ExportEncoding;
  /** Everything above the first record. */
  readonly head: (period: DeliveryPeriod) => string;
  /** Name of the file that is delivered on a day. */
  readonly name: (deliveredOn: number) => string;
  /** Last day of the world: the last file ends there. */
  readonly last: number;
  /** Told of each file once it is closed, with the number of records in it. */
  readonly onDelivered?: (name: string, period: DeliveryPeriod, records: number) => void;
}

/** Days that one file covers, and when it leaves the platform. */
export interface DeliveryPeriod {
  readonly from: number;
  readonly to: number;
  readonly deliveredOn: number;
  /** Wall-clock time of the export: what happens later is not in the file. */
  readonly exportedAt: number;
}

/** Opens one file after the other as time goes by, as a platform delivers them. Days never go back. */
export class Delivery {
  readonly #options: DeliveryOptions;
  #period: DeliveryPeriod | undefined;
  #file: ExportFile | undefined;
  #records = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** The period that a day's records belong to. */
  periodOf(day: number): DeliveryPeriod {
    if (this.#period !== undefined && this.#period.from <= day && day <= this.#period.to) return this.#period;
    const { period, last } = this.#options;
    const from = period === 'month' ? monthOf(day) : weekOf(day);
    const to = Math.min(last, (period === 'month' ? nextMonth(day) : from + 7) - 1);
    return { from, to, deliveredOn: to + 1, exportedAt: (to + 1) * secondsPerDay + 9 * 3600 + 15 * 60 };
  }

  /** Goes on to the period of a day and says whether it is a new one. */
  turnTo(day: number): boolean {
    const period = this.periodOf(day);
    if (period === this.#period) return false;
    this.close();
    this.#period = period;
    return true;
  }

  /** Writes one record of the current period. The first one begins the file: a period without any has none. */
  write(text: string): void {
    this.#file ??= this.#open();
    this.#file.write(text);
    this.#records += 1;
  }

  close(): void {
    if (this.#file === undefined || this.#period === undefined) return;
    this.#file.close();
    this.#options.onDelivered?.(this.#file.name, this.#period, this.#records);
    this.#file = undefined;
    this.#records = 0;
  }

  #open(): ExportFile {
    const { folder, name, encoding, head } = this.#options;
    if (this.#period === undefined) throw new RangeError('a record before its day');
    const file = folder.open(name(this.#period.deliveredOn), encoding);
    file.write(head(this.#period));
    return file;
  }
}

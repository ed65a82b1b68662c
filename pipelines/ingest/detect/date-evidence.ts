export interface DateFinding {
  /** Cells that are dates in the form that most of them have. */
  readonly dates: number;
  readonly type: 'date' | 'datetime' | 'instant';
  /** strptime formats; none where dates stand year first, as ISO and its relatives. Two: the column does not say which. */
  readonly formats: readonly string[];
  readonly doubt: 'ambiguous' | 'mixed' | undefined;
}

const yearFirst =
  /^\d{4}([-/.])\d{1,2}\1\d{1,2}(?:[ T](\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s?(Z|UTC|[+-]\d{2}:?\d{2})?)?$/;
const chinese = /^\d{4}年\d{1,2}月\d{1,2}日(?:\s?(\d{1,2}:\d{2}(?::\d{2})?))?$/;
const compact = /^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/;
const yearLast = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?:[ T](\d{1,2}:\d{2})(:\d{2})?( ?[AP]M)?)?$/i;
const monthName = /^(?:(\d{1,2})([ -])([A-Za-z]{3,9})\2(\d{4})|([A-Za-z]{3,9}) (\d{1,2}), (\d{4}))$/;

/** Dates of one shape: the same separator, length of year and time behind. */
interface Shape {
  count: number;
  readonly formats: readonly [dayFirst: string, monthFirst: string];
  readonly separator: string;
  readonly hasTime: boolean;
  highestFirst: number;
  highestSecond: number;
}

/** What a whole column says about the format of its dates: 03/04 alone says nothing, one 25/04 anywhere decides. */
export class DateEvidence {
  #iso = 0;
  #timed = 0;
  #zoned = 0;
  readonly #shapes = new Map<string, Shape>();
  readonly #named = new Map<string, number>();

  add(cell: string): void {
    const iso = yearFirst.exec(cell) ?? chinese.exec(cell) ?? compact.exec(cell);
    if (iso !== null) {
      this.#iso += 1;
      if (cell.includes(':')) this.#timed += 1;
      if (iso[3] !== undefined) this.#zoned += 1;
      return;
    }
    const last = yearLast.exec(cell);
    if (last !== null) this.#addYearLast(last);
    else this.#addNamed(monthName.exec(cell));
  }

  finding(): DateFinding {
    const shaped = [...this.#shapes.values()].reduce((sum, { count }) => sum + count, 0);
    const [named] = [...this.#named].sort((a, b) => b[1] - a[1]);
    if (named !== undefined && named[1] > this.#iso && named[1] > shaped) {
      return { dates: named[1], type: 'date', formats: [named[0]], doubt: undefined };
    }
    if (shaped > this.#iso) return this.#yearLastFinding(shaped);
    const type = this.#zoned > 0 ? 'instant' : this.#timed > 0 ? 'datetime' : 'date';
    return { dates: this.#iso, type, formats: [], doubt: undefined };
  }

  #addYearLast([, first, separator = '', second, year, time, seconds, half]: RegExpExecArray): void {
    const clock =
      time === undefined
        ? ''
        : ` ${half ? '%I' : '%H'}:%M${seconds ? ':%S' : ''}${half ? `${half.startsWith(' ') ? ' ' : ''}%p` : ''}`;
    const last = `${separator}${year?.length === 4 ? '%Y' : '%y'}${clock}`;
    const formats = [`%d${separator}%m${last}`, `%m${separator}%d${last}`] as const;
    const shape = this.#shapes.get(last) ?? {
      count: 0,
      formats,
      separator,
      hasTime: clock !== '',
      highestFirst: 0,
      highestSecond: 0,
    };
    shape.count += 1;
    shape.highestFirst = Math.max(shape.highestFirst, Number(first));
    shape.highestSecond = Math.max(shape.highestSecond, Number(second));
    this.#shapes.set(last, shape);
  }

  #addNamed(found: RegExpExecArray | null): void {
    if (found === null) return;
    const [, , separator = ' ', dayFirst, , monthFirst = ''] = found;
    const month = (dayFirst ?? monthFirst).length > 3 ? '%B' : '%b';
    const format = dayFirst === undefined ? `${month} %d, %Y` : `%d${separator}${month}${separator}%Y`;
    this.#named.set(format, (this.#named.get(format) ?? 0) + 1);
  }

  /** All shapes of a column share one order of day and month. */
  #yearLastFinding(dates: number): DateFinding {
    const shapes = [...this.#shapes.values()].sort((a, b) => b.count - a.count);
    const isDayFirst = shapes.some(({ highestFirst, separator }) => highestFirst > 12 || separator === '.');
    const isMonthFirst = shapes.some(({ highestSecond }) => highestSecond > 12);
    const type = shapes.some(({ hasTime }) => hasTime) ? 'datetime' : 'date';
    if (isDayFirst !== isMonthFirst) {
      return { dates, type, formats: shapes.map(({ formats }) => formats[isDayFirst ? 0 : 1]), doubt: undefined };
    }
    const formats = shapes.slice(0, 1).flatMap((shape) => [...shape.formats]);
    return { dates, type, formats, doubt: isDayFirst ? 'mixed' : 'ambiguous' };
  }
}

export interface NumberFinding {
  /** Cells that are numbers under the marks below. */
  readonly numbers: number;
  readonly percents: number;
  readonly hasFractions: boolean;
  /** Fractions of which none is larger than one: shares rather than amounts. */
  readonly isShare: boolean;
  readonly decimalMark: '.' | ',';
  readonly thousandsMark: ',' | '.' | ' ' | "'";
  /** Some cell can only be read with this decimal mark. */
  readonly isDecided: boolean;
  /** True where cells say something else with the marks swapped and nothing in the column tells which is right. */
  readonly isUndecided: boolean;
  /** ISO code of the only currency sign seen. */
  readonly currency: string | undefined;
}

const dotted = /^[+-]?(?:\d+|\d{1,3}(?:[,' ]\d{3})+|\d{1,2}(?:,\d{2})+,\d{3})?(\.\d*)?(?:e[+-]?\d+)?$/i;
const commaed = /^[+-]?(?:\d+|\d{1,3}(?:[.' ]\d{3})+)?(,\d*)?(?:e[+-]?\d+)?$/i;
const signs: readonly (readonly [RegExp, string])[] = [
  [/[¥￥元]|CNY|RMB/i, 'CNY'],
  [/€|EUR/i, 'EUR'],
  [/£|GBP/i, 'GBP'],
  [/R\$|BRL/i, 'BRL'],
  [/₹|INR/i, 'INR'],
  [/\$|USD/i, 'USD'],
];
const signText = /US\$|R\$|HK\$|CNY|RMB|USD|EUR|GBP|BRL|INR|[¥￥$€£₹元]/gi;

/** What a whole column says about the marks of its numbers: `1.234` alone says nothing, one `1.234,5` decides. */
export class NumberEvidence {
  #dots = 0;
  #commas = 0;
  #both = 0;
  #differ = 0;
  #percents = 0;
  #dotFractions = 0;
  #commaFractions = 0;
  #largest = 0;
  #space = 0;
  #apostrophe = 0;
  readonly #currencies = new Set<string>();

  add(cell: string): void {
    const text = bare(cell);
    if (!/\d/.test(text)) return;
    const dot = dotted.exec(text);
    const comma = commaed.exec(text);
    if (dot === null && comma === null) return;
    this.#decoration(cell, text);
    const size = Math.abs(Number(text.replace(',', '.')));
    this.#largest = Math.max(this.#largest, Number.isNaN(size) ? Number.POSITIVE_INFINITY : size);
    if (hasFraction(dot?.[1])) this.#dotFractions += 1;
    if (hasFraction(comma?.[1])) this.#commaFractions += 1;
    if (dot === null) this.#commas += 1;
    else if (comma === null) this.#dots += 1;
    else this.#addEither(text);
  }

  finding(): NumberFinding {
    const decimalMark = this.#commas > this.#dots ? ',' : '.';
    const hasFractions = (decimalMark === '.' ? this.#dotFractions : this.#commaFractions) > 0;
    const [currency] = this.#currencies;
    const groups = decimalMark === '.' ? ',' : '.';
    return {
      numbers: this.#both + Math.max(this.#dots, this.#commas),
      percents: this.#percents,
      hasFractions,
      isShare: hasFractions && this.#largest <= 1,
      decimalMark,
      thousandsMark: this.#space > 0 ? ' ' : this.#apostrophe > 0 ? "'" : groups,
      isDecided: this.#dots !== this.#commas,
      isUndecided: this.#differ > 0 && this.#dots === this.#commas,
      currency: this.#currencies.size === 1 ? currency : undefined,
    };
  }

  #addEither(text: string): void {
    this.#both += 1;
    if (/[.,]/.test(text)) this.#differ += 1;
  }

  #decoration(cell: string, text: string): void {
    if (/[%‰]\s*$/.test(cell)) this.#percents += 1;
    if (/\d \d/.test(text)) this.#space += 1;
    if (/\d'\d/.test(text)) this.#apostrophe += 1;
    const found = signs.find(([sign]) => sign.test(cell));
    if (found !== undefined) this.#currencies.add(found[1]);
  }
}

function bare(cell: string): string {
  return cell
    .normalize('NFKC')
    .replace(signText, '')
    .trim()
    .replace(/\s*[%‰万亿]$/, '')
    .replace(/^\((.*)\)$/, '-$1')
    .replace(/^(.*\d)-$/, '-$1')
    .replace(/[\u00a0\u202f]/g, ' ');
}

function hasFraction(part: string | undefined): boolean {
  return part !== undefined && /[1-9]/.test(part);
}

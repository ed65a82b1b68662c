/** How a number format shows numbers; text formats and plain numbers are `number`. */
export type CellKind = 'number' | 'date' | 'percent';

const builtInDates = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47]);
const builtInPercents = new Set([9, 10]);
const dayMilliseconds = 86_400_000;
/** Day 0 of both calendars, in days since 1970. The first one counts 29 February 1900, which never was. */
const epochDays = { 1900: -25_569, 1904: -24_107 } as const;

/** What a number format makes of a number, from its id or, for own formats, its code. */
export function kindOfFormat(id: number, code: string | undefined): CellKind {
  if (code === undefined) {
    if (builtInPercents.has(id)) return 'percent';
    // 27 to 36 and 50 to 58 are dates in the East Asian editions.
    return builtInDates.has(id) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58) ? 'date' : 'number';
  }
  const bare = code.replace(/"[^"]*"|\\.|\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '');
  if (bare.includes('%')) return 'percent';
  return /[ymdhs年月日时分秒]/i.test(bare.replace(/general/gi, '')) ? 'date' : 'number';
}

/** A number as the sheet shows it, without the noise of binary fractions; dates and times in ISO form. */
export function showNumber(value: string, kind: CellKind, calendar: 1900 | 1904): string {
  const number = Number(value);
  if (value === '' || !Number.isFinite(number)) return value;
  if (kind === 'date') return showDate(number, calendar);
  if (kind === 'percent') return `${plain(number * 100)}%`;
  // Fifteen digits are all that Excel keeps; longer ones in the file are noise, unless they are an id.
  return /^-?\d+$/.test(value) ? value : plain(number);
}

function plain(number: number): string {
  const text = String(Number(number.toPrecision(15)));
  return text.includes('e') ? (BigInt(Math.round(number)).toString() === '0' ? text : number.toFixed(0)) : text;
}

function showDate(serial: number, calendar: 1900 | 1904): string {
  const isFirstYear = calendar === 1900 && serial < 60;
  const days = serial + epochDays[calendar] + (isFirstYear ? 1 : 0);
  const seconds = Math.round(days * 86_400);
  const instant = new Date(seconds * 1000);
  if (Number.isNaN(instant.getTime()) || Math.abs(days) * dayMilliseconds > 8.64e15) return String(serial);
  const [date = '', time = ''] = instant.toISOString().slice(0, 19).split('T');
  if (serial >= 0 && serial < 1) return time;
  return time === '00:00:00' ? date : `${date} ${time}`;
}

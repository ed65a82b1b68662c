const locales = { zh: 'zh-CN', en: 'en-GB' };
const absent = '–';

function number(language, options) {
  return new Intl.NumberFormat(locales[language] ?? locales.en, options);
}

/** Shows a value in its unit: count, money (reporting currency), ratio (percent), change (percent with sign),
 * index, days, date, text. */
export function formatValue(value, unit, language, currency) {
  if (value === null || value === undefined || value === '') return absent;
  switch (unit) {
    case 'count':
      return number(language, { maximumFractionDigits: 0 }).format(value);
    case 'money':
      return money(value, language, currency);
    case 'ratio':
      return percent(value, language);
    case 'index':
    case 'days':
    case 'decimal':
      return number(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value);
    case 'change':
      return formatChange(value, language);
    case 'date':
      return formatDay(value);
    default:
      return String(value);
  }
}

/** Small shares need a second decimal to be told apart. */
function percent(value, language) {
  const decimals = Math.abs(value) < 0.1 ? 2 : 1;
  const options = { style: 'percent', minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return number(language, options).format(value);
}

/** Whole units for sums, two decimals for what a single order is worth. */
function money(value, language, currency) {
  const decimals = Math.abs(value) < 10000 ? 2 : 0;
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  if (!currency) return number(language, options).format(value);
  return number(language, { ...options, style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).format(value);
}

/** Short form for axes: 12 万, 1.2M, 3.4%. */
export function formatTick(value, unit, language) {
  if (unit === 'ratio') return number(language, { style: 'percent', maximumFractionDigits: 1 }).format(value);
  return number(language, { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}

/** A relative change with its sign. */
export function formatChange(change, language) {
  if (change === null || change === undefined) return absent;
  return number(language, { style: 'percent', maximumFractionDigits: 1, signDisplay: 'exceptZero' }).format(change);
}

/** A difference of two indexes with its sign. */
export function formatDifference(difference, language) {
  if (difference === null || difference === undefined) return absent;
  return number(language, { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'exceptZero' }).format(difference);
}

/** A difference of two shares, in percentage points with its sign. */
export function formatPoints(difference, language, word) {
  if (difference === null || difference === undefined) return absent;
  const percent = number(language, {
    style: 'percent',
    maximumFractionDigits: 2,
    signDisplay: 'exceptZero',
  })
    .formatToParts(difference)
    .filter((part) => part.type !== 'percentSign')
    .map((part) => part.value)
    .join('');
  return `${percent} ${word}`;
}

/** ISO day or month; dates arrive as text or as UTC midnights and must not move with the reader's time zone. */
export function formatDay(value) {
  const text = value instanceof Date ? value.toISOString() : String(value);
  return text.slice(0, 10);
}

/** A period by its first and last day, as short as it can be told: 2026-10, 2026-10-19 – 25, 2026-10-31. */
export function formatPeriod(first, last) {
  const from = formatDay(first);
  const to = last === null || last === undefined ? from : formatDay(last);
  if (from === to) return from;
  const nextDay = new Date(Date.parse(to) + 24 * 60 * 60 * 1000).toISOString();
  if (from.endsWith('-01') && nextDay.slice(8, 10) === '01') return from.slice(0, 7);
  return `${from} – ${from.slice(0, 7) === to.slice(0, 7) ? to.slice(8) : to.slice(5)}`;
}

/** An hour of the day on the channel's clock: 14:00. */
export function formatHour(value) {
  return `${String(value).padStart(2, '0')}:00`;
}

export function formatMonth(value) {
  return formatDay(value).slice(0, 7);
}

import { quotedString } from '@duckdb/node-api';
import { offsetFormat } from './plain-shape.ts';
import { localToUtc, utcToLocal, type Zone } from './zone-sql.ts';

/** Tried after ISO and its relatives (2016/11/9, 2020-02-21T00:00:00.5), all of them year first: none can be mistaken. */
const yearFirst = [
  '%Y.%m.%d',
  '%Y.%m.%d %H:%M',
  '%Y.%m.%d %H:%M:%S',
  '%Y%m%d',
  '%Y%m%d%H%M%S',
  '%Y%m%d %H:%M:%S',
  '%Y年%m月%d日',
  '%Y年%m月%d日 %H:%M',
  '%Y年%m月%d日 %H:%M:%S',
  '%Y年%m月%d日%H时%M分%S秒',
];

/**
 * SQL: a clean cell as wall-clock time, null where it is none. `formats`: what the column is written in, tried in order;
 * `iso` stands for year-first dates in all their spellings, and is what a column without formats is read as.
 */
export function wallClockCell(clean: string, formats: readonly string[]): string {
  const readings = (formats.length === 0 ? ['iso'] : formats).map((format) =>
    format === 'iso' ? isoRelative(clean) : inFormat(clean, format),
  );
  return readings.length === 1 ? (readings[0] ?? '') : `coalesce(${readings.join(', ')})`;
}

/** SQL: a clean cell as an instant (timestamptz); without an offset of its own it is none. */
export function instantCell(clean: string, formats: readonly string[]): string {
  const readings = (formats.length === 0 ? ['iso'] : formats).map((format) => instantIn(clean, format));
  return readings.length === 1 ? (readings[0] ?? '') : `coalesce(${readings.join(', ')})`;
}

/** SQL: an instant in the plain shape of its kind; null where no calendar has such a day. */
export function plainInstant(text: string): string {
  return `cast(try_strptime(${text}, ${quotedString(offsetFormat)}) as timestamptz)`;
}

function instantIn(clean: string, format: string): string {
  if (format === 'unix_s' || format === 'unix_ms') {
    const factor = format === 'unix_s' ? 1_000_000 : 1_000;
    const micros = `cast(round(try_cast(${clean} as decimal(20,6)) * ${factor}) as bigint)`;
    return `make_timestamptz(case when ${micros} between 0 and 7258118400000000 then ${micros} end)`;
  }
  if (format !== 'iso') return `cast(${inFormat(clean, format)} as timestamptz)`;
  const normal = `regexp_replace(${clean}, '\\s*([+-][0-9]{2}):?([0-9]{2})$', '\\1:\\2')`;
  const hasOffset = `regexp_matches(${clean}, '(Z|UTC|GMT|:[0-9.]+\\s*[+-][0-9]{2}(:?[0-9]{2})?)$')`;
  return `case when ${hasOffset} then try_cast(${normal} as timestamptz) end`;
}

/** SQL: a clean cell as a number of seconds: `200`, `00:03:20`, `3:20`, `3m20s`, `1分20秒`. */
export function durationCell(clean: string): string {
  const part = (unit: string): string =>
    `coalesce(try_cast(nullif(regexp_extract(${clean}, '([0-9.]+)\\s*(?:${unit})', 1), '') as decimal(18,4)), 0)`;
  const colons = `list_reverse(list_transform(string_split(${clean}, ':'), lambda x: try_cast(x as decimal(18,4))))`;
  const clock = `${colons}[1] + ${colons}[2] * 60 + coalesce(${colons}[3], 0) * 3600`;
  const units = `${part('h|小时|时')} * 3600 + ${part('m|min|分钟|分')} * 60 + ${part('s|sec|秒')}`;
  return [
    `case when regexp_full_match(${clean}, '[0-9]+(\\.[0-9]+)?') then try_cast(${clean} as decimal(18,4))`,
    `when regexp_full_match(${clean}, '([0-9]+:)?[0-9]{1,2}:[0-9]{2}(\\.[0-9]+)?') then ${clock}`,
    `when regexp_full_match(${clean}, '([0-9.]+\\s*(h|小时|时|m|min|分钟|分|s|sec|秒)\\s*)+') then ${units} end`,
  ].join(' ');
}

/** SQL: a time in UTC. Wall-clock time is read in the channel's zone; an instant already knows its own. */
export function utcTime(sql: string, type: string | undefined, zone: Zone): string {
  if (type === 'TIMESTAMP WITH TIME ZONE') return utcOfInstant(sql);
  if (type === 'TIMESTAMP') return localToUtc(`(${sql})`, zone);
  return localToUtc(`cast((${sql}) as timestamp)`, zone);
}

/** SQL: the date of a time in the channel's zone. */
export function localDate(sql: string, type: string | undefined, zone: Zone): string {
  if (type === 'TIMESTAMP WITH TIME ZONE') return `cast(${utcToLocal(utcOfInstant(sql), zone)} as date)`;
  return `cast((${sql}) as date)`;
}

/** Counting microseconds spares the engine its calendar. */
function utcOfInstant(sql: string): string {
  return `make_timestamp(epoch_us(${sql}))`;
}

/** Words such as `epoch` and `infinity` are times to DuckDB, whatever the format; a date of an export has a digit. */
function inFormat(clean: string, format: string): string {
  return `case when regexp_matches(${clean}, '[0-9]') then try_strptime(${clean}, ${quotedString(format)}) end`;
}

function isoRelative(clean: string): string {
  // The cast drops an offset without a word: what is longer than a second must look like wall-clock time.
  const isWallClock = `strlen(${clean}) <= 19 or regexp_full_match(${clean}, '[0-9/-]+[ T][0-9:.]+')`;
  const cast = `case when ${isWallClock} then try_cast(${clean} as timestamp) end`;
  const listed = `try_strptime(${clean}, [${yearFirst.map((format) => quotedString(format)).join(', ')}])`;
  return `case when ascii(${clean}) between 48 and 57 then coalesce(${cast}, ${listed}) end`;
}

/** SQL condition: a date that no business has, a slip of the pen. */
export function isImplausible(value: string): string {
  return `(${value} < '1900-01-01' or ${value} >= '2200-01-01')`;
}

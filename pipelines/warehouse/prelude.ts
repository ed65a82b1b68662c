/**
 * Models are written in Trino's dialect, inside the subset that both engines share. These settings and macros make
 * DuckDB read that subset as Trino does.
 */
export const preludeSettings = [
  `set TimeZone = 'UTC'`,
  // Trino: 7 / 2 = 3, and a division by zero fails. Here it answers nothing; infinity would be worse than either.
  `set integer_division = true`,
  `set ieee_floating_point_ops = false`,
] as const;

export const preludeMacros = [
  // Whole units that have passed; DuckDB's own counts boundaries that were crossed.
  `create macro date_diff(unit, start, finish) as date_sub(unit, start, finish)`,
  `create macro date_add(unit, amount, moment) as
     case lower(unit)
       when 'second' then moment + to_seconds(amount)
       when 'minute' then moment + to_minutes(amount)
       when 'hour' then moment + to_hours(amount)
       when 'day' then moment + to_days(cast(amount as integer))
       when 'week' then moment + to_weeks(cast(amount as integer))
       when 'month' then moment + to_months(cast(amount as integer))
       when 'quarter' then moment + to_months(cast(3 * amount as integer))
       when 'year' then moment + to_years(cast(amount as integer))
     end`,
  // Monday is 1 and Sunday is 7.
  `create macro day_of_week(moment) as isodow(moment)`,
  `create macro day_of_month(moment) as day(moment)`,
  `create macro day_of_year(moment) as dayofyear(moment)`,
  `create macro week_of_year(moment) as week(moment)`,
  `create macro last_day_of_month(moment) as last_day(moment)`,
  `create macro to_unixtime(moment) as epoch(moment)`,
  // MySQL's letters for minute, second and ISO week are not strftime's.
  `create macro date_format(moment, pattern) as
     strftime(moment, replace(replace(replace(pattern, '%i', '%M'), '%s', '%S'), '%v', '%V'))`,
  `create macro regexp_like(text, pattern) as regexp_matches(text, pattern)`,
  // Trino replaces every match and names groups $1.
  `create macro regexp_replace(text, pattern, replacement) as
     system.main.regexp_replace(
       text, pattern, system.main.regexp_replace(replacement, '\\$(\\d)', '\\\\\\1', 'g'), 'g'
     )`,
  // Past the last piece there is nothing, not the empty text.
  `create macro split_part(text, separator, piece) as string_split(text, separator)[piece]`,
  `create macro json_extract_scalar(document, path) as json_extract_string(document, path)`,
  `create macro array_join(list, separator) as array_to_string(list, separator)`,
  `create macro element_at(list, nth) as list[nth]`,
  `create macro cardinality(list) as len(list)`,
  `create macro sequence(first, last, step := 1) as generate_series(first, last, step)`,
  `create macro levenshtein_distance(one, other) as levenshtein(one, other)`,
  `create macro approx_distinct(value) as approx_count_distinct(value)`,
  `create macro every(condition) as bool_and(condition)`,
  `create macro truncate(number) as trunc(number)`,
  // A missing argument makes the result missing; DuckDB's own leaves it out.
  `create macro greatest
     (a, b) as case when a is null or b is null then null when a >= b then a else b end,
     (a, b, c) as case
       when a is null or b is null or c is null then null
       when a >= b and a >= c then a when b >= c then b else c end`,
  `create macro least
     (a, b) as case when a is null or b is null then null when a <= b then a else b end,
     (a, b, c) as case
       when a is null or b is null or c is null then null
       when a <= b and a <= c then a when b <= c then b else c end`,
] as const;

/** One statement for Trino, in the catalog that it belongs to. */
export interface TrinoStatement {
  readonly sql: string;
  readonly catalog?: 'iceglue';
}

/** What Athena refuses although Trino would take it, with Athena's own kind of words. */
export class RefusedStatement extends Error {}

const refusals: readonly (readonly [RegExp, string])[] = [
  [/^\s*create\s+or\s+replace\s+table\b/i, "mismatched input 'table'. Expecting: 'view'"],
  [/^\s*alter\s+table\b[\s\S]*\bexecute\b/i, "mismatched input 'execute'"],
  [/^\s*insert\s+overwrite\b/i, "mismatched input 'overwrite'. Expecting: 'into'"],
  [/^\s*create\s+materialized\b/i, 'Materialized views are not supported'],
  [/^\s*(grant|revoke|set\s+session|use|start\s+transaction|commit|rollback)\b/i, 'Statement is not supported'],
];

/** Athena’s limit on a statement, in bytes. */
const longestBytes = 262_144;

const hiveTypes: Readonly<Record<string, string>> = {
  string: 'varchar',
  int: 'integer',
  float: 'real',
  binary: 'varbinary',
  timestamp: 'timestamp(3)',
};

/**
 * Athena's SQL as Trino takes it: queries pass as they are, Hive's data definition is translated as far as this product
 * uses it. The last statement gives the result.
 * @throws RefusedStatement for what Athena does not take.
 */
export function translate(sql: string): readonly TrinoStatement[] {
  if (Buffer.byteLength(sql) > longestBytes) throw new RefusedStatement('Your query has exceeded the maximum length');
  const text = sql.trim().replace(/;\s*$/, '');
  for (const [pattern, reason] of refusals) if (pattern.test(text)) throw new RefusedStatement(`line 1:1: ${reason}`);
  refuseDoubleLiterals(text);
  return (
    translateDatabase(text) ??
    translateRepair(text) ??
    translateExternalTable(text) ??
    translateTableAs(text) ??
    translateUnload(text) ?? [{ sql: text }]
  );
}

/** `1.5` is a decimal in Trino and a double in Athena: a model that holds one could differ without a word. */
function refuseDoubleLiterals(text: string): void {
  const bare = withoutTexts(text).match(/(?<![\w.])\d+\.\d+(?![\w.])/);
  if (bare)
    throw new RefusedStatement(`write ${bare[0]} as ${bare[0]}e0 or as a cast: its type differs between engines`);
}

function withoutTexts(text: string): string {
  return text
    .replace(/'(?:[^']|'')*'/g, "''")
    .replace(/"(?:[^"]|"")*"/g, '""')
    .replace(/--[^\n]*/g, '');
}

function translateDatabase(text: string): TrinoStatement[] | undefined {
  const created =
    /^create\s+(?:database|schema)\s+(if\s+not\s+exists\s+)?[`"]?(\w+)[`"]?(?:[\s\S]*?\blocation\s+'([^']+)')?/i.exec(
      text,
    );
  if (created) {
    const [, condition = '', name, location] = created;
    return [{ sql: `create schema ${condition}"${name}"${location ? ` with (location = '${location}')` : ''}` }];
  }
  const dropped = /^drop\s+(?:database|schema)\s+(if\s+exists\s+)?[`"]?(\w+)[`"]?/i.exec(text);
  return dropped ? [{ sql: `drop schema ${dropped[1] ?? ''}"${dropped[2]}"` }] : undefined;
}

function translateRepair(text: string): TrinoStatement[] | undefined {
  const found = /^msck\s+repair\s+table\s+[`"]?(\w+)[`"]?\.[`"]?(\w+)[`"]?/i.exec(text);
  return found ? [{ sql: `call system.sync_partition_metadata('${found[1]}', '${found[2]}', 'FULL')` }] : undefined;
}

function translateExternalTable(text: string): TrinoStatement[] | undefined {
  const found = /^create\s+external\s+table\s+(if\s+not\s+exists\s+)?([\w.`"]+)\s*\(/i.exec(text);
  if (!found) {
    if (/^create\s+table\s+(?:if\s+not\s+exists\s+)?[\w.`"]+\s*\(/i.test(text) && !/\blocation\s+'/i.test(text)) {
      throw new RefusedStatement('No location was specified for the table');
    }
    return undefined;
  }
  const [head, condition = '', name = ''] = found;
  const close = closingParenthesis(text, head.length - 1);
  const rest = text.slice(close + 1);
  const columns = columnsOf(text.slice(head.length, close));
  const partitions = partitionsOf(rest);
  const properties = [
    `external_location = '${/\blocation\s+'([^']+)'/i.exec(rest)?.[1] ?? ''}'`,
    `format = '${/\bstored\s+as\s+(\w+)/i.exec(rest)?.[1]?.toUpperCase() ?? 'TEXTFILE'}'`,
    ...(partitions.length > 0
      ? [`partitioned_by = array[${partitions.map((one) => `'${nameOf(one)}'`).join(', ')}]`]
      : []),
  ];
  return [
    {
      sql: `create table ${condition}${name.replaceAll('`', '"')} (${[...columns, ...partitions].join(', ')}) with (${properties.join(', ')})`,
    },
  ];
}

function partitionsOf(rest: string): string[] {
  const found = /partitioned\s+by\s*\(/i.exec(rest);
  if (!found) return [];
  const open = found.index + found[0].length - 1;
  return columnsOf(rest.slice(open + 1, closingParenthesis(rest, open)));
}

/** CREATE TABLE AS: properties that only Athena knows are left out. */
function translateTableAs(text: string): TrinoStatement[] | undefined {
  const found = /^create\s+table\s+(?:if\s+not\s+exists\s+)?[\w."]+\s+with\s*\(/i.exec(text);
  if (!found) return undefined;
  const open = found[0].length - 1;
  const close = closingParenthesis(text, open);
  const properties = splitAtTop(
    text
      .slice(open + 1, close)
      .replaceAll('[', '(')
      .replaceAll(']', ')'),
  );
  const isIceberg = properties.some((one) => /^\s*table_type\s*=\s*'iceberg'/i.test(one));
  const kept = properties
    .filter((one) => !/^\s*(table_type|is_external|write_compression|parquet_compression)\b/i.test(one))
    .map((one) => one.trim().replace(/array\s*\(([\s\S]*)\)/i, 'array[$1]'));
  const sql = `${text.slice(0, open)}(${kept.join(', ')})${text.slice(close + 1)}`;
  return [isIceberg ? { sql, catalog: 'iceglue' } : { sql }];
}

function translateUnload(text: string): TrinoStatement[] | undefined {
  const found = /^unload\s*\(/i.exec(text);
  if (!found) return undefined;
  const close = closingParenthesis(text, found[0].length - 1);
  const target = /\bto\s+'([^']+)'/i.exec(text.slice(close))?.[1] ?? '';
  const format = /\bformat\s*=\s*'(\w+)'/i.exec(text.slice(close))?.[1]?.toUpperCase() ?? 'PARQUET';
  const partitions = /\bpartitioned_by\s*=\s*(array\s*\[[^\]]*\])/i.exec(text.slice(close))?.[1];
  const split = partitions === undefined ? '' : `, partitioned_by = ${partitions}`;
  const table = `unload_${crypto.randomUUID().replaceAll('-', '')}`;
  const select = text.slice(found[0].length, close);
  return [
    { sql: `create table ${table} with (external_location = '${target}', format = '${format}'${split}) as ${select}` },
    { sql: `drop table ${table}` },
  ];
}

function columnsOf(list: string): string[] {
  return splitAtTop(list).map((item) => {
    const [, name = '', type = ''] =
      /^\s*[`"]?(\w+)[`"]?\s+([\s\S]+?)(?:\s+comment\s+'(?:[^']|'')*')?\s*$/i.exec(item) ?? [];
    const trino = type.replace(
      /\b(string|int|float|binary|timestamp)\b(?!\s*\()/gi,
      (word) => hiveTypes[word.toLowerCase()] ?? word,
    );
    return `"${name}" ${trino}`;
  });
}

function nameOf(column: string): string {
  return /"(\w+)"/.exec(column)?.[1] ?? '';
}

function splitAtTop(list: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const character of list) {
    if ('(<'.includes(character)) depth++;
    if (')>'.includes(character)) depth--;
    if (character === ',' && depth === 0) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  return part.trim() === '' ? parts : [...parts, part];
}

function closingParenthesis(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '(') depth++;
    if (text[at] === ')' && --depth === 0) return at;
  }
  throw new RefusedStatement("mismatched input '<EOF>'. Expecting: ')'");
}

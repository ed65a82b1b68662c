import type { TrinoColumn, TypeSignature } from './trino-client.ts';

/** A value as Athena writes it in results; null stays null. */
export function showValue(value: unknown, type: TypeSignature | undefined): string | null {
  if (value === null || value === undefined) return null;
  switch (type?.rawType) {
    case 'double':
    case 'real':
      return showDouble(value);
    case 'array':
      return `[${(value as unknown[]).map((item) => showValue(item, elementType(type)) ?? 'null').join(', ')}]`;
    case 'varbinary':
      return Buffer.from(String(value), 'base64')
        .toString('hex')
        .replace(/(..)(?!$)/g, '$1 ');
    default:
      return String(value);
  }
}

function elementType(type: TypeSignature): TypeSignature | undefined {
  return type.arguments?.[0]?.value as TypeSignature | undefined;
}

/** Java's way of writing doubles, which Athena shows. */
function showDouble(value: unknown): string {
  if (typeof value !== 'number') return String(value);
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return Number.isInteger(value) ? `${value}.0` : String(value);
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}

const precisions: Readonly<Record<string, number>> = {
  bigint: 19,
  integer: 10,
  smallint: 5,
  tinyint: 3,
  double: 17,
  real: 17,
  boolean: 0,
  date: 0,
  varchar: 2_147_483_647,
};

/** A column as GetQueryResults describes it. */
export function columnInfo({ name, typeSignature }: TrinoColumn) {
  const { rawType, arguments: given = [] } = typeSignature;
  const isDecimal = rawType === 'decimal';
  return {
    CatalogName: 'hive',
    SchemaName: '',
    TableName: '',
    Name: name,
    Label: name,
    Type: rawType === 'real' ? 'float' : rawType,
    Nullable: 'UNKNOWN',
    CaseSensitive: rawType === 'varchar',
    Precision: isDecimal ? Number(given[0]?.value) : (precisions[rawType] ?? 3),
    Scale: isDecimal ? Number(given[1]?.value) : 0,
  };
}

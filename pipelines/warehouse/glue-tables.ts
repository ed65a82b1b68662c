import { isDeepStrictEqual } from 'node:util';
import {
  BatchCreatePartitionCommand,
  BatchGetPartitionCommand,
  type Column,
  CreateTableCommand,
  DeleteTableCommand,
  GetTableCommand,
  type GlueClient,
  paginateGetTables,
  type StorageDescriptor,
  type Table,
  type TableInput,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import { explainAthena } from './athena-failure.ts';
import type { TypedColumn } from './staged-sql.ts';

/** A column with what the data dictionary says of it. */
export interface DescribedColumn extends TypedColumn {
  readonly comment?: string;
}

/** A table of Parquet files whose partitions are registered one by one, each a folder. */
export interface PartTable {
  readonly database: string;
  readonly name: string;
  readonly description?: string;
  readonly columns: readonly DescribedColumn[];
  /** The one partition column. */
  readonly partitionedBy: string;
  readonly location: string;
  /** Whether its columns may change while its name stays: then columns come, and none goes. */
  readonly evolves?: boolean;
}

export interface Partition {
  readonly value: string;
  /** s3:// address of a folder, ending in '/'. */
  readonly location: string;
}

const partitionsPerCall = 100;
/** Glue's own limit on a comment, in bytes. */
const longestCommentBytes = 255;

/** Tables, partitions and views of the Glue catalog, which Athena reads by. */
export class GlueTables {
  readonly #client: GlueClient;

  constructor(client: GlueClient) {
    this.#client = client;
  }

  async list(database: string): Promise<Table[]> {
    const found: Table[] = [];
    return await this.#explained(database, async () => {
      for await (const { TableList = [] } of paginateGetTables({ client: this.#client }, { DatabaseName: database })) {
        found.push(...TableList);
      }
      return found;
    });
  }

  /** Undefined where there is none of this name. */
  async find(database: string, name: string): Promise<Table | undefined> {
    return await this.#explained(`${database}.${name}`, async () => {
      const found = await this.#client
        .send(new GetTableCommand({ DatabaseName: database, Name: name }))
        .catch((error: Error) => ignore(error, 'EntityNotFoundException'));
      return found?.Table;
    });
  }

  /** Makes a table; one of its name is left as it is, but for columns that came. */
  async ensure(table: PartTable): Promise<void> {
    if (!table.evolves) return await this.create(table.database, partTableInput(table));
    await this.reconcile(table, await this.find(table.database, table.name));
  }

  /** The same, for a table of which it is known what there is. */
  async reconcile(table: PartTable, known: Table | undefined): Promise<void> {
    const input = partTableInput(table);
    if (known) {
      const columns = withColumnsThatWent(input, known);
      if (isDeepStrictEqual(columns, columnsOf(known))) return;
      return await this.replace(table.database, withColumns(input, columns));
    }
    await this.create(table.database, input);
  }

  /** Makes a table or a view; one of its name is left as it is. */
  async create(database: string, input: TableInput): Promise<void> {
    await this.#explained(`${database}.${input.Name}`, () =>
      this.#client
        .send(new CreateTableCommand({ DatabaseName: database, TableInput: input }))
        .catch((error: Error) => ignore(error, 'AlreadyExistsException')),
    );
  }

  /** Replaces what is said of a table; its partitions stay. One call: a query sees the one or the other. */
  async replace(database: string, input: TableInput): Promise<void> {
    await this.#explained(`${database}.${input.Name}`, () =>
      this.#client.send(new UpdateTableCommand({ DatabaseName: database, TableInput: input, SkipArchive: true })),
    );
  }

  async drop(database: string, name: string): Promise<void> {
    await this.#explained(`${database}.${name}`, () =>
      this.#client
        .send(new DeleteTableCommand({ DatabaseName: database, Name: name }))
        .catch((error: Error) => ignore(error, 'EntityNotFoundException')),
    );
  }

  /** Registers partitions; those that are there already stay as they are: a part never changes. */
  async addPartitions(table: PartTable, partitions: readonly Partition[]): Promise<void> {
    for (const some of chunks(partitions, partitionsPerCall)) {
      await this.#explained(`${table.database}.${table.name}`, async () => {
        const { Errors = [] } = await this.#client.send(
          new BatchCreatePartitionCommand({
            DatabaseName: table.database,
            TableName: table.name,
            PartitionInputList: some.map(({ value, location }) => ({
              Values: [value],
              StorageDescriptor: storageOf(table.columns.map(withoutComment), location),
            })),
          }),
        );
        const [failed] = Errors.filter(({ ErrorDetail }) => ErrorDetail?.ErrorCode !== 'AlreadyExistsException');
        if (!failed) return;
        const { ErrorCode = 'Error', ErrorMessage = '' } = failed.ErrorDetail ?? {};
        throw Object.assign(new Error(ErrorMessage), { name: ErrorCode });
      });
    }
  }

  /** Those of some partitions that are not registered. */
  async missingPartitions(database: string, table: string, values: readonly string[]): Promise<string[]> {
    const missing: string[] = [];
    for (const some of chunks(values, partitionsPerCall)) {
      await this.#explained(`${database}.${table}`, async () => {
        const { Partitions = [] } = await this.#client.send(
          new BatchGetPartitionCommand({
            DatabaseName: database,
            TableName: table,
            PartitionsToGet: some.map((value) => ({ Values: [value] })),
          }),
        );
        const found = new Set(Partitions.map(({ Values = [] }) => Values[0]));
        missing.push(...some.filter((value) => !found.has(value)));
      });
    }
    return missing;
  }

  async #explained<T>(where: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw explainAthena(error, `Glue catalog, ${where}`);
    }
  }
}

function partTableInput(table: PartTable): TableInput {
  return {
    Name: table.name,
    TableType: 'EXTERNAL_TABLE',
    Parameters: { EXTERNAL: 'TRUE', classification: 'parquet' },
    PartitionKeys: [{ Name: table.partitionedBy, Type: 'string' }],
    StorageDescriptor: storageOf(table.columns, table.location),
    ...(table.description && { Description: table.description }),
  };
}

/** Releases of before read columns that are gone by now: a table keeps them, behind those of today. */
function withColumnsThatWent(input: TableInput, known: Table): Column[] {
  const today = input.StorageDescriptor?.Columns ?? [];
  const names = new Set(today.map(({ Name }) => Name));
  return [...today, ...columnsOf(known).filter(({ Name }) => !names.has(Name))];
}

function columnsOf({ StorageDescriptor }: Table): Column[] {
  const columns = StorageDescriptor?.Columns ?? [];
  return columns.map(({ Name, Type, Comment }) => ({ Name, Type, ...(Comment !== undefined && { Comment }) }));
}

function withColumns(input: TableInput, columns: Column[]): TableInput {
  return { ...input, StorageDescriptor: { ...input.StorageDescriptor, Columns: columns } };
}

export function glueColumns(columns: readonly DescribedColumn[]): Column[] {
  return columns.map(({ name, type, comment }) => ({
    Name: name,
    Type: type === 'varchar' ? 'string' : type,
    ...(comment !== undefined && { Comment: shortened(comment) }),
  }));
}

function storageOf(columns: readonly DescribedColumn[], location: string): StorageDescriptor {
  return {
    Columns: glueColumns(columns),
    Location: location,
    InputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
    OutputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
    SerdeInfo: {
      SerializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
      Parameters: { 'serialization.format': '1' },
    },
  };
}

function withoutComment({ name, type }: DescribedColumn): DescribedColumn {
  return { name, type };
}

function shortened(comment: string): string {
  const line = comment.replaceAll(/\s+/g, ' ');
  if (Buffer.byteLength(line) <= longestCommentBytes) return line;
  let kept = line;
  while (Buffer.byteLength(kept) > longestCommentBytes - 3) kept = [...kept].slice(0, -1).join('');
  return `${kept}…`;
}

function ignore(error: Error, name: string): undefined {
  if (error.name === name) return undefined;
  throw error;
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  const found: T[][] = [];
  for (let at = 0; at < list.length; at += size) found.push(list.slice(at, at + size));
  return found;
}

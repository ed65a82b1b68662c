import { quotedString } from '@duckdb/node-api';
import type { Contract } from '../domain/contract.ts';
import { IngestError, UsageError } from '../domain/errors.ts';
import { detectDialect } from './detect/detect-dialect.ts';
import type { Detection, DialectHints } from './detect/dialect.ts';
import { detectFormat } from './detect/format.ts';
import { openPersons } from './erasure/open-persons.ts';
import type {
  Ingest,
  IngestCatalog,
  LandedFile,
  QuarantinedRecord,
  ReadOutcome,
  ReadRequest,
  Recognition,
  Refusal,
} from './ingest.ts';
import type { Persons } from './persons.ts';
import { contractHints } from './plan/contract-hints.ts';
import type { PseudonymKey } from './pseudonym-key.ts';
import { noTable, noTables, recogniseTables, sortTables } from './read/choose-table.ts';
import { type ConvertedTable, convertTables } from './read/converted-tables.ts';
import { doubtedReadings, encodingOfWhole, wrongEncoding } from './read/doubted-encoding.ts';
import { Engine, EngineFault } from './read/engine.ts';
import { sampleBytes } from './read/export-bytes.ts';
import { findExports } from './read/find-exports.ts';
import { landFile } from './read/land-file.ts';
import { ExportReading } from './read/read-export.ts';
import { knownHeaders, recogniseContract } from './read/recognise-contract.ts';
import { holdsEdges, mayHoldEdges } from './read/table-edges.ts';
import { WrongEncoding } from './read/wrong-encoding.ts';

export interface IngestSettings {
  readonly catalog: IngestCatalog;
  /** Asked for once, on the first file: a key is only made where one is needed. */
  readonly pseudonymKey: () => PseudonymKey;
  /** Text read at once by one lane. */
  readonly chunkBytes?: number;
  readonly lanes?: number;
  /** What the engine may hold, as DuckDB writes sizes. */
  readonly memoryLimit?: string;
}

/** For one file that the usual limit does not do for. */
const roomyLimit = '1600MB';

/** Reads exports with an embedded DuckDB: streams of any length, in bounded memory. */
export function createIngest(settings: IngestSettings): Ingest {
  return new DuckDbIngest(settings);
}

class DuckDbIngest implements Ingest {
  readonly #settings: IngestSettings;
  /** They read the next files. */
  readonly #idle: Engine[] = [];
  readonly #headers: ReadonlySet<string>;
  /** How the texts are written that were recognised. */
  readonly #detected = new WeakMap<LandedFile, Detection>();
  /** The tables of the workbooks and archives that were recognised. */
  readonly #converted = new WeakMap<LandedFile, readonly ConvertedTable[]>();

  constructor(settings: IngestSettings) {
    this.#settings = settings;
    this.#headers = knownHeaders(settings.catalog.contracts.values());
  }

  find(paths: readonly string[]): Promise<readonly string[]> {
    return findExports(paths);
  }

  land(path: string, scratch: string): Promise<LandedFile> {
    return landFile(path, scratch);
  }

  async recognise(file: LandedFile, source?: string): Promise<Recognition> {
    const { contracts } = this.#settings.catalog;
    if (source !== undefined) return { kind: 'recognised', contract: this.#contract(source) };
    if (file.bytes === 0) return { kind: 'refused', reason: 'empty_file', text: 'The file is empty.' };
    return await refusingBroken(async () => {
      const sample = await sampleBytes(file);
      const hints = { knownHeaders: this.#headers };
      const tables = await this.#tables(file, sample, hints);
      if (tables !== undefined) return recogniseTables(tables, contracts.values());
      const detection = detectDialect(sample, hints);
      this.#detected.set(file, detection);
      return recogniseContract(detection.layout.header, file.name, contracts.values());
    });
  }

  async read(request: ReadRequest): Promise<ReadOutcome | Refusal> {
    return await refusingBroken(async () => {
      const { file, contract } = request;
      const known = this.#convertedFor(request);
      if (known === undefined && this.#detected.has(file)) return await this.#readText(request);
      const tables = known ?? (await this.#tables(file, await sampleBytes(file), contractHints(contract)));
      if (tables === undefined) return await this.#readText(request);
      const { chosen: table } = await sortTables(contract, tables);
      if (table === undefined) return noTable;
      return mayName(request, await this.#readAs({ ...request, file: table.file }, table.detection));
    });
  }

  /** What recognition has converted, unless the contract names a sheet that is missing: hidden ones are only read for it. */
  #convertedFor({ file, contract }: ReadRequest): readonly ConvertedTable[] | undefined {
    const tables = this.#converted.get(file);
    const { sheet } = contract.files;
    return sheet === undefined || tables?.some(({ name }) => name === sheet) ? tables : undefined;
  }

  /** Undefined for a text, which is read as it stands. */
  async #tables(
    file: LandedFile,
    sample: Uint8Array,
    hints: DialectHints,
  ): Promise<readonly ConvertedTable[] | undefined> {
    if (detectFormat(sample) === 'text') return undefined;
    const tables = await convertTables(file, hints);
    this.#converted.set(file, tables);
    return tables;
  }

  async #readText(request: ReadRequest): Promise<ReadOutcome | Refusal> {
    const detection = await this.#detect(request);
    try {
      return await this.#readWhole(request, detection);
    } catch (error) {
      if (!(error instanceof WrongEncoding)) throw error;
    }
    return await this.#readDoubted(request, detection);
  }

  /** Reads a text as one table; where that may have taken other things for its records, sorts them out and reads again. */
  async #readWhole(request: ReadRequest, detection: Detection): Promise<ReadOutcome | Refusal> {
    const outcome = await this.#readAs(request, detection);
    const { file, contract } = request;
    if ('kind' in outcome || !(await mayHoldEdges(file, detection, outcome))) return outcome;
    const tables = await convertTables(file, contractHints(contract)).catch(noTables);
    const { chosen: table } = await sortTables(contract, tables);
    if (table === undefined || !holdsEdges(table.detection)) return outcome;
    if (detection.isDamaged) {
      // A conversion would put other letters into damaged records: what holds more than these is not for ingest.
      if (table.leftOut > 0 || tables.length > 1) throw new WrongEncoding();
      return outcome;
    }
    return mayName(request, await this.#readAs({ ...request, file: table.file }, table.detection));
  }

  async quarantined(
    path: string,
    { scratch, withText }: { readonly scratch: string; readonly withText: boolean },
  ): Promise<readonly QuarantinedRecord[]> {
    const engine = await this.#takeEngine(scratch);
    const rows = await engine.first.rows(
      `select _line, reason, column_name, ${withText ? 'raw' : 'null'} from read_parquet(${quotedString(path)}) order by _line`,
    );
    this.#idle.push(engine);
    const text = (value: unknown): string | null => (value === null || value === '' ? null : String(value));
    return rows.map(([line, reason, column, raw]) => ({
      line: Number(line),
      reason: String(reason),
      column: text(column),
      raw: text(raw),
    }));
  }

  persons(scratch: string): Promise<Persons> {
    const { catalog, pseudonymKey, memoryLimit = '400MB' } = this.#settings;
    return openPersons({ catalog, key: pseudonymKey(), scratch, memoryLimit });
  }

  /**
   * A long ASCII beginning looks like UTF-8; Chinese text behind it may be GB18030 all the same, if all bytes together say
   * so. Where the encoding is certain, records with other bytes are quarantined. Else the file is refused: a letter that was
   * replaced in an order's number would go unnoticed in the books.
   */
  async #readDoubted(request: ReadRequest, detection: Detection): Promise<ReadOutcome | Refusal> {
    const { file } = request;
    const found = detection.dialect.encoding;
    for (const doubted of doubtedReadings(request, detection, await encodingOfWhole(file))) {
      try {
        // Whom a damaged record names, nobody has looked.
        return mayName(request, await this.#readWhole(request, doubted));
      } catch (error) {
        if (!(error instanceof WrongEncoding)) throw error;
      }
    }
    return await wrongEncoding(file, found);
  }

  /** A contract of very many columns wants more memory than a stream of records needs; it gets it alone. */
  async #readAs(request: ReadRequest, detection: Detection): Promise<ReadOutcome | Refusal> {
    try {
      return await this.#readWith(await this.#takeEngine(request.scratch), request, detection);
    } catch (error) {
      if (!(error instanceof EngineFault) || error.kind !== 'Out of Memory Error') throw error;
    }
    const { memoryLimit = roomyLimit } = this.#settings;
    return await this.#readWith(
      await Engine.open({ scratch: request.scratch, memoryLimit, lanes: 1 }),
      request,
      detection,
    );
  }

  async #readWith(engine: Engine, request: ReadRequest, detection: Detection): Promise<ReadOutcome | Refusal> {
    const { catalog, pseudonymKey, chunkBytes = 16 << 20 } = this.#settings;
    try {
      const settings = { catalog, key: pseudonymKey(), chunkBytes };
      const outcome = await new ExportReading(engine, settings, request, detection).run();
      this.#idle.push(engine);
      return outcome;
    } catch (error) {
      // Whatever a failed reading has left in the engine goes with it.
      engine.close();
      throw error;
    }
  }

  /** What the engine spills lies in the file's own scratch folder and goes with it. */
  async #takeEngine(scratch: string): Promise<Engine> {
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      if (await idle.moveTo(scratch)) return idle;
      idle.close();
    }
    const { lanes = 2, memoryLimit = '400MB' } = this.#settings;
    return await Engine.open({ scratch, memoryLimit, lanes });
  }

  /** What recognition saw holds for reading too, unless the contract knows more. */
  async #detect({ file, contract }: ReadRequest): Promise<Detection> {
    const { headerless, encoding, delimiter } = contract.files;
    const before = this.#detected.get(file);
    const knowsMore = headerless || encoding !== undefined || delimiter !== undefined;
    if (before !== undefined && !knowsMore) return before;
    return detectDialect(await sampleBytes(file), contractHints(contract));
  }

  #contract(source: string): Contract {
    const { contracts } = this.#settings.catalog;
    const found = contracts.get(source);
    if (found !== undefined) return found;
    throw new UsageError(`there is no source "${source}"`, { next: `use one of: ${[...contracts.keys()].join(', ')}` });
  }
}

/** Of a workbook, an archive or several tables in a text only one table was looked at. */
function mayName({ suppressed }: ReadRequest, outcome: ReadOutcome | Refusal): ReadOutcome | Refusal {
  return 'kind' in outcome ? outcome : { ...outcome, mayNameSuppressed: suppressed.size > 0 };
}

/** A file that is broken or no table gets a receipt that says so, as any other. */
async function refusingBroken<T>(work: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await work();
  } catch (error) {
    // What the engine could not do says nothing of the file.
    if (!(error instanceof IngestError) || error instanceof EngineFault) throw error;
    const next = error.next === undefined ? '' : ` ${error.next}`;
    return { kind: 'refused', reason: 'unreadable_file', text: `${error.message}${next}` };
  }
}

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canUseAthena, defaultAthenaFromBytes, openAthena, requireAthena } from './compose-athena.ts';
import { ingestPorts } from './compose-ingest.ts';
import { isBucket, type LakeSettings, openLake } from './compose-lake.ts';
import { pseudonymKeyState } from './compose-pseudonym-key.ts';
import { type Definitions, loadDefinitions, loadExportDefinitions } from './definitions.ts';
import { dataBehind } from './domain/alerting/data-behind.ts';
import type { Warning } from './domain/alerting/warning.ts';
import { NoReleaseError } from './domain/errors.ts';
import type { Receipt } from './domain/receipt.ts';
import type { Language } from './domain/text.ts';
import { openExportFolder } from './example/export-folder.ts';
import type { PseudonymKey } from './ingest/pseudonym-key.ts';
import { findExports } from './ingest/read/find-exports.ts';
import type { Lake } from './lake/lake.ts';
import { createConsoleNotifier } from './notify/console-notifier.ts';
import { createFileNotifier } from './notify/file-notifier.ts';
import { createEvidencePages } from './report/evidence-pages.ts';
import type { BuildOptions, PublishResult, ServedReport } from './report/report.ts';
import { createReportDataFolder } from './report/report-data-folder.ts';
import { createReportServer } from './report/report-server.ts';
import { reviewThresholds } from './steps/alerts-review.ts';
import { catalogOf } from './steps/build-inputs.ts';
import { type BuildReport, type BuildWish, buildModels } from './steps/build-models.ts';
import type { ModelBuilt } from './steps/build-release.ts';
import { buildReport } from './steps/build-report.ts';
import { checkInstallation, type Finding } from './steps/check-installation.ts';
import { buildEngine, type EngineWish, readEngine } from './steps/choose-engine.ts';
import { collectGarbage, type GarbageOptions, type GarbageReport } from './steps/collect-garbage.ts';
import { type DeliveryReport, deliverWarnings } from './steps/deliver-warnings.ts';
import { type EvaluateOptions, type EvaluationResult, evaluateThresholds } from './steps/evaluate-thresholds.ts';
import { type GeneratedExports, type GenerateOptions, generateExports } from './steps/generate-exports.ts';
import { type IngestOptions, ingestExports } from './steps/ingest-exports.ts';
import { listWarnings, type WarningFilter } from './steps/list-warnings.ts';
import { refreshReport } from './steps/refresh-report.ts';
import { currentRelease } from './steps/releases.ts';
import { serveReport } from './steps/serve-report.ts';
import { type Trace, traceCell } from './steps/trace-cell.ts';
import type { AthenaSettings } from './warehouse/athena-statements.ts';
import type { AthenaWarehouse } from './warehouse/athena-warehouse.ts';
import { createDuckDbWarehouse } from './warehouse/duckdb-warehouse.ts';
import type { PublicMarts } from './warehouse/public-marts.ts';
import type { ReleaseSession } from './warehouse/warehouse.ts';

/** Everything that differs between a laptop, Lambda and scale. */
export interface Settings extends LakeSettings {
  /** Overlays on the built-in catalog, later ones on top. */
  readonly catalogs: readonly string[];
  readonly engine: 'duckdb' | 'athena' | 'auto';
  readonly language: Language;
  /** ISO 4217 code into which money KPIs are converted. */
  readonly reportingCurrency: string;
  /** Key of the pseudonyms. Absent: a variable, or the laptop's own. */
  readonly pseudonymKey?: PseudonymKey;
  /** What an engine may hold, as DuckDB writes sizes. Absent: a share of the machine. */
  readonly memoryLimit?: string;
  /** Where the report's data go: a folder or s3://bucket. Absent: into the lake's folder. */
  readonly report?: string;
  /** Folder of the report project. Absent: beside this code. */
  readonly reportProject?: string;
  /** Athena, where there is one: it takes over large builds, and finds every release under the names of its marts. */
  readonly athena?: AthenaSettings;
  /** Staged bytes from which on the engine `auto` is Athena. */
  readonly athenaFromBytes?: number;
}

/** The steps with real adapters behind them. Everything is made on first use, so a command pays only for what it needs. */
export interface Tidemark {
  readonly settings: Settings;
  readonly definitions: Definitions;
  readonly lake: Lake;
  /** Writes the example exports into a folder; `onProgress` is told the share done. */
  generate(folder: string, options: GenerateOptions, onProgress: (done: number) => void): Promise<GeneratedExports>;
  /** Files under files and folders, in the order in which they are read. */
  findExports(paths: readonly string[]): Promise<readonly string[]>;
  /** One receipt per file, as files are done. `onKey` hears of a pseudonym key that was made just now. */
  ingest(paths: readonly string[], options: IngestOptions & { onKey?(file: string): void }): AsyncGenerator<Receipt>;
  build(wish: BuildWish, onModel: (built: ModelBuilt) => void): Promise<BuildReport>;
  /** Where others find the marts; undefined where there is no such place. */
  publicMarts(): Promise<PublicMarts | undefined>;
  hasRelease(): Promise<boolean>;
  /** Pins the current release for reading; whoever opens a session closes it. */
  openRelease(): Promise<ReleaseSession>;
  evaluate(options: EvaluateOptions): Promise<EvaluationResult>;
  /** Brings recorded warnings to their notifiers; `write` prints lines for people. */
  deliver(write: (line: string) => void, colour: boolean): Promise<readonly DeliveryReport[]>;
  warnings(filter: WarningFilter): Promise<readonly Warning[]>;
  buildReport(options: BuildOptions): Promise<{ readonly built: boolean; readonly folder: string }>;
  refreshReport(): Promise<PublishResult>;
  serveReport(options: { readonly port?: number }): Promise<ServedReport>;
  trace(mart: string, where: string): Promise<Trace>;
  collectGarbage(options: GarbageOptions): Promise<GarbageReport>;
  checkInstallation(): Promise<readonly Finding[]>;
}

/** The only place that chooses adapters. */
export function compose(settings: Settings): Tidemark {
  if (settings.engine === 'athena') requireAthena(settings);
  return new ComposedTidemark(settings);
}

/** Where the pages of the report are made. */
export const reportProject = fileURLToPath(new URL('../reports', import.meta.url));

class ComposedTidemark implements Tidemark {
  readonly settings: Settings;
  #definitions: Definitions | undefined;
  #lake: Lake | undefined;
  #athenaWarehouse: Promise<AthenaWarehouse> | undefined;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  get definitions(): Definitions {
    this.#definitions ??= loadDefinitions(this.settings.catalogs);
    return this.#definitions;
  }

  get lake(): Lake {
    this.#lake ??= openLake(this.settings);
    return this.#lake;
  }

  generate(folder: string, options: GenerateOptions, onProgress: (done: number) => void): Promise<GeneratedExports> {
    return generateExports(options, { folder: openExportFolder(folder), onProgress });
  }

  findExports(paths: readonly string[]): Promise<readonly string[]> {
    return findExports(paths);
  }

  async *ingest(
    paths: readonly string[],
    { onKey, ...options }: IngestOptions & { onKey?(file: string): void },
  ): AsyncGenerator<Receipt> {
    const catalog = this.#definitions ?? loadExportDefinitions(this.settings.catalogs);
    yield* ingestExports(paths, options, ingestPorts(this, catalog, onKey));
  }

  async build(wish: BuildWish, onModel: (built: ModelBuilt) => void): Promise<BuildReport> {
    const { lake, definitions, settings } = this;
    const { reportingCurrency, now } = settings;
    const engine = await buildEngine(lake, this.#engineWish());
    const builder = engine === 'athena' ? await this.#athena() : this.#duckDb();
    const publicMarts = await this.publicMarts();
    const tools = { lake, builder, definitions, settings: { reportingCurrency }, now, onModel };
    return await buildModels({ ...tools, ...(publicMarts && { publicMarts }) }, wish);
  }

  async publicMarts(): Promise<PublicMarts | undefined> {
    return canUseAthena(this.settings) ? (await this.#athena()).publicMarts(catalogOf(this.definitions)) : undefined;
  }

  async hasRelease(): Promise<boolean> {
    return (await currentRelease(this.lake)).release !== undefined;
  }

  async openRelease(): Promise<ReleaseSession> {
    const { release } = await currentRelease(this.lake);
    if (!release) throw new NoReleaseError(this.lake.location);
    const engine = readEngine(release, this.#engineWish());
    const warehouse = engine === 'athena' ? await this.#athena() : this.#duckDb();
    return await warehouse.openRelease(release, catalogOf(this.definitions));
  }

  async evaluate(options: EvaluateOptions): Promise<EvaluationResult> {
    const { lake, definitions, settings } = this;
    return await this.#withRelease((session) =>
      evaluateThresholds(options, { lake, session, definitions, now: settings.now }),
    );
  }

  async deliver(write: (line: string) => void, colour: boolean): Promise<readonly DeliveryReport[]> {
    const { lake, definitions, settings } = this;
    const console = createConsoleNotifier({ language: settings.language, owners: definitions.owners, write, colour });
    // A bucket has no file to append to; there the topics take the outbox's place.
    const outbox = isBucket(settings.lake) ? [] : [createFileNotifier(join(settings.lake, 'alerts', 'outbox.ndjson'))];
    return await deliverWarnings({
      lake,
      notifiers: [...outbox, console],
      routes: definitions.routes,
      inhibitions: definitions.inhibitions,
      calendars: definitions.calendars,
      behind: dataBehind(definitions),
      now: settings.now,
    });
  }

  warnings(filter: WarningFilter): Promise<readonly Warning[]> {
    return listWarnings(this.lake, filter);
  }

  buildReport(options: BuildOptions): Promise<{ readonly built: boolean; readonly folder: string }> {
    return buildReport(this.#pages(), options);
  }

  async refreshReport(): Promise<PublishResult> {
    const warnings = await this.warnings({});
    const { definitions, settings } = this;
    const { reportingCurrency } = settings;
    const input = {
      kpis: definitions.kpis.values(),
      names: definitions,
      warnings,
      reportingCurrency,
      now: settings.now(),
    };
    const ports = { pages: this.#pages(), data: await this.#reportData() };
    return await this.#withRelease(async (session) => {
      const review = await reviewThresholds(definitions, { lake: this.lake, now: settings.now, session });
      return await refreshReport({ ...input, review }, { session, ...ports });
    });
  }

  async serveReport(options: { readonly port?: number }): Promise<ServedReport> {
    const ports = { pages: this.#pages(), data: await this.#reportData(), server: createReportServer() };
    return await serveReport(options, ports);
  }

  trace(mart: string, where: string): Promise<Trace> {
    const { lake, definitions, settings } = this;
    const { reportingCurrency } = settings;
    return traceCell({ lake, builder: this.#duckDb(), definitions, settings: { reportingCurrency } }, mart, where);
  }

  collectGarbage(options: GarbageOptions): Promise<GarbageReport> {
    return collectGarbage({ lake: this.lake, now: this.settings.now }, options);
  }

  checkInstallation(): Promise<readonly Finding[]> {
    return checkInstallation({
      runtime: process,
      definitions: () => this.definitions,
      lake: () => this.lake,
      openRelease: () => this.openRelease(),
      pages: createEvidencePages(reportProject),
      key: pseudonymKeyState,
    });
  }

  #pages() {
    return createEvidencePages(this.settings.reportProject ?? reportProject);
  }

  async #reportData() {
    const place = this.settings.report ?? join(this.settings.lake, 'report');
    if (!isBucket(place)) return createReportDataFolder(place);
    // The client's packages take long to load, and a laptop never needs them.
    const { createReportDataBucket } = await import('./report/report-data-bucket.ts');
    return createReportDataBucket({ bucket: place.replace(/^s3:\/\//, '') });
  }

  #duckDb() {
    const { memoryLimit } = this.settings;
    return createDuckDbWarehouse(this.lake, memoryLimit === undefined ? {} : { memoryLimit });
  }

  async #athena(): Promise<AthenaWarehouse> {
    this.#athenaWarehouse ??= openAthena(this.settings, this.lake, this.#duckDb());
    return await this.#athenaWarehouse;
  }

  #engineWish(): EngineWish {
    const { engine, athenaFromBytes = defaultAthenaFromBytes } = this.settings;
    return { engine: engine === 'auto' && !canUseAthena(this.settings) ? 'duckdb' : engine, athenaFromBytes };
  }

  async #withRelease<T>(use: (session: ReleaseSession) => Promise<T>): Promise<T> {
    const session = await this.openRelease();
    try {
      return await use(session);
    } finally {
      await session.close();
    }
  }
}

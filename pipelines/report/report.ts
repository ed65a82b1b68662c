/** A column of a small table that is made here, not by a query. */
export interface ReportColumn {
  readonly name: string;
  readonly type: 'text' | 'number' | 'boolean';
}

export type ReportCell = string | number | boolean | null;

/** A table that pages read: a select over public marts, or rows that come from elsewhere (KPI definitions, warnings). */
export type ReportTable =
  | { readonly kind: 'query'; readonly name: string; readonly sql: string }
  | {
      readonly kind: 'rows';
      readonly name: string;
      readonly columns: readonly ReportColumn[];
      readonly rows: readonly Readonly<Record<string, ReportCell>>[];
    };

/** What a page says about the data beside the tables themselves. */
export interface ReportFacts {
  readonly release: string;
  /** ISO day. */
  readonly as_of: string | null;
  /** ISO 4217 code. */
  readonly reporting_currency: string;
}

/** The pages: built once, and again only when they change. They hold no numbers. */
export interface ReportPages {
  /** Folder of the finished site, or undefined where none was built from the present pages. */
  current(): Promise<string | undefined>;
  /** Builds the pages unless they stand already; minutes the first time. */
  build(options: BuildOptions): Promise<{ readonly built: boolean; readonly folder: string }>;
  /** The selects that the pages need, by table name. */
  sources(): Promise<readonly Extract<ReportTable, { kind: 'query' }>[]>;
}

export interface BuildOptions {
  readonly force?: boolean;
  /** Ends the build and everything that it started. */
  readonly signal?: AbortSignal;
  /** Told every few seconds how long the build has been going on. */
  onProgress?(seconds: number): void;
}

/** The data files behind the pages. A reader sees one release: the manifest that names the files is swapped last. */
export interface ReportData {
  readonly folder: string;
  /** Writes what changed; equal tables keep their file. `writeQuery` writes a select's rows as an Arrow stream. */
  publish(publication: Publication): Promise<PublishResult>;
}

export interface Publication {
  readonly facts: ReportFacts;
  readonly tables: readonly ReportTable[];
  readonly now: Date;
  writeQuery(sql: string, file: string): Promise<void>;
}

export interface PublishResult {
  /** Changes with every change of a table; the same tables give the same version. */
  readonly version: string;
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  readonly bytes: number;
}

/** Serves pages and data to browsers. */
export interface ReportServer {
  serve(options: ServeOptions): Promise<ServedReport>;
}

export interface ServeOptions {
  readonly siteFolder: string;
  readonly dataFolder: string;
  /** 0 takes any free port; undefined the first free one from the usual on. */
  readonly port?: number;
}

export interface ServedReport {
  readonly address: string;
  close(): Promise<void>;
}
